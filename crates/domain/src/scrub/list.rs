//! Finds secrets in lists separated by semicolons: the connection strings of ADO, ODBC and JDBC.

use std::ops::Range;

use super::enclosure::opening;
use super::value::line_end;
use super::{FILTERED, words};

/// Longer values are none. Bounds the work per key.
const LONGEST: usize = 512;

/// How far back the item before a key may begin.
const LONGEST_ITEM: usize = 256;

/// Words that go on with the sentence a list stands in, besides those with which a statement begins.
const SENTENCE: &[&str] = &[
    "after", "but", "failed", "refused", "returned", "timed", "while",
];

/// The value that begins at `start`, when its key, at `key`, is one of a list.
///
/// It may hold blanks, and be put in braces or quotes, which are written twice within.
pub(super) fn value(text: &[u8], key: usize, start: usize) -> Option<Range<usize>> {
    let follows = follows_item(text, key);
    let line = line_end(&text[..text.len().min(start + LONGEST)], start);
    let delimited = match text.get(start)? {
        b'{' => closing(text, start, line, b'}'),
        quote @ (b'"' | b'\'') => closing(text, start, line, *quote),
        _ => None,
    };
    if let Some(end) = delimited {
        let ends = matches!(text.get(end + 1), None | Some(b';'));
        return (follows || ends).then_some(start + 1..end);
    }
    let Some(end) = memchr::memchr(b';', &text[start..line]).map(|i| start + i) else {
        return follows.then(|| start..last_end(text, start, line));
    };
    let value = &text[start..end];
    // What ends a string that holds the list.
    if value.contains(&b'"') || memchr::memmem::find(value, b"\\n").is_some() {
        return follows.then(|| start..last_end(text, start, line));
    }
    if follows {
        return Some(start..closed_before(text, key, start, end));
    }
    (is_plain(value) && begins_item(&text[end + 1..])).then_some(start..end)
}

/// Where the brackets around the key at `key` close between `start` and `end`, or `end`.
fn closed_before(text: &[u8], key: usize, start: usize, end: usize) -> usize {
    if opening(text, key).is_none() {
        return end;
    }
    let mut depth = 0_usize;
    for at in start..end {
        match text[at] {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' if depth > 0 => depth -= 1,
            b')' | b']' | b'}' if !text[at + 1].is_ascii_alphanumeric() => return at,
            _ => {}
        }
    }
    end
}

/// Whether the first value of a list is what it seems: without an entity, and with blanks only among
/// words. Otherwise other text goes before the semicolon.
fn is_plain(value: &[u8]) -> bool {
    !value.contains(&b'&')
        && (!value.contains(&b' ') || !value.iter().any(|b| b"=:<>()[]{}|".contains(b)))
}

/// The sign that closes what opens at `start`; written twice, it stands for itself.
fn closing(text: &[u8], start: usize, line: usize, sign: u8) -> Option<usize> {
    let mut from = start + 1;
    loop {
        let at = from + memchr::memchr(sign, text.get(from..line)?)?;
        if text.get(at + 1) != Some(&sign) {
            return Some(at);
        }
        from = at + 2;
    }
}

/// Whether `key=value;` goes before the key at `key`.
fn follows_item(text: &[u8], key: usize) -> bool {
    let before = text[..key].trim_ascii_end();
    let Some(before) = before.strip_suffix(b";") else {
        return false;
    };
    let item = &before[before.len().saturating_sub(LONGEST_ITEM)..];
    let item = memchr::memrchr2(b';', b'\n', item).map_or(item, |i| &item[i + 1..]);
    memchr::memchr(b'=', item).is_some()
}

/// Whether `rest` begins with a key, which may be of several words, and its sign.
fn begins_item(rest: &[u8]) -> bool {
    const LONGEST_KEY: usize = 48;
    let rest = rest.trim_ascii_start();
    let key = rest
        .iter()
        .take(LONGEST_KEY)
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b' ' | b'_' | b'-' | b'.'))
        .count();
    key > 0 && rest.get(key) == Some(&b'=')
}

/// The end of a list's last value: that of the brackets or quotes around the list, or where the
/// sentence goes on.
fn last_end(text: &[u8], start: usize, line: usize) -> usize {
    let mut depth = 0_usize;
    let mut end = line;
    let from = if text[start..].starts_with(FILTERED.as_bytes()) {
        start + FILTERED.len()
    } else {
        start
    };
    for at in from..line {
        let next = text.get(at + 1);
        let ends = match text[at] {
            b'(' | b'[' | b'{' => {
                depth += 1;
                false
            }
            b')' | b']' | b'}' if depth > 0 => {
                depth -= 1;
                false
            }
            b')' | b']' | b'}' | b'"' | b'`' | b'<' => true,
            b'\'' => next.is_none_or(|b| !b.is_ascii_alphanumeric()),
            b'\\' => matches!(next, Some(b'n' | b'r' | b'"')),
            b',' | b'.' | b':' | b'!' | b';' => next.is_none_or(u8::is_ascii_whitespace),
            b' ' => goes_on(&text[at + 1..line]),
            _ => false,
        };
        if ends {
            end = at;
            break;
        }
    }
    end - text[start..end]
        .iter()
        .rev()
        .take_while(|b| b.is_ascii_whitespace())
        .count()
}

fn goes_on(rest: &[u8]) -> bool {
    let word = rest
        .split(|b| !b.is_ascii_alphabetic() && *b != b'\'')
        .next()
        .unwrap_or_default();
    matches!(rest.first(), None | Some(b'(' | b'-' | b'|' | b'['))
        || words::is_in(word, SENTENCE)
        || words::starts_statement(word)
}
