//! Bodies of `/store/`: JSON, base64 of JSON, or base64 of zlib of JSON.

use super::Malformed;
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use flate2::read::ZlibDecoder;
use std::borrow::Cow;
use std::io::Read;

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const BASE64: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);

/// Decodes a body to the JSON in it, of at most `limit` bytes; what is in base64 has at most `max_event`.
///
/// # Errors
/// [`Malformed`] when it is neither JSON nor base64, when what is compressed in it is broken or larger than the limit.
pub(super) fn decode(
    body: &[u8],
    limit: usize,
    max_event: usize,
) -> Result<Cow<'_, [u8]>, Malformed> {
    let body = body
        .strip_prefix(b"\xEF\xBB\xBF")
        .unwrap_or(body)
        .trim_ascii();
    if body.is_empty() {
        return Err(Malformed::Unreadable("Event is empty"));
    }
    let decoded = if body.starts_with(b"{") {
        Cow::Borrowed(body)
    } else {
        Cow::Owned(of_base64(body, limit.min(max_event))?)
    };
    if decoded.len() > limit {
        return Err(Malformed::TooLarge);
    }
    Ok(decoded)
}

fn of_base64(body: &[u8], limit: usize) -> Result<Vec<u8>, Malformed> {
    const NEITHER: Malformed = Malformed::Unreadable("Event is neither JSON nor base64 of JSON");
    let text: Vec<u8> = body
        .iter()
        .copied()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    let decoded = BASE64.decode(text).map_err(|_| NEITHER)?;
    if decoded.trim_ascii_start().starts_with(b"{") {
        return Ok(decoded);
    }
    let mut inflated = Vec::new();
    // One byte more than may be, by which too much is told.
    let bound = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    ZlibDecoder::new(&decoded[..])
        .take(bound)
        .read_to_end(&mut inflated)
        .map_err(|_| NEITHER)?;
    if inflated.len() > limit {
        return Err(Malformed::TooLarge);
    }
    Ok(inflated)
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::ZlibEncoder;
    use std::io::Write;

    fn zlib(text: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn every_form_is_decoded() {
        let json = br#"{"message":"m"}"#;
        let plain = BASE64.encode(json);
        let packed = BASE64.encode(zlib(json));
        let (head, tail) = packed.split_at(10);
        for body in [
            json.to_vec(),
            [b"\xEF\xBB\xBF \n".as_slice(), json, b"\n"].concat(),
            plain.clone().into_bytes(),
            plain.trim_end_matches('=').as_bytes().to_vec(),
            packed.clone().into_bytes(),
            format!("{head}\r\n{tail}\n").into_bytes(),
        ] {
            assert_eq!(
                decode(&body, 100, 100).unwrap().trim_ascii(),
                json,
                "{}",
                String::from_utf8_lossy(&body)
            );
        }
    }

    #[test]
    fn decoding_ends_at_the_limit() {
        let bomb = BASE64.encode(zlib(&vec![b' '; 10 << 20]));
        assert_eq!(
            decode(bomb.as_bytes(), 64 << 20, 1_000),
            Err(Malformed::TooLarge)
        );
        assert_eq!(decode(&[b'{'; 11], 10, 100), Err(Malformed::TooLarge));
    }

    #[test]
    fn what_is_neither_is_refused() {
        for body in ["", " ", "???", "abc", "event"] {
            assert!(
                matches!(
                    decode(body.as_bytes(), 100, 100),
                    Err(Malformed::Unreadable(_))
                ),
                "{body}"
            );
        }
    }
}
