//! Tells the value after a key, as in `("Cookie", "x")`, from the next name of a list.

use super::keys::KeySet;
use super::{FILTERED, fields, prose, words};

/// In what a key and what follows it stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Setting {
    /// Nothing but the two: a tuple.
    Pair,
    /// A list whose items may alternate between names and values, or be names all of them.
    List,
}

/// Whether `value`, which follows the sensitive `key`, is its value.
pub(super) fn is_value(key: &str, value: &str, setting: Setting, keys: &KeySet) -> bool {
    let bytes = value.as_bytes();
    let legible = bytes
        .iter()
        .any(|b| b.is_ascii_alphanumeric() || *b >= 0x80);
    if !legible || value == FILTERED || prose::is_null(bytes) || words::is_statement(bytes) {
        return false;
    }
    if keys.is_whole(value) || fields::is_field(bytes) || is_flag(bytes) {
        return false;
    }
    match setting {
        Setting::Pair => true,
        Setting::List if is_header(key.as_bytes()) => !is_hyphenated_header(bytes),
        Setting::List => !is_name(bytes),
    }
}

/// Whether `key` may be one: a few words, and no pair or sentence. `words` is how many it may have.
pub(super) fn is_key(key: &str, words: usize) -> bool {
    const LONGEST: usize = 64;
    let named = |b: u8| {
        b.is_ascii_alphanumeric()
            || matches!(b, b'_' | b'-' | b'.' | b' ' | b'@' | b'[' | b']')
            || b >= 0x80
    };
    let bytes = key.strip_prefix(':').unwrap_or(key).as_bytes();
    key.len() <= LONGEST
        && bytes.iter().all(|b| named(*b))
        && bytes.iter().filter(|b| **b == b' ').count() < words
}

/// `--host`, but not a long value that happens to begin with a dash.
pub(super) fn is_flag(word: &[u8]) -> bool {
    match word {
        [b'-', b'-', first, ..] => first.is_ascii_alphabetic(),
        [b'-', first, rest @ ..] => {
            first.is_ascii_alphabetic() && rest.iter().all(|b| b.is_ascii_lowercase() || *b == b'-')
        }
        _ => false,
    }
}

/// A name as headers are written: `Cookie`, `X-Api-Key`, `x-api-key`, `authorization`.
fn is_header(key: &[u8]) -> bool {
    let plain = key.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-');
    plain
        && (key.contains(&b'-')
            || key.first().is_some_and(u8::is_ascii_uppercase)
                && key[1..].iter().all(u8::is_ascii_lowercase)
            || [&b"cookie"[..], b"authorization"].contains(&key))
}

/// `Content-Type`, `X-Forwarded-For`.
fn is_hyphenated_header(word: &[u8]) -> bool {
    word.contains(&b'-')
        && word.split(|b| *b == b'-').all(|part| {
            part.first().is_some_and(u8::is_ascii_uppercase)
                && part.iter().all(u8::is_ascii_alphabetic)
        })
}

/// Whether `word` may be the name of a field: letters and the signs that part them, then digits.
fn is_name(word: &[u8]) -> bool {
    const MOST_DIGITS: usize = 2;
    const LONGEST: usize = 40;
    let digits = word.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    let letters = &word[..word.len() - digits];
    digits <= MOST_DIGITS
        && word.len() <= LONGEST
        && letters
            .first()
            .is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_' || *b >= 0x80)
        && letters.iter().all(|b| {
            b.is_ascii_alphabetic() || matches!(b, b'_' | b'-' | b'.' | b' ') || *b >= 0x80
        })
}
