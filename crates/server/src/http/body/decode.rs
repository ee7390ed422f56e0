//! Decompresses bodies, bounded in bytes, in the decoder's own memory and in time on the worker.

use super::BodyLimits;
use super::budget::BodyLease;
use crate::http::error::{ApiError, Code};
use std::io::{BufRead, BufReader, Read};
use tokio::sync::Semaphore;

/// Bytes that are decoded between two pauses, in which other requests of the worker go on.
const STEP: usize = 64 << 10;

/// Bytes up to which a body is decoded without being measured first.
const UNMEASURED: usize = 512 << 10;

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
    fn named(name: &str) -> Result<Self, ApiError> {
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

    /// Whether `raw` begins as this encoding's streams do. Says nothing of encodings whose streams begin with anything.
    fn fits(self, raw: &[u8]) -> bool {
        match self {
            Self::Gzip => raw.starts_with(&[0x1f, 0x8b]),
            Self::Zstd => raw.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]),
            Self::Identity | Self::Deflate | Self::Brotli => true,
        }
    }
}

/// The encodings of a body, in the order in which they were applied (RFC 9110, 8.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Encodings {
    applied: Vec<Encoding>,
    tolerance: Tolerance,
}

/// How much of what clients get wrong about encodings is put up with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tolerance {
    /// Nothing: one encoding, and a body of it.
    Strict,
    /// Several encodings, and bodies that are not compressed although it is said. SDKs stand behind all kinds of proxies,
    /// and what they send cannot be sent again by hand.
    Lenient,
}

impl Encodings {
    /// Reads the values of `Content-Encoding`.
    ///
    /// # Errors
    /// 415 for an encoding that is not known, and for more of them than are taken.
    pub(super) fn named<'a>(
        values: impl Iterator<Item = &'a str>,
        tolerance: Tolerance,
    ) -> Result<Self, ApiError> {
        let names = values.flat_map(|value| value.split(',')).map(str::trim);
        let named: Vec<Encoding> = names.map(Encoding::named).collect::<Result<_, _>>()?;
        let most = match tolerance {
            Tolerance::Strict => 1,
            Tolerance::Lenient => MAX_ENCODINGS,
        };
        if named.len() > most {
            return Err(ApiError::new(Code::UnsupportedMediaType)
                .with_message("Content-Encoding names too many encodings"));
        }
        let applied = named.into_iter();
        let applied = applied.filter(|encoding| *encoding != Encoding::Identity);
        Ok(Self {
            applied: applied.collect(),
            tolerance,
        })
    }

    /// Whether a body is JSON or an envelope although it is said to be compressed: some proxies decompress bodies and keep
    /// the header.
    fn is_plain(&self, encoding: Encoding, raw: &[u8]) -> bool {
        self.tolerance == Tolerance::Lenient && !encoding.fits(raw) && raw.starts_with(b"{")
    }

    /// Whether the body is as it is.
    pub(super) const fn is_identity(&self) -> bool {
        self.applied.is_empty()
    }

    /// Decodes the first line of a body of which only the beginning is here; `None` when it is not whole or longer than
    /// `limit`.
    pub(super) fn first_line(&self, raw: &[u8], limit: usize) -> Option<Vec<u8>> {
        let mut reader: Box<dyn Read + '_> = Box::new(raw);
        for (at, encoding) in self.applied.iter().rev().enumerate() {
            if at == 0 && self.is_plain(*encoding, raw) {
                continue;
            }
            reader = decoder_of(reader, *encoding).ok()?;
        }
        let mut line = Vec::new();
        let mut reader = BufReader::new(reader.take(limit as u64));
        reader.read_until(b'\n', &mut line).ok()?;
        (line.pop() == Some(b'\n')).then_some(line)
    }
}

/// Encodings of one body. Proxies add one to the client's; more would only cost memory and time.
const MAX_ENCODINGS: usize = 4;

/// Decodes a body within its limits; `lease` grows with what was decoded. What is still encoded after a step may be no
/// larger than what may be sent.
///
/// # Errors
/// 413 when it is larger, 400 when it is not what the encodings say, 503 when there is no room for it.
pub(super) async fn decode(
    mut raw: Vec<u8>,
    encodings: &Encodings,
    limits: BodyLimits,
    lease: &mut BodyLease,
) -> Result<Vec<u8>, ApiError> {
    for (at, encoding) in encodings.applied.iter().enumerate().rev() {
        let limit = if at == 0 { limits.bytes } else { limits.sent };
        if !encodings.is_plain(*encoding, &raw) {
            raw = decode_one(raw, *encoding, limit, lease).await?;
        }
    }
    Ok(raw)
}

async fn decode_one(
    raw: Vec<u8>,
    encoding: Encoding,
    limit: usize,
    lease: &mut BodyLease,
) -> Result<Vec<u8>, ApiError> {
    // Never closed.
    let _turn = DECODERS.acquire().await.map_err(ApiError::internal)?;
    let mut body = Vec::new();
    let mut decoder = decoder_of(&raw[..], encoding)?;
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
            let size = if body.len() + read <= UNMEASURED {
                // A quarter more, not twice as much as the usual growth would take.
                body.len() + read.max(body.len() / 4)
            } else {
                measure(&raw, encoding, limit).await?
            };
            lease.hold(raw.len() + size).await?;
            body.reserve_exact(size - body.len());
        }
        body.extend_from_slice(&step[..read]);
        tokio::task::yield_now().await;
    }
    drop(decoder);
    drop(raw);
    lease.shrink(body.capacity());
    Ok(body)
}

/// Decodes a body without keeping it, and returns its size. A large body gets its room at once: while a buffer grows, the old
/// one and the new one are held, and what is too large would be kept up to the limit before it is refused.
///
/// # Errors
/// 413 when it is larger than `limit`, 400 when it is not what the encoding says.
async fn measure(raw: &[u8], encoding: Encoding, limit: usize) -> Result<usize, ApiError> {
    let mut decoder = decoder_of(raw, encoding)?;
    let mut step = vec![0; STEP];
    let mut size = 0;
    loop {
        let read = decoder.read(&mut step).map_err(|_| undecodable())?;
        if read == 0 {
            return Ok(size);
        }
        size += read;
        if size > limit {
            return Err(ApiError::new(Code::PayloadTooLarge));
        }
        tokio::task::yield_now().await;
    }
}

fn decoder_of<'a>(raw: impl Read + 'a, encoding: Encoding) -> Result<Box<dyn Read + 'a>, ApiError> {
    let mut raw = BufReader::new(raw);
    Ok(match encoding {
        Encoding::Identity => Box::new(raw),
        Encoding::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(raw)),
        Encoding::Deflate => {
            // `deflate` means zlib, but some clients send the bare stream: zlib begins with 0x?8.
            let first = raw.fill_buf().map_err(|_| undecodable())?.first();
            if first.is_some_and(|byte| byte & 0x0F == 8) {
                Box::new(flate2::bufread::ZlibDecoder::new(raw))
            } else {
                Box::new(flate2::bufread::DeflateDecoder::new(raw))
            }
        }
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
