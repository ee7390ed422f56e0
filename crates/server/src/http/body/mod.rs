//! Reads request bodies within limits of size, memory and time.

pub mod budget;
mod decode;

pub use budget::{BodyBudget, BodyLease, Origin};

use super::error::{ApiError, Code};
use crate::state::AppState;
use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::http::header::{
    CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName,
};
use actix_web::web;
pub use decode::Tolerance;
use decode::{Encodings, decode};
use futures_util::StreamExt;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

/// Bytes of an unwanted body that are read so that the client gets to see the answer: a connection that
/// is closed while the client still sends is reset.
const DRAINED: usize = 32 << 20;

/// Room made at once for any body.
const FIRST_ROOM: usize = 2 << 10;

/// Unwanted bodies that are read at once: the connections of more are closed after the answer.
static DRAINS: Semaphore = Semaphore::const_new(32);

/// How long an unwanted body may take.
const DRAIN_TIME: Duration = Duration::from_secs(5);

/// What a body is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One JSON value.
    Json,
    /// One JSON value a line.
    JsonLines,
}

/// How bodies may be.
#[derive(Debug, Clone, Copy)]
pub struct BodyLimits {
    /// Bytes as sent.
    pub sent: usize,
    /// Bytes after decompression.
    pub bytes: usize,
    /// Time to arrive.
    pub timeout: Duration,
    /// Whether what clients get wrong about encodings is put up with.
    pub tolerance: Tolerance,
}

impl BodyLimits {
    /// Limits of a body whose size counts after decompression alone.
    #[must_use]
    pub const fn decoded(bytes: usize, timeout: Duration) -> Self {
        Self {
            // Compression may make incompressible data a little larger.
            sent: bytes + bytes / 64 + 1_024,
            bytes,
            timeout,
            tolerance: Tolerance::Strict,
        }
    }
}

/// A body read whole, with the room that it takes of the budget.
pub struct Body {
    /// The body, decoded.
    pub bytes: Vec<u8>,
    /// Held for as long as anything made of the body is.
    pub lease: BodyLease,
}

/// Reads a body whole into the room of a lease.
///
/// # Errors
/// 413 when it is larger than the limit, 415 for an unknown encoding, 400 when it cannot be decompressed,
/// 408 when it does not arrive in time, 503 when all bodies together take too much room.
pub async fn read(
    request: &HttpRequest,
    payload: &mut Payload,
    limits: BodyLimits,
    lease: BodyLease,
) -> Result<Body, ApiError> {
    Reading::begin(request, payload, limits, lease)
        .await?
        .finish()
        .await
}

/// A body that is being read.
pub struct Reading<'a> {
    request: &'a HttpRequest,
    payload: &'a mut Payload,
    limits: BodyLimits,
    until: Instant,
    encodings: Encodings,
    lease: BodyLease,
    raw: Vec<u8>,
    has_ended: bool,
}

impl<'a> Reading<'a> {
    /// Begins to read a body, if its headers promise nothing that would be refused.
    ///
    /// # Errors
    /// 413 for an announced length beyond the limits, 415 for an unknown encoding.
    pub async fn begin(
        request: &'a HttpRequest,
        payload: &'a mut Payload,
        limits: BodyLimits,
        lease: BodyLease,
    ) -> Result<Self, ApiError> {
        let headers = request.headers();
        let named = headers.get_all(CONTENT_ENCODING);
        let named = named.map(|value| value.to_str().unwrap_or("?"));
        let encodings = match Encodings::named(named, limits.tolerance) {
            Ok(encodings) => encodings,
            Err(error) => return Err(refuse(error, payload).await),
        };
        let reading = Self {
            request,
            payload,
            limits,
            until: Instant::now() + limits.timeout,
            encodings,
            lease,
            raw: Vec::new(),
            has_ended: false,
        };
        let announced = header(headers, &CONTENT_LENGTH).and_then(|text| text.parse().ok());
        if announced.is_some_and(|length: usize| length > reading.raw_limit()) {
            return Err(reading.refuse(ApiError::new(Code::PayloadTooLarge)).await);
        }
        Ok(reading)
    }

    /// Reads until the first line is whole and returns it, decoded; `None` when the first `limit` bytes hold none.
    ///
    /// # Errors
    /// As [`read`].
    pub async fn first_line(&mut self, limit: usize) -> Result<Option<Vec<u8>>, ApiError> {
        loop {
            let line = self.encodings.first_line(&self.raw, limit);
            if line.is_some() || self.has_ended || self.raw.len() >= limit {
                return Ok(line);
            }
            self.collect(self.raw.len() + 1).await?;
        }
    }

    /// Takes room as for a caller who is known, from now on.
    ///
    /// # Errors
    /// 503 when there is none.
    pub async fn trust(&mut self) -> Result<(), ApiError> {
        self.lease.trust().await
    }

    /// Reads the rest and decodes all of it.
    ///
    /// # Errors
    /// As [`read`].
    pub async fn finish(mut self) -> Result<Body, ApiError> {
        if let Err(error) = self.collect(usize::MAX).await {
            return Err(self.refuse(error).await);
        }
        let bytes = decode(self.raw, &self.encodings, self.limits, &mut self.lease).await?;
        Ok(Body {
            bytes,
            lease: self.lease,
        })
    }

    /// Reads and forgets what is left of the body: see [`refuse`].
    pub async fn refuse(self, error: ApiError) -> ApiError {
        // Others find the room while the rest of the body is read and forgotten.
        drop((self.lease, self.raw));
        if error.closes() {
            return error;
        }
        refuse(error, self.payload).await
    }

    fn raw_limit(&self) -> usize {
        if self.encodings.is_identity() {
            self.limits.sent.min(self.limits.bytes)
        } else {
            self.limits.sent
        }
    }

    /// Reads until there are so many bytes, or the body has ended.
    async fn collect(&mut self, wanted: usize) -> Result<(), ApiError> {
        let (until, request) = (self.until, self.request);
        tokio::select! {
            collected = timeout_at(until, self.collect_untimed(wanted)) => {
                collected.unwrap_or_else(|_| Err(ApiError::new(Code::RequestTimeout).closing()))
            }
            () = stop_is_due(request) => Err(ApiError::new(Code::Unavailable)
                .with_message("The server is stopping")
                .retry_after(5)
                .closing()),
        }
    }

    async fn collect_untimed(&mut self, wanted: usize) -> Result<(), ApiError> {
        let limit = self.raw_limit();
        while self.raw.len() < wanted {
            let Some(chunk) = self.payload.next().await else {
                self.has_ended = true;
                return Ok(());
            };
            let chunk = chunk.map_err(|error| {
                ApiError::new(Code::BadRequest)
                    .with_message(format!("Bad request: the body broke off ({error})"))
            })?;
            let length = self.raw.len() + chunk.len();
            if length > limit {
                return Err(ApiError::new(Code::PayloadTooLarge));
            }
            if length > self.raw.capacity() {
                // A quarter more than there is. What was announced counts for nothing before it comes.
                let room = (length + length / 4).max(FIRST_ROOM).min(limit);
                self.lease.hold(room).await?;
                self.raw.reserve_exact(room - self.raw.len());
            }
            self.raw.extend_from_slice(&chunk);
        }
        Ok(())
    }
}

/// Waits until the server stops and waits for unfinished bodies no more.
async fn stop_is_due(request: &HttpRequest) {
    match request.app_data::<web::Data<AppState>>() {
        Some(state) => state.stopping.grace_over().await,
        None => std::future::pending().await,
    }
}

/// Reads and forgets what the client is still sending, within bounds, so that it gets to see the error. The
/// connection is closed where the body is longer than that.
pub async fn refuse(error: ApiError, payload: &mut Payload) -> ApiError {
    let rest = async {
        let mut seen = 0;
        while let Some(Ok(chunk)) = payload.next().await {
            seen += chunk.len();
            if seen > DRAINED {
                return false;
            }
        }
        true
    };
    let Ok(_turn) = DRAINS.try_acquire() else {
        return error.closing();
    };
    match tokio::time::timeout(DRAIN_TIME, rest).await {
        Ok(true) => error,
        _ => error.closing(),
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .map(str::trim)
}

/// What the body claims to be written in.
///
/// # Errors
/// 415 when that is no form of JSON.
pub fn format(headers: &HeaderMap) -> Result<Format, ApiError> {
    let named = header(headers, &CONTENT_TYPE).unwrap_or_default();
    let media_type = named
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    match media_type.as_str() {
        "application/json" => Ok(Format::Json),
        "application/x-ndjson" | "application/ndjson" | "application/jsonl" => {
            Ok(Format::JsonLines)
        }
        other if other.starts_with("application/") && other.ends_with("+json") => Ok(Format::Json),
        _ => Err(ApiError::new(Code::UnsupportedMediaType)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;
    use std::io::Write;
    use std::sync::Arc;

    const TEXT: &[u8] = br#"{"message":"hello"}"#;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn deflate(bytes: &[u8], zlib: bool) -> Vec<u8> {
        let level = flate2::Compression::default();
        if zlib {
            let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), level);
            encoder.write_all(bytes).unwrap();
            return encoder.finish().unwrap();
        }
        let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), level);
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn brotli(bytes: &[u8]) -> Vec<u8> {
        let mut packed = Vec::new();
        brotli::CompressorWriter::new(&mut packed, 4_096, 5, 20)
            .write_all(bytes)
            .unwrap();
        packed
    }

    async fn received(encoding: Option<&str>, body: Vec<u8>) -> Result<Vec<u8>, Code> {
        let mut request = TestRequest::post().set_payload(body);
        if let Some(encoding) = encoding {
            request = request.insert_header((CONTENT_ENCODING, encoding));
        }
        let (request, mut payload) = request.to_http_parts();
        let limits = BodyLimits::decoded(1_000, Duration::from_secs(5));
        let lease = Arc::new(BodyBudget::new(1 << 20, 2_000, 0)).lease(Origin::Known);
        read(&request, &mut payload, limits, lease)
            .await
            .map(|body| body.bytes)
            .map_err(|error| error.code())
    }

    #[actix_web::test]
    async fn every_encoding_is_read() {
        let zstd = zstd::encode_all(TEXT, 3).unwrap();
        let bodies = [
            (None, TEXT.to_vec()),
            (Some(""), TEXT.to_vec()),
            (Some("identity"), TEXT.to_vec()),
            (Some("gzip"), gzip(TEXT)),
            (Some("X-GZIP"), gzip(TEXT)),
            (Some("deflate"), deflate(TEXT, true)),
            (Some("deflate"), deflate(TEXT, false)),
            (Some("br"), brotli(TEXT)),
            (Some("zstd"), zstd),
        ];
        for (encoding, body) in bodies {
            assert_eq!(
                received(encoding, body).await.as_deref(),
                Ok(TEXT),
                "{encoding:?}"
            );
        }
    }

    #[actix_web::test]
    async fn sizes_count_after_decompression() {
        let fits = vec![b'x'; 1_000];
        assert_eq!(received(None, fits.clone()).await.unwrap().len(), 1_000);
        assert_eq!(
            received(Some("gzip"), gzip(&fits)).await.unwrap().len(),
            1_000
        );
        assert_eq!(
            received(None, vec![b'x'; 1_001]).await,
            Err(Code::PayloadTooLarge)
        );
        let bomb = gzip(&vec![0; 10 << 20]);
        assert!(bomb.len() > 1_000 && bomb.len() < 20_000);
        assert_eq!(
            received(Some("br"), brotli(&vec![0; 10 << 20])).await,
            Err(Code::PayloadTooLarge)
        );
        assert_eq!(
            received(Some("gzip"), gzip(&vec![0; 100_000])).await,
            Err(Code::PayloadTooLarge)
        );
    }

    #[actix_web::test]
    async fn what_cannot_be_decompressed_is_said() {
        for encoding in ["gzip", "deflate", "br", "zstd"] {
            let broken = received(Some(encoding), b"\x01 no such thing".to_vec()).await;
            assert_eq!(broken, Err(Code::BadRequest), "{encoding}");
        }
        assert_eq!(
            received(Some("lzma"), TEXT.to_vec()).await,
            Err(Code::UnsupportedMediaType)
        );
    }

    #[actix_web::test]
    async fn a_frame_that_asks_for_a_huge_window_is_refused() {
        let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
        encoder.window_log(27).unwrap();
        encoder.write_all(TEXT).unwrap();
        let frame = encoder.finish().unwrap();
        assert_eq!(received(Some("zstd"), frame).await, Err(Code::BadRequest));
        let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 19).unwrap();
        encoder.write_all(TEXT).unwrap();
        let usual = encoder.finish().unwrap();
        assert_eq!(received(Some("zstd"), usual).await.as_deref(), Ok(TEXT));
    }
}
