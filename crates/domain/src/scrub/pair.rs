//! Pairs of a sensitive key and its value in text: `password=x`, `Authorization: Bearer x`,
//! `"apiKey": "x"`, `?token=x&y=z`.

use std::ops::Range;

use super::keys::{KeySet, ends_in};
use super::prose;
use super::value::{balanced_end, is_quote, line_end, quoted, token_end};
use super::{FILTERED, credential};

/// How far back from its sign a key may reach, in bytes. Bounds the work per sign.
const MAX_KEY: usize = 128;

/// White space allowed between a key, its sign and its value, in bytes.
const MAX_GAP: usize = 16;

/// Words that may stand between a key of several words in prose and its sign.
const QUALIFIERS: &[&str] = &["code", "is", "key", "no", "number", "value", "was"];

/// HTTP authentication schemes whose credentials take the rest of the line.
const LINE_SCHEMES: &[&str] = &[
    "apikey",
    "aws4-hmac-sha256",
    "digest",
    "dpop",
    "hawk",
    "key",
    "negotiate",
    "ntlm",
    "oauth",
    "signature",
    "token",
];

/// What stands between a key and its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    /// `=`, `=>`, `:=`: a value follows.
    Assign,
    /// `:`, `==`: a value or prose follows.
    Colon,
}

/// A key in text.
#[derive(Debug, Clone)]
struct Key {
    at: Range<usize>,
    quoted: bool,
}

/// Adds the values of sensitive pairs in `text` to `spans`.
pub(super) fn find(text: &str, keys: &KeySet, spans: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    let mut done = 0;
    for at in memchr::memchr2_iter(b':', b'=', bytes) {
        if at < done {
            continue;
        }
        let Some(key) = sensitive_key_before(text, at, keys) else {
            continue;
        };
        let Some((sign, after)) = sign_at(bytes, at) else {
            continue;
        };
        if let Some(value) = find_value(text, &key, sign, after, keys)
            && !value.is_empty()
            && &bytes[value.clone()] != FILTERED.as_bytes()
        {
            done = value.end;
            spans.push(value);
        }
    }
}

/// The sign at `at` and where the value may begin; `None` for `::` and `://`.
fn sign_at(text: &[u8], at: usize) -> Option<(Sign, usize)> {
    match &text[at..] {
        [b':', b':', ..] | [b':', b'/', b'/', ..] | [b':', b'\\', b'/', ..] => None,
        [b':', b'=', ..] | [b'=', b'>', ..] => Some((Sign::Assign, at + 2)),
        [b'=', b'=', b'=', ..] => Some((Sign::Colon, at + 3)),
        [b'=', b'=' | b'~', ..] => Some((Sign::Colon, at + 2)),
        [b'=', ..] => Some((Sign::Assign, at + 1)),
        _ => Some((Sign::Colon, at + 1)),
    }
}

fn sensitive_key_before(text: &str, sign: usize, keys: &KeySet) -> Option<Key> {
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
    let found = |at: Range<usize>| Some(Key { at, quoted });
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
    if quoted {
        return None;
    }
    let words = words_before(bytes, start);
    if words == start {
        return None;
    }
    let last = keys.last_match(&bytes[words..end])?;
    let rest = &bytes[words + last.end..end];
    let whole = rest.is_empty() || ends_in(rest, QUALIFIERS);
    whole.then(|| found(words + last.start..end))?
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

fn find_value(
    text: &str,
    key: &Key,
    sign: Sign,
    after: usize,
    keys: &KeySet,
) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let name = &text[key.at.clone()];
    let gap = bytes[after..]
        .iter()
        .take(MAX_GAP)
        .take_while(|b| matches!(b, b' ' | b'\t') || (key.quoted && matches!(b, b'\n' | b'\r')))
        .count();
    let start = after + gap;
    let first = *bytes.get(start)?;
    if sign == Sign::Colon && !key.quoted && prose::names_no_value(bytes, &key.at, start, keys) {
        return None;
    }
    if let Some(content) = quoted(bytes, start) {
        return Some(match header_of(name) {
            Some(Header::Authorization) => after_scheme(bytes, content),
            _ => content,
        });
    }
    if matches!(first, b'[' | b'{')
        && (key.quoted || sign == Sign::Colon)
        && !text[start..].starts_with(FILTERED)
    {
        return Some(start..balanced_end(bytes, start, bytes.len()).unwrap_or(bytes.len()));
    }
    if let Some(line) = header_line(bytes, key, name, start) {
        return Some(line);
    }
    let token = start..token_end(bytes, start);
    let is_value = match sign {
        Sign::Assign => !prose::is_null(&bytes[token.clone()]),
        Sign::Colon => prose::is_value(bytes, &token),
    };
    is_value.then_some(token)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Header {
    Authorization,
    Cookie,
}

/// The header of several words that `name` is.
fn header_of(name: &str) -> Option<Header> {
    let ends_with = |word: &str| {
        name.len()
            .checked_sub(word.len())
            .is_some_and(|at| name.as_bytes()[at..].eq_ignore_ascii_case(word.as_bytes()))
    };
    if ends_with("authorization") {
        Some(Header::Authorization)
    } else if ends_with("cookie") || ends_with("cookies") {
        Some(Header::Cookie)
    } else {
        None
    }
}

/// The value of a header that is made of several words, written without quotes.
fn header_line(text: &[u8], key: &Key, name: &str, start: usize) -> Option<Range<usize>> {
    let header = header_of(name)?;
    let token = start..token_end(text, start);
    match header {
        Header::Cookie => text[token]
            .contains(&b'=')
            .then(|| start..enclosing_end(text, key, start)),
        Header::Authorization => {
            if credential::scheme_at(&text[token.clone()]).is_some_and(|s| s.len() == token.len()) {
                let start = token.end + blanks_from(text, token.end);
                return Some(start..token_end(text, start));
            }
            let line_scheme = LINE_SCHEMES
                .iter()
                .any(|s| s.as_bytes().eq_ignore_ascii_case(&text[token.clone()]));
            line_scheme.then(|| {
                let start = token.end + blanks_from(text, token.end);
                start..enclosing_end(text, key, start).max(start)
            })
        }
    }
}

/// What follows the authentication scheme, or all of it when there is none.
fn after_scheme(text: &[u8], content: Range<usize>) -> Range<usize> {
    let Some(scheme) = credential::scheme_at(&text[content.clone()]) else {
        return content;
    };
    let after = content.start + scheme.len();
    let gap = blanks_from(text, after);
    if gap == 0 {
        return content;
    }
    (after + gap).min(content.end)..content.end
}

fn blanks_from(text: &[u8], at: usize) -> usize {
    text[at..]
        .iter()
        .take(MAX_GAP)
        .take_while(|b| matches!(b, b' ' | b'\t'))
        .count()
}

/// The end of the line, or of the quotes that hold both key and value (`-H 'Cookie: a=b'`).
fn enclosing_end(text: &[u8], key: &Key, start: usize) -> usize {
    let end = line_end(text, start);
    let quote = text[..key.at.start].last().filter(|b| is_quote(**b));
    quote
        .and_then(|q| memchr::memchr(*q, &text[start..end]))
        .map_or(end, |i| start + i)
}
