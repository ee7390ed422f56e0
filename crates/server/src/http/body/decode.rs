//! Decompresses bodies, bounded in bytes, in the decoder's own memory and in time on the worker.

use super::budget::BodyLease;
use crate::http::error::{ApiError, Code};
use std::io::Read;
use tokio::sync::Semaphore;

/// Bytes that are decoded between two pauses, in which other requests of the worker go on.
const STEP: usize = 64 << 10;

/// Decoders that hold a window at once: each may take up to 16 MiB, whatever the body's size.
static DECODERS: Semaphore = Semaphore::const_new(2);

/// The largest window of a zstd frame that is decoded, as a power of two: 16 MiB. RFC 8878 (3.1.1.1.2) asks decoders
/// for 8 MiB at least; without a bound a frame of a few bytes may ask for 128 MiB.
const ZSTD_WINDOW_LOG: u32 = 24;

/// What a body is compressed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Identity,
    Gzip,
    Deflate,
    Brotli,
    Zstd,
}

impl Encoding {
    /// Reads a `Content-Encoding`.
    pub(super) fn named(name: &str) -> Result<Self, ApiError> {
        match name.to_ascii_lowercase().as_str() {
            "" | "identity" => Ok(Self::Identity),
            "gzip" | "x-gzip" => Ok(Self::Gzip),
            "deflate" => Ok(Self::Deflate),
            "br" => Ok(Self::Brotli),
            "zstd" => Ok(Self::Zstd),
            _ => Err(ApiError::new(Code::UnsupportedMediaType)
                .with_message("Content-Encoding must be gzip, br, zstd, deflate or identity")),
        }
    }
}

/// Decodes a body of at most `limit` bytes; `lease` grows with what was decoded.
///
/// # Errors
/// 413 when it is larger, 400 when it is not what the encoding says, 503 when there is no room for it.
pub(super) async fn decode(
    raw: Vec<u8>,
    encoding: Encoding,
    limit: usize,
    lease: &mut BodyLease,
) -> Result<Vec<u8>, ApiError> {
    if encoding == Encoding::Identity {
        return Ok(raw);
    }
    // Never closed.
    let _turn = DECODERS.acquire().await.map_err(ApiError::internal)?;
    let mut body = Vec::new();
    let mut decoder = decoder(&raw, encoding)?;
    let mut step = vec![0; STEP];
    loop {
        let read = decoder.read(&mut step).map_err(|_| undecodable())?;
        if read == 0 {
            break;
        }
        if body.len() + read > limit {
            return Err(ApiError::new(Code::PayloadTooLarge));
        }
        if body.len() + read > body.capacity() {
            // A quarter more, not twice as much as the usual growth would take.
            let room = read.max(body.len() / 4);
            lease.hold(raw.len() + body.len() + room).await?;
            body.reserve_exact(room);
        }
        body.extend_from_slice(&step[..read]);
        tokio::task::yield_now().await;
    }
    drop(decoder);
    drop(raw);
    lease.shrink(body.capacity());
    Ok(body)
}

fn decoder(raw: &[u8], encoding: Encoding) -> Result<Box<dyn Read + '_>, ApiError> {
    Ok(match encoding {
        Encoding::Identity => Box::new(raw),
        Encoding::Gzip => Box::new(flate2::read::MultiGzDecoder::new(raw)),
        // `deflate` means zlib, but some clients send the bare stream: zlib begins with 0x?8.
        Encoding::Deflate if raw.first().is_some_and(|byte| byte & 0x0F == 8) => {
            Box::new(flate2::read::ZlibDecoder::new(raw))
        }
        Encoding::Deflate => Box::new(flate2::read::DeflateDecoder::new(raw)),
        Encoding::Brotli => Box::new(brotli::Decompressor::new(raw, 4_096)),
        Encoding::Zstd => {
            let mut decoder =
                zstd::stream::read::Decoder::with_buffer(raw).map_err(|_| undecodable())?;
            decoder
                .window_log_max(ZSTD_WINDOW_LOG)
                .map_err(|_| undecodable())?;
            Box::new(decoder)
        }
    })
}

fn undecodable() -> ApiError {
    ApiError::new(Code::BadRequest)
        .with_message("Bad request: the body does not match its Content-Encoding")
}
