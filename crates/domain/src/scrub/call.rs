//! Finds secrets in values that are printed as their type and content: `Password("x")`.

use std::ops::Range;

use super::beside::{self, Setting};
use super::keys::KeySet;
use super::member;
use super::value::{is_quote, quoted};

/// Longer type names are none.
const LONGEST_NAME: usize = 64;

/// How far the fields of a cookie are followed, in bytes.
const LONGEST_FIELDS: usize = 1024;

/// First words of the names of faults and of calls, whose content is a text about a secret.
const OTHERS: &[&str] = &[
    "Bad",
    "Check",
    "Duplicate",
    "Empty",
    "Expected",
    "Expired",
    "Find",
    "Get",
    "Illegal",
    "Invalid",
    "Malformed",
    "Missing",
    "No",
    "Parse",
    "Revoked",
    "Unexpected",
    "Unknown",
    "Unsupported",
    "Validate",
    "Verify",
    "Weak",
    "Wrong",
];

/// Adds the contents of sensitive types in `text` to `spans`.
pub(super) fn find(text: &str, keys: &KeySet, spans: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    for at in memchr::memchr2_iter(b'(', b'{', bytes) {
        let fields = bytes[..at].trim_ascii_end().ends_with(b"ookie");
        let inner = at
            + 1
            + if bytes[at + 1..].starts_with(b"Some(") {
                5
            } else {
                0
            };
        let opens = bytes
            .get(inner)
            .is_some_and(|b| is_quote(*b) || *b == b'\\');
        if fields {
            let end = bytes.len().min(at + LONGEST_FIELDS);
            spans.extend(member::value_in(text, at + 1, end, false));
        }
        if !opens || bytes[at] == b'{' || at == 0 || !bytes[at - 1].is_ascii_alphanumeric() {
            continue;
        }
        let length = bytes[..at]
            .iter()
            .rev()
            .take(LONGEST_NAME)
            .take_while(|b| b.is_ascii_alphanumeric() || **b == b'_')
            .count();
        let name = &text[at - length..at];
        if !names_type(name, keys) || text[..at - length].ends_with("new ") {
            continue;
        }
        if let Some(content) = quoted(bytes, inner)
            && beside::is_value(name, &text[content.clone()], Setting::Pair, keys)
        {
            spans.push(content);
        }
    }
}

/// Whether `name` is that of a type, and its last word is sensitive.
fn names_type(name: &str, keys: &KeySet) -> bool {
    name.as_bytes().first().is_some_and(u8::is_ascii_uppercase)
        && keys
            .last_match(name.as_bytes())
            .is_some_and(|found| found.end == name.len())
        && !OTHERS.iter().any(|other| {
            name.strip_prefix(other)
                .is_some_and(|rest| rest.as_bytes().first().is_some_and(u8::is_ascii_uppercase))
        })
}
