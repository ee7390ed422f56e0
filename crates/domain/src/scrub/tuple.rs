//! Finds secrets next to their key in printed tuples and lists: `('Cookie', 'x')`,
//! `{"cookie", "x"}`, `[:authorization, "x"]`, `{password,<<"x">>}`, `{:password "x"}`.

use std::ops::Range;

use super::beside::{self, Setting};
use super::enclosure::{before_blanks, opening, past_blanks};
use super::keys::KeySet;
use super::value::{balanced_end, is_quote, line_end, quoted};

/// Longer names are none.
const LONGEST_KEY: usize = 64;

/// How far an item that is a list itself is followed, in bytes.
const LONGEST_ITEM: usize = 4096;

/// Longer values without quotes are none.
const LONGEST_NAKED: usize = 512;

/// How a key in front of a comma is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Writing {
    /// In quotes.
    String,
    /// As a name of the language: `:password`, and in Erlang `password`.
    Atom,
    /// As nothing but its text.
    Bare,
}

/// A key in front of a comma.
#[derive(Debug)]
struct Key {
    at: Range<usize>,
    writing: Writing,
    /// Where the bracket before it stands, unless items do.
    opening: Option<usize>,
}

/// Adds the secrets beside their keys in `text` to `spans`.
pub(super) fn find(text: &str, keys: &KeySet, spans: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    let mut done = 0;
    for at in memchr::memchr_iter(b',', bytes) {
        if at < done {
            continue;
        }
        if let Some(secret) =
            key_before(text, at).and_then(|key| find_value(text, &key, at + 1, keys))
        {
            done = secret.end;
            spans.push(secret);
        }
    }
}

/// Adds the secrets beside their keys in what PHP serialized, `s:8:"password";s:1:"x";`, to `spans`.
pub(super) fn find_serialized(text: &str, keys: &KeySet, spans: &mut Vec<Range<usize>>) {
    const NEXT: &[u8] = b"\";s:";
    const LONGEST_LENGTH: usize = 8;
    let bytes = text.as_bytes();
    for sign in memchr::memchr_iter(b';', bytes) {
        let Some(at) = sign
            .checked_sub(1)
            .filter(|at| bytes[*at..].starts_with(NEXT))
        else {
            continue;
        };
        let start = at - name_length(bytes[..at].iter().rev());
        let name = text.get(start..at).filter(|name| keys.is_sensitive(name));
        let length = at + NEXT.len();
        let digits = bytes[length..]
            .iter()
            .take(LONGEST_LENGTH)
            .take_while(|b| b.is_ascii_digit())
            .count();
        if name.is_some()
            && bytes[..start].ends_with(b":\"")
            && bytes.get(length + digits) == Some(&b':')
            && let Some(content) = quoted(bytes, length + digits + 1)
            && !content.is_empty()
            && &bytes[content.clone()] != super::FILTERED.as_bytes()
        {
            spans.push(content);
        }
    }
}

/// The secret after the Lisp keyword whose colon stands at `at`: `:password "x"`.
pub(super) fn after_keyword(text: &str, at: usize, keys: &KeySet) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let opens = at == 0 || matches!(bytes[at - 1], b' ' | b',' | b'(' | b'[' | b'{' | b'\n');
    if !opens || !bytes.get(at + 1).is_some_and(u8::is_ascii_alphabetic) {
        return None;
    }
    let end = at + 1 + name_length(bytes[at + 1..].iter());
    if bytes.get(end) != Some(&b' ') {
        return None;
    }
    let name = &text[at + 1..end];
    if !keys.is_sensitive(name) {
        return None;
    }
    let value = match quoted(bytes, end + 1) {
        Some(content) => content,
        // As println writes a map.
        None if opening(bytes, at).is_some_and(|open| bytes[open] == b'{') => {
            let limit = bytes.len().min(end + 1 + LONGEST_NAKED);
            let limit = line_end(&bytes[..limit], end + 1);
            end + 1..end + 1 + memchr::memchr2(b',', b'}', &bytes[end + 1..limit])?
        }
        None => return None,
    };
    beside::is_value(name, &text[value.clone()], Setting::Pair, keys).then_some(value)
}

fn name_length<'a>(bytes: impl Iterator<Item = &'a u8>) -> usize {
    bytes
        .take(LONGEST_KEY)
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.') || **b >= 0x80)
        .count()
}

fn key_before(text: &str, comma: usize) -> Option<Key> {
    let bytes = text.as_bytes();
    let mut end = comma;
    if bytes[..end].ends_with(b">>") {
        end -= 2;
    }
    match bytes[..end].last()? {
        b if is_quote(*b) => string_before(text, end - 1),
        b if end == comma && (b.is_ascii_alphanumeric() || *b >= 0x80) => bare_before(text, end),
        _ => None,
    }
}

/// The key whose closing quote stands at `quote`.
fn string_before(text: &str, quote: usize) -> Option<Key> {
    let bytes = text.as_bytes();
    let escapes = bytes[..quote]
        .iter()
        .rev()
        .take_while(|b| **b == b'\\')
        .count();
    let end = quote - escapes;
    let from = end.saturating_sub(LONGEST_KEY + 1);
    let start = from + memchr::memrchr(bytes[quote], &bytes[from..end])? + 1;
    if start == end || !bytes[start..end].iter().all(|b| is_key_byte(*b)) {
        return None;
    }
    let before = start - 1;
    let before = before
        - bytes[..before]
            .iter()
            .rev()
            .take_while(|b| **b == b'\\')
            .count();
    // A literal's prefix: `b'...'`, `~c"..."`, `<<"...">>`, `&"..."`.
    let prefix = bytes[..before]
        .iter()
        .rev()
        .take(2)
        .take_while(|b| matches!(b, b'b' | b'u' | b'r' | b'c' | b'~' | b'<' | b'&' | b'@'))
        .count();
    let before = before_blanks(bytes, before - prefix);
    let opening = match bytes[..before].last()? {
        b'(' | b'[' | b'{' => Some(before - 1),
        b',' => None,
        _ => return None,
    };
    Some(Key {
        at: start..end,
        writing: Writing::String,
        opening,
    })
}

const fn is_key_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b' ') || b >= 0x80
}

/// The key without quotes that ends at `end`.
fn bare_before(text: &str, end: usize) -> Option<Key> {
    let bytes = text.as_bytes();
    let start = end - name_length(bytes[..end].iter().rev());
    if !bytes[start].is_ascii_alphabetic() {
        return None;
    }
    let key = |writing, before: usize| {
        let opening = before_blanks(bytes, before).checked_sub(1)?;
        let opens = matches!(bytes[opening], b'(' | b'[' | b'{');
        (opens && text.is_char_boundary(start)).then_some(Key {
            at: start..end,
            writing,
            opening: Some(opening),
        })
    };
    // An item of a list without quotes: `[Host, x, Cookie, sid=1]`.
    if bytes[..start].ends_with(b", ") && bytes[end..].starts_with(b", ") {
        return Some(Key {
            at: start..end,
            writing: Writing::Bare,
            opening: None,
        });
    }
    match *bytes[..start].last()? {
        b':' => key(Writing::Atom, start - 1),
        b'{' => key(Writing::Atom, start),
        b'(' | b'[' => key(Writing::Bare, start),
        _ => None,
    }
}

fn find_value(text: &str, key: &Key, after: usize, keys: &KeySet) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let name = &text[key.at.clone()];
    if !keys.is_sensitive(name) {
        return None;
    }
    let start = past_blanks(bytes, after);
    if let Some(content) = quoted(bytes, start) {
        let closed = past_quote(bytes, content.end);
        let single = bytes[key.at.start - 1] == b'\'' && bytes[content.start - 1] == b'\'';
        let setting = setting(bytes, key, closed, single);
        return beside::is_value(name, &text[content.clone()], setting, keys).then_some(content);
    }
    if matches!(bytes.get(start), Some(b'[' | b'{'))
        && setting(bytes, key, start, false) == Setting::Pair
    {
        let end = balanced_end(bytes, start, bytes.len().min(start + LONGEST_ITEM))?;
        let closes = matches!(bytes.get(past_blanks(bytes, end)), Some(b')' | b']' | b'}'));
        return (closes && &text[start..end] != super::FILTERED).then_some(start..end);
    }
    bare_value(text, key, start, keys)
}

/// Past the quote that ends a string, and what closes its literal.
fn past_quote(text: &[u8], end: usize) -> usize {
    let mut at = end + text[end..].iter().take_while(|b| **b == b'\\').count();
    if text.get(at).is_some_and(|b| is_quote(*b)) {
        at += 1;
    }
    if text[at..].starts_with(b">>") {
        at += 2;
    }
    past_blanks(text, at)
}

/// Whether the key and the value that ends at `closed` are all that their bracket holds, and that is
/// no list of names. `single` says that both are in single quotes.
fn setting(text: &[u8], key: &Key, closed: usize, single: bool) -> Setting {
    let Some(opening) = key.opening else {
        return Setting::List;
    };
    let whole = matches!(text.get(closed), Some(b')' | b']' | b'}'))
        || text.get(closed).is_some_and(|b| is_open(*b)) && text[opening] != b'[';
    let tuple = match text[opening] {
        b'(' => true,
        // Sets are printed like the tuples of Elixir and Erlang, but in Python, with single quotes.
        b'{' if !single => true,
        _ => {
            key.writing == Writing::Atom
                || opening.checked_sub(1).is_some_and(|i| {
                    matches!(
                        text[before_blanks(text, i + 1).saturating_sub(1)],
                        b'[' | b'(' | b'{' | b','
                    )
                })
        }
    };
    if whole && tuple {
        Setting::Pair
    } else {
        Setting::List
    }
}

const fn is_open(b: u8) -> bool {
    matches!(b, b'[' | b'{' | b'(')
}

/// The value of a pair or list that was printed without quotes: `(Cookie,sid=77)`, `[password, x1y]`.
fn bare_value(text: &str, key: &Key, start: usize, keys: &KeySet) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    if key.writing != Writing::Bare {
        return None;
    }
    let open = key
        .opening
        .or_else(|| opening(bytes, key.at.start).filter(|open| bytes[*open] == b'['))?;
    let close = if bytes[open] == b'(' { b')' } else { b']' };
    let limit = line_end(&bytes[..bytes.len().min(start + LONGEST_NAKED)], start);
    let mut end = start + memchr::memchr(close, &bytes[start..limit])?;
    if key.opening.is_none() {
        end = memchr::memmem::find(&bytes[start..end], b", ").map_or(end, |i| start + i);
    }
    let value = &bytes[start..end];
    // What goes before a call's brackets is its name, and what stands in them is code.
    let call = bytes[..open].last().is_some_and(u8::is_ascii_alphanumeric)
        && !bytes[..open].ends_with(b"Pair");
    let one = !value
        .iter()
        .any(|b| matches!(b, b',' | b'(' | b'[' | b'"' | b'\'' | b'$'));
    let evident = value.iter().any(|b| b.is_ascii_digit() || *b == b'=')
        && beside::is_value(
            &text[key.at.clone()],
            text.get(start..end)?,
            Setting::List,
            keys,
        );
    (evident && one && !call).then_some(start..end)
}
