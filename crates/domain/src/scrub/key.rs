//! Finds the key before a separator (`=`, `:`) in text.

use std::ops::Range;

use super::keys::{KeySet, ends_in};
use super::value::is_quote;
use super::words::{self, Naming};

/// How far back from its sign a key may reach, in bytes. Bounds the work per sign.
const MAX_KEY: usize = 128;

/// White space allowed between a key, its sign and its value, in bytes.
pub(super) const MAX_GAP: usize = 16;

/// Words that may stand between a key of several words in prose and its sign.
const QUALIFIERS: &[&str] = &["code", "is", "key", "no", "number", "value", "was"];

/// What stands between a key and its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// `=`, `=>`, `:=`: a value follows.
    Assign,
    /// `:`, `==`: a value or prose follows.
    Colon,
}

/// A key in text.
#[derive(Debug, Clone)]
pub(super) struct Key {
    pub(super) at: Range<usize>,
    pub(super) quoted: bool,
}

/// The sign at `at` and where the value may begin; `None` for `::` and `://`.
pub(super) fn sign_at(text: &[u8], at: usize) -> Option<(Sign, usize)> {
    match &text[at..] {
        [b':', b':', ..] | [b':', b'/', b'/', ..] | [b':', b'\\', b'/', ..] => None,
        [b':', b'=', ..] | [b'=', b'>', ..] => Some((Sign::Assign, at + 2)),
        [b'=', b'=', b'=', ..] => Some((Sign::Colon, at + 3)),
        [b'=', b'=' | b'~', ..] => Some((Sign::Colon, at + 2)),
        [b'=', ..] => Some((Sign::Assign, at + 1)),
        _ => Some((Sign::Colon, at + 1)),
    }
}

/// What stands before a sign.
#[derive(Debug, Clone)]
pub(super) enum Before {
    /// A sensitive key.
    Key(Key),
    /// A member that names what stands beside it: `name`, `header`.
    Naming(Range<usize>, Naming),
}

/// The key or member before the sign at `sign`, when it matters.
pub(super) fn before(text: &str, sign: usize, keys: &KeySet) -> Option<Before> {
    let bytes = text.as_bytes();
    let mut end = sign - blanks_before(bytes, sign);
    if bytes[..end].last() == Some(&b']') {
        end -= 1;
    }
    let quoted = bytes[..end].last().is_some_and(|b| is_quote(*b));
    if quoted {
        end -= 1;
        end -= bytes[..end]
            .iter()
            .rev()
            .take(MAX_GAP)
            .take_while(|b| **b == b'\\')
            .count();
    }
    let mut start = end - key_bytes_before(bytes, end, quoted);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    if start == end {
        return None;
    }
    let found = |at: Range<usize>| Some(Before::Key(Key { at, quoted }));
    if keys.is_sensitive(&text[start..end]) {
        return found(start..end);
    }
    // The letter of an escape that was written out, as in `\npassword=x`.
    if start > 0 && bytes[start - 1] == b'\\' && matches!(bytes[start], b'n' | b'r' | b't') {
        let start = start + 1;
        return keys
            .is_sensitive(&text[start..end])
            .then(|| found(start..end))?;
    }
    let several = if quoted {
        None
    } else {
        several_words(bytes, start, end, keys)
    };
    match several {
        Some(at) => found(at),
        None => words::naming(&bytes[start..end]).map(|naming| Before::Naming(start..end, naming)),
    }
}

/// The key of several words whose last one is `start..end`.
fn several_words(text: &[u8], start: usize, end: usize, keys: &KeySet) -> Option<Range<usize>> {
    let words = words_before(text, start);
    if words == start {
        return None;
    }
    let last = keys.last_match(&text[words..end])?;
    let rest = &text[words + last.end..end];
    let whole = rest.is_empty() || ends_in(rest, QUALIFIERS);
    whole.then_some(words + last.start..end)
}

/// Where the up to two words before `start` begin, each parted by one space.
fn words_before(text: &[u8], start: usize) -> usize {
    let mut at = start;
    for _ in 0..2 {
        if text[..at].last() != Some(&b' ') {
            break;
        }
        let word = key_bytes_before(text, at - 1, false);
        if word == 0 {
            break;
        }
        at -= word + 1;
    }
    at
}

fn blanks_before(text: &[u8], end: usize) -> usize {
    text[..end]
        .iter()
        .rev()
        .take(MAX_GAP)
        .take_while(|b| matches!(b, b' ' | b'\t'))
        .count()
}

fn key_bytes_before(text: &[u8], end: usize, spaces: bool) -> usize {
    text[..end]
        .iter()
        .rev()
        .take(MAX_KEY)
        .take_while(|b| {
            b.is_ascii_alphanumeric()
                || !b.is_ascii()
                || matches!(b, b'_' | b'-' | b'.')
                || (spaces && **b == b' ')
        })
        .count()
}
