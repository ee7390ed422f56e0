//! Finds unquoted secrets in printed structs and maps: Go's `{User:bo Password:x y}` and
//! `map[password:x user:bo]`, Java's `{password=x y, user=bo}`, Kotlin's `User(password=x)`, .NET's
//! `User { Password = x }`.

use std::ops::Range;

use super::enclosure::opening;
use super::keys::KeySet;
use super::value::{is_quote, token_end};
use super::{FILTERED, words};

/// Longer values are none. Bounds the work per key.
const LONGEST: usize = 512;

/// What a printed struct tells of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Printed {
    /// It ends there.
    Ends(usize),
    /// There is none: `{Password: Zone:x}`, `{password=must not be blank}`.
    Nothing,
}

/// What the struct around `key` tells of the value at `start`, when it stands in one. `colon` says
/// which sign is between the two, `gap` whether white space is.
pub(super) fn value_end(
    text: &[u8],
    key: &Range<usize>,
    start: usize,
    colon: bool,
    gap: bool,
) -> Option<Printed> {
    let open = opening(text, key.start)?;
    let braces = text[open] == b'{';
    if colon && gap && is_go(text, key, open) && begins_pair(&text[start..], false) {
        return Some(Printed::Nothing);
    }
    let called = text[open] == b'(' && open > 0 && text[open - 1].is_ascii_alphanumeric();
    // In PHP's print_r the key itself stands in brackets: `[password] => x [user] => y`.
    let index = open + 1 == key.start && text.get(key.end) == Some(&b']');
    let printed = braces || called || text[open] == b'[' && !(colon && gap) || index;
    if !printed {
        return None;
    }
    if is_said(text, start) {
        return Some(Printed::Nothing);
    }
    end_in(text, start, false).map(Printed::Ends)
}

/// The end of the cookies at `start` in the struct or list around `key`.
pub(super) fn cookie_end(text: &[u8], key: usize, start: usize) -> Option<usize> {
    let open = opening(text, key)?;
    let called = open > 0 && text[open - 1].is_ascii_alphanumeric();
    (text[open] != b'(' || called).then(|| end_in(text, start, true))?
}

/// Adds the secrets in Scala's `Map(user -> bo, password -> x)` to `spans`.
pub(super) fn find_arrows(text: &str, keys: &KeySet, spans: &mut Vec<Range<usize>>) {
    const ARROW: &[u8] = b" -> ";
    let bytes = text.as_bytes();
    for sign in memchr::memchr_iter(b'>', bytes) {
        let Some(at) = sign
            .checked_sub(2)
            .filter(|at| bytes[*at..].starts_with(ARROW))
        else {
            continue;
        };
        let length = bytes[..at]
            .iter()
            .rev()
            .take(64)
            .take_while(|b| is_name_byte(**b))
            .count();
        let start = at + ARROW.len();
        if !keys.is_sensitive(&text[at - length..at]) {
            continue;
        }
        let Some(open) = opening(bytes, at) else {
            continue;
        };
        if bytes[..open].ends_with(b"Map")
            && let Some(end) = end_in(bytes, start, false).filter(|end| *end > start)
            && &bytes[start..end] != FILTERED.as_bytes()
        {
            spans.push(start..end);
        }
    }
}

/// Whether blanks alone part the pairs around `key`, as Go prints them.
fn is_go(text: &[u8], key: &Range<usize>, open: usize) -> bool {
    if key.start == open + 1 {
        return true;
    }
    let before = &text[..key.start];
    matches!(before, [.., other, b' '] if !b",;{[( \n".contains(other))
}

/// Whether a statement about a value stands in its place: `{password=must not be blank}`.
fn is_said(text: &[u8], start: usize) -> bool {
    let limit = text.len().min(start + LONGEST);
    let token = token_end(text, start);
    let more = text.get(token) == Some(&b' ');
    more && words::starts_fault(&text[start..token.min(limit)])
}

/// Where the value at `start` ends: before the next pair, or the bracket that closes the struct.
///
/// Cookies hold pairs themselves, which semicolons part.
fn end_in(text: &[u8], start: usize, cookies: bool) -> Option<usize> {
    let limit = text.len().min(start + LONGEST);
    let mut at = start;
    if text[start..].starts_with(FILTERED.as_bytes()) {
        at += FILTERED.len();
    }
    let mut depth = 0_usize;
    while at < limit {
        match text[at] {
            b'(' | b'[' | b'{' => depth += 1,
            // A bracket within a word closes nothing.
            b')' | b']' | b'}'
                if depth == 0 && !text.get(at + 1).is_some_and(u8::is_ascii_alphanumeric) =>
            {
                return Some(trimmed(text, start, at));
            }
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b'\n' | b'\r' => return Some(trimmed(text, start, at)),
            b'\\' if matches!(text.get(at + 1), Some(b'n' | b'r' | b'"' | b'\'')) => return None,
            b' ' if depth == 0 && begins_pair(&text[at + 1..], cookies) => {
                return Some(trimmed(text, start, at));
            }
            b',' if depth == 0 && begins_next(&text[at + 1..]) => return Some(at),
            b';' if depth == 0 && !cookies && begins_next(&text[at + 1..]) => return Some(at),
            b'\'' if text.get(at + 1).is_some_and(u8::is_ascii_alphanumeric) => {}
            b if is_quote(b) => return None,
            _ => {}
        }
        at += 1;
    }
    None
}

fn trimmed(text: &[u8], start: usize, end: usize) -> usize {
    end - text[start..end]
        .iter()
        .rev()
        .take_while(|b| b.is_ascii_whitespace() || matches!(b, b',' | b';'))
        .count()
}

/// Whether `rest` begins with a name and its sign, nothing between them: `Zone:`, `user=`, `[user] =>`.
fn begins_pair(rest: &[u8], cookies: bool) -> bool {
    if let Some(index) = rest.strip_prefix(b"[") {
        return index[name_length(index)..].starts_with(b"] =>");
    }
    let name = name_length(rest);
    let sign = match rest.get(name) {
        Some(b':') => true,
        Some(b'=') => !cookies,
        _ => false,
    };
    name > 0 && sign && !rest[name + 1..].starts_with(b"//")
}

/// Whether another item follows a comma: a name with its sign, a string or a bracket.
fn begins_next(rest: &[u8]) -> bool {
    let rest = rest.trim_ascii_start();
    let Some(first) = rest.first() else {
        return true;
    };
    if is_quote(*first) || matches!(first, b'{' | b'[' | b':' | b'#' | b'.' | b'}' | b']' | b')') {
        return true;
    }
    let name = name_length(rest);
    let after = rest[name..].trim_ascii_start();
    name > 0 && (matches!(after.first(), Some(b':' | b'=')) || after.starts_with(b"->"))
}

const fn is_name_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.')
}

fn name_length(rest: &[u8]) -> usize {
    const LONGEST_NAME: usize = 48;
    if !rest
        .first()
        .is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_')
    {
        return 0;
    }
    rest.iter()
        .take(LONGEST_NAME)
        .take_while(|b| is_name_byte(**b))
        .count()
}
