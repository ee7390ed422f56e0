//! Reading JSON that clients really send.

use super::error::{ApiError, Code};
use serde_json::Value;
use std::borrow::Cow;

/// Parses a body. Lone surrogates (`"\ud800"`, which JavaScript and Python clients send) and bytes that
/// are no UTF-8 become U+FFFD, a byte order mark is skipped; everything else that is no JSON is refused,
/// nesting beyond 128 levels too.
///
/// # Errors
/// [`Code::InvalidJson`].
pub fn parse(body: &[u8]) -> Result<Value, ApiError> {
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    serde_json::from_slice(body).or_else(|_| {
        let text = String::from_utf8_lossy(body);
        let repaired = replace_lone_surrogates(&text);
        serde_json::from_str(&repaired).map_err(|_| ApiError::new(Code::InvalidJson))
    })
}

/// Replaces `\uD800`-`\uDFFF` escapes that form no pair by `\uFFFD`.
fn replace_lone_surrogates(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let mut repaired = String::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(found) = memchr_backslash(bytes, at) {
        at = match unit(bytes, found) {
            None => found + 2,
            Some(0xD800..=0xDBFF) if is_low(unit(bytes, found + 6)) => found + 12,
            Some(0xD800..=0xDFFF) => {
                repaired.push_str(&text[copied..found]);
                repaired.push_str("\\uFFFD");
                copied = found + 6;
                found + 6
            }
            Some(_) => found + 6,
        };
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    repaired.push_str(&text[copied..]);
    Cow::Owned(repaired)
}

fn memchr_backslash(bytes: &[u8], from: usize) -> Option<usize> {
    bytes
        .get(from..)?
        .iter()
        .position(|byte| *byte == b'\\')
        .map(|found| from + found)
}

/// The UTF-16 unit of the `\uXXXX` escape at `at`.
fn unit(bytes: &[u8], at: usize) -> Option<u16> {
    let escape = bytes.get(at..at + 6)?;
    if !escape.starts_with(b"\\u") {
        return None;
    }
    let digits = std::str::from_utf8(&escape[2..]).ok()?;
    u16::from_str_radix(digits, 16).ok()
}

const fn is_low(unit: Option<u16>) -> bool {
    matches!(unit, Some(0xDC00..=0xDFFF))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lone_surrogates_are_replaced_and_pairs_kept() {
        let body = br#"{"a\ud800":"x\udc00y \ud83d\udc1e \\ud800 \ud800\ud83d\udc1e"}"#;
        let expected = json!({ "a\u{FFFD}": "x\u{FFFD}y \u{1F41E} \\ud800 \u{FFFD}\u{1F41E}" });
        assert_eq!(parse(body).unwrap(), expected);
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced() {
        assert_eq!(
            parse(b"\xEF\xBB\xBF[\"a\xFFb\"]").unwrap(),
            json!(["a\u{FFFD}b"])
        );
    }

    #[test]
    fn what_is_no_json_is_refused() {
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        for body in [
            "",
            "{",
            "{\"a\":1,}",
            "NaN",
            "{} x",
            "\"\\ud800",
            "\u{1}",
            &deep,
        ] {
            assert_eq!(
                parse(body.as_bytes()).unwrap_err().code(),
                Code::InvalidJson,
                "{body:?}"
            );
        }
    }

    #[test]
    fn large_and_precise_numbers_are_kept() {
        let text = r#"{"n":12345678901234567890123,"f":0.10000000000000000001,"e":1e+400}"#;
        assert_eq!(parse(text.as_bytes()).unwrap().to_string(), text);
    }
}
