//! Replaces escapes that JSON allows and text cannot hold: lone surrogates, and NUL, which PostgreSQL refuses.

use memchr::memmem;
use std::borrow::Cow;

/// Replaces `\u0000` and `\uD800`-`\uDFFF` escapes that form no pair by `\uFFFD`.
pub(super) fn repaired(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    if memmem::find(bytes, b"\\u").is_none() {
        return Cow::Borrowed(text);
    }
    let mut repaired = String::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(found) = backslash(bytes, at) {
        at = match unit(bytes, found) {
            None => found + 2,
            Some(0xD800..=0xDBFF) if is_low(unit(bytes, found + 6)) => found + 12,
            Some(0 | 0xD800..=0xDFFF) => {
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

fn backslash(bytes: &[u8], from: usize) -> Option<usize> {
    memchr::memchr(b'\\', bytes.get(from..)?).map(|found| from + found)
}

/// The UTF-16 unit of the `\uXXXX` escape at `at`.
fn unit(bytes: &[u8], at: usize) -> Option<u16> {
    let escape = bytes.get(at..at + 6)?;
    if !escape.starts_with(b"\\u") || !escape[2..].iter().all(u8::is_ascii_hexdigit) {
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
    use serde_json::{Value, json};

    fn read(text: &str) -> Value {
        serde_json::from_str(&repaired(text)).unwrap()
    }

    #[test]
    fn lone_surrogates_are_replaced_and_pairs_kept() {
        let text = r#"{"a\ud800":"x\udc00y \ud83d\udc1e \\ud800 \ud800\ud83d\udc1e"}"#;
        let expected = json!({ "a\u{FFFD}": "x\u{FFFD}y \u{1F41E} \\ud800 \u{FFFD}\u{1F41E}" });
        assert_eq!(read(text), expected);
    }

    #[test]
    fn nul_is_replaced_and_an_escaped_backslash_before_it_kept() {
        assert_eq!(
            read(r#"{"a\u0000":"x\u0000\\u0000y"}"#),
            json!({ "a\u{FFFD}": "x\u{FFFD}\\u0000y" })
        );
    }

    #[test]
    fn other_texts_are_not_copied() {
        for text in ["{}", r#"["\u00e9\ud83d\udc1e"]"#, r#""\\u0000""#] {
            assert!(matches!(repaired(text), Cow::Borrowed(_)), "{text}");
        }
    }
}
