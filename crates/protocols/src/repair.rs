//! Reads the JSON that clients really send, which is not always JSON.

use serde_json::{Number, Value};
use std::fmt::Write as _;

/// The text is no JSON even after the repair, or is nested deeper than serde_json follows (128 levels).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the text is no JSON")]
pub struct Unreadable;

/// The beginning of the keys by which serde_json tells numbers and raw values from objects. A stored object that
/// begins with one could not be read again.
const RESERVED: &str = "$serde_json::private::";

/// No number of f64 has as many digits without being rounded to infinity.
const MAX_DIGITS: usize = 309;

/// Parses JSON; what is no strict JSON is repaired and parsed again, in linear time.
///
/// A byte order mark is dropped. Bytes that are no UTF-8, lone surrogates and NUL become U+FFFD; raw control
/// characters in strings are kept, as escapes; `NaN`, `Infinity`, `-Infinity` and numbers beyond f64 become null.
///
/// # Errors
/// [`Unreadable`] when the text is no JSON even then.
pub fn parse(bytes: &[u8]) -> Result<Value, Unreadable> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let strict = if memchr::memmem::find(bytes, b"\\u0000").is_some() {
        None
    } else {
        serde_json::from_slice(bytes).ok()
    };
    let mut value = match strict {
        Some(value) => value,
        None => serde_json::from_str(&repaired(&String::from_utf8_lossy(bytes)))
            .map_err(|_| Unreadable)?,
    };
    settle(&mut value);
    Ok(value)
}

/// Replaces numbers that no f64 holds by null and drops keys that serde_json reserves.
fn settle(value: &mut Value) {
    match value {
        Value::Number(number) if is_beyond_f64(number) => *value = Value::Null,
        Value::Array(elements) => elements.iter_mut().for_each(settle),
        Value::Object(members) => {
            if members.keys().any(|key| key.starts_with(RESERVED)) {
                members.retain(|key, _| !key.starts_with(RESERVED));
            }
            members.values_mut().for_each(settle);
        }
        _ => {}
    }
}

fn is_beyond_f64(number: &Number) -> bool {
    let digits = number.as_str();
    let large =
        digits.len() >= MAX_DIGITS || memchr::memchr2(b'e', b'E', digits.as_bytes()).is_some();
    large && number.as_f64().is_none()
}

fn repaired(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(found) =
        rest.find(|c: char| matches!(c, '"' | 'N' | 'I' | '-') || c.is_ascii_digit())
    {
        out.push_str(&rest[..found]);
        rest = &rest[found..];
        rest = match rest.as_bytes()[0] {
            b'"' => repair_string(rest, &mut out),
            b'N' | b'I' => repair_word(rest, &mut out),
            _ => repair_number(rest, &mut out),
        };
    }
    out.push_str(rest);
    out
}

/// Writes the string that `text` begins with and returns what follows it.
fn repair_string<'a>(text: &'a str, out: &mut String) -> &'a str {
    let bytes = text.as_bytes();
    let mut copied = 0;
    let mut at = 1;
    while let Some(&byte) = bytes.get(at) {
        let (length, replacement) = match byte {
            b'"' => {
                out.push_str(&text[copied..=at]);
                return &text[at + 1..];
            }
            b'\\' => match escape(bytes, at) {
                (length, true) => (length, Some(0xFFFD)),
                (length, false) => (length, None),
            },
            0 => (1, Some(0xFFFD)),
            1..=0x1F => (1, Some(u16::from(byte))),
            _ => (1, None),
        };
        if let Some(unit) = replacement {
            out.push_str(&text[copied..at]);
            // Writing to a String cannot fail.
            let _ = write!(out, "\\u{unit:04X}");
            copied = at + length;
        }
        at += length;
    }
    out.push_str(&text[copied..]);
    ""
}

/// The length of the escape at `at`, and whether text cannot hold what it stands for.
fn escape(bytes: &[u8], at: usize) -> (usize, bool) {
    match unit(bytes, at) {
        Some(0xD800..=0xDBFF) if matches!(unit(bytes, at + 6), Some(0xDC00..=0xDFFF)) => {
            (12, false)
        }
        Some(0 | 0xD800..=0xDFFF) => (6, true),
        Some(_) => (6, false),
        // Of an escape of two bytes; a backslash before anything else is left to the parser, which refuses it.
        None if matches!(bytes.get(at + 1), Some(b'"' | b'\\')) => (2, false),
        None => (1, false),
    }
}

/// The UTF-16 unit of the `\uXXXX` escape at `at`.
fn unit(bytes: &[u8], at: usize) -> Option<u16> {
    let escape = bytes.get(at..at + 6)?;
    if !escape.starts_with(b"\\u") {
        return None;
    }
    escape[2..].iter().try_fold(0, |unit, digit| {
        let digit = char::from(*digit).to_digit(16)?;
        Some(unit << 4 | u16::try_from(digit).ok()?)
    })
}

fn repair_word<'a>(text: &'a str, out: &mut String) -> &'a str {
    for word in ["NaN", "Infinity"] {
        if let Some(rest) = text.strip_prefix(word) {
            out.push_str("null");
            return rest;
        }
    }
    out.push_str(&text[..1]);
    &text[1..]
}

fn repair_number<'a>(text: &'a str, out: &mut String) -> &'a str {
    if let Some(rest) = text.strip_prefix("-Infinity") {
        out.push_str("null");
        return rest;
    }
    let end = text
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | 'e' | 'E')))
        .unwrap_or(text.len());
    out.push_str(&text[..end]);
    &text[end..]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn what_clients_send_is_repaired() {
        let cases: [(&[u8], Value); 16] = [
            (b"\xEF\xBB\xBF{\"a\":1}", json!({ "a": 1 })),
            (b"[\"a\xFFb\"]", json!(["a\u{FFFD}b"])),
            (br#"["\ud800"]"#, json!(["\u{FFFD}"])),
            (br#"["\udc00x\ud83d\udc1e"]"#, json!(["\u{FFFD}x\u{1F41E}"])),
            (br#"["\ud83d\ud83d\udc1e"]"#, json!(["\u{FFFD}\u{1F41E}"])),
            (br#"["\u0000\\u0000"]"#, json!(["\u{FFFD}\\u0000"])),
            (b"[\"a\0b\"]", json!(["a\u{FFFD}b"])),
            (b"{\"a\nb\":\"c\td\x1F\"}", json!({ "a\nb": "c\td\u{1F}" })),
            (b"[NaN, Infinity,-Infinity]", json!([null, null, null])),
            (
                b"[\"NaN\",\"-Infinity\",NaN]",
                json!(["NaN", "-Infinity", null]),
            ),
            (b"[1e400,-1e400,1.5]", json!([null, null, 1.5])),
            (b"[1E400,NaN,12]", json!([null, null, 12])),
            (b"[\"\\\"NaN\",NaN]", json!(["\"NaN", null])),
            (b"[\"\\\\\",NaN]", json!(["\\", null])),
            (b"{\"n\":NaN,\"m\":-2}", json!({ "n": null, "m": -2 })),
            ("[\"é\n\u{1F41E}\"]".as_bytes(), json!(["é\n\u{1F41E}"])),
        ];
        for (text, expected) in cases {
            let text_shown = String::from_utf8_lossy(text);
            assert_eq!(parse(text), Ok(expected), "{text_shown}");
        }
        let digits = format!("[{}]", "9".repeat(400));
        assert_eq!(parse(digits.as_bytes()), Ok(json!([null])));
    }

    #[test]
    fn strict_json_keeps_its_digits() {
        let text = r#"{"n":12345678901234567890123,"f":0.10000000000000000001,"e":1e+300}"#;
        assert_eq!(parse(text.as_bytes()).unwrap().to_string(), text);
    }

    #[test]
    fn what_is_no_json_is_unreadable() {
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        for text in [
            "",
            "{",
            "{\"a\":1,}",
            "{} x",
            "[Nan]",
            "[Inf]",
            "[-]",
            "\"\\ud800",
            "\"\\",
            "\"\\u00",
            "{\"a\":\"\\q\"}",
            &deep,
            &"{\"a\":".repeat(5_000),
        ] {
            assert_eq!(parse(text.as_bytes()), Err(Unreadable), "{text}");
        }
    }

    #[test]
    fn keys_that_serde_json_reserves_are_dropped() {
        let text = r#"{"a":1,"$serde_json::private::Number":"x","b":{"c":2}}"#;
        assert_eq!(
            parse(text.as_bytes()),
            Ok(json!({ "a": 1, "b": { "c": 2 } }))
        );
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&bytes);
        }

        #[test]
        fn no_json_like_text_panics(text in r#"([\[\]{},:"\\\x00-\x1F]|\\u[dD0][89a-fA-F0-9]{3}|NaN|-?Infinity|1e999|é|-|[0-9])*"#) {
            let _ = parse(text.as_bytes());
        }

        #[test]
        fn strings_are_kept(texts in proptest::collection::vec("[^\\x00]*", 0..8)) {
            // The leading NaN makes the strict parser fail.
            let strings = serde_json::to_string(&texts).unwrap();
            let value = parse(format!("[NaN,{strings}]").as_bytes()).unwrap();
            prop_assert_eq!(value, json!([null, texts]));
        }
    }
}
