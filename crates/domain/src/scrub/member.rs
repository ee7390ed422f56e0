//! Finds secrets in objects that name them, printed in any syntax: `{"name": "password", "value": "x"}`,
//! `Header(name=Cookie, value=x)`, `{Name:password Value:x}`, `<add key="Password" value="x"/>`.

use std::ops::Range;

use super::enclosure::opening;
use super::keys::KeySet;
use super::value::{is_quote, line_end, quoted, token_end};
use super::words::{self, Naming};
use super::{FILTERED, printed, prose};

/// How far a value may stand from its name, in bytes. Bounds the work per name.
const REACH: usize = 1024;

/// Longer names are none.
const LONGEST_NAME: usize = 128;

/// The value of the object whose member `member` is followed by a name at `start`, when that is a
/// sensitive one. `naming` tells how the member names it.
pub(super) fn find_value(
    text: &str,
    member: Range<usize>,
    start: usize,
    naming: Naming,
    keys: &KeySet,
) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let start = start + blanks(&bytes[start..]);
    let (name, after) = match quoted(bytes, start) {
        Some(content) => (content.clone(), past_quote(bytes, content.end)),
        None => {
            let end = name_end(bytes, start);
            (start..end, end)
        }
    };
    let cookies = ends_in_cookie(&bytes[name.clone()]);
    if name.is_empty() || name.len() > LONGEST_NAME || !is_sensitive(text.get(name)?, naming, keys)
    {
        return None;
    }
    let open = object_opening(bytes, member.start);
    form_data(bytes, &member, after)
        .or_else(|| value_in(text, after, reach(bytes, after, open.is_some()), cookies))
        .or_else(|| {
            let open = open?;
            value_in(text, open + 1, member.start, cookies)
        })
}

/// How far the value may stand behind a name that ends at `after`: without an object around it, on the
/// next line.
fn reach(text: &[u8], after: usize, enclosed: bool) -> usize {
    let limit = text.len().min(after + REACH);
    if enclosed {
        return limit;
    }
    let line = line_end(&text[..limit], after);
    let next = line
        + text[line..limit]
            .iter()
            .take_while(|b| b.is_ascii_whitespace())
            .count();
    line_end(&text[..limit], next)
}

fn is_sensitive(name: &str, naming: Naming, keys: &KeySet) -> bool {
    match naming {
        Naming::Name => keys.names_secret(name),
        Naming::Path => keys.names_secret(words::last_part(name)),
        Naming::Type => name.eq_ignore_ascii_case("password") && keys.is_sensitive(name),
    }
}

fn ends_in_cookie(name: &[u8]) -> bool {
    [&b"cookie"[..], b"cookies"].into_iter().any(|word| {
        name.len()
            .checked_sub(word.len())
            .is_some_and(|at| name[at..].eq_ignore_ascii_case(word))
    })
}

/// Where the object or tag that holds the member at `at` begins.
fn object_opening(text: &[u8], at: usize) -> Option<usize> {
    let tag = memchr::memrchr2(b'<', b'>', &text[at.saturating_sub(REACH)..at])
        .map(|i| at.saturating_sub(REACH) + i)
        .filter(|i| text[*i] == b'<');
    opening(text, at).into_iter().chain(tag).max()
}

fn blanks(rest: &[u8]) -> usize {
    const MOST: usize = 16;
    rest.iter()
        .take(MOST)
        .take_while(|b| b.is_ascii_whitespace())
        .count()
}

fn past_quote(text: &[u8], end: usize) -> usize {
    let end = end + text[end..].iter().take_while(|b| **b == b'\\').count();
    end + usize::from(text.get(end).is_some_and(|b| is_quote(*b)))
}

fn name_end(text: &[u8], start: usize) -> usize {
    start
        + text[start..]
            .iter()
            .take(LONGEST_NAME)
            .take_while(|b| {
                b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'/') || **b >= 0x80
            })
            .count()
}

/// The part of a multipart form that is named before `after`.
fn form_data(text: &[u8], member: &Range<usize>, after: usize) -> Option<Range<usize>> {
    const HEADER: &[u8] = b"form-data;";
    text[..member.start].trim_ascii_end().strip_suffix(HEADER)?;
    let (head, value, line): (usize, usize, &[u8]) = [
        (&b"\r\n\r\n"[..], &b"\r\n"[..]),
        (b"\n\n", b"\n"),
        (br"\r\n\r\n", br"\r\n"),
        (br"\n\n", br"\n"),
    ]
    .into_iter()
    .find_map(|(gap, line)| {
        let limit = text.len().min(after + REACH);
        let at = memchr::memmem::find(&text[after..limit], gap)?;
        Some((after + at, after + at + gap.len(), line))
    })?;
    // Another part's head is not this one's.
    if memchr::memmem::find(&text[after..head], HEADER).is_some() {
        return None;
    }
    let end = memchr::memmem::find_iter(&text[value..], line)
        .map(|i| value + i)
        .find(|at| text[at + line.len()..].starts_with(b"--"))
        .unwrap_or(text.len());
    (end > value && text[value..end] != *FILTERED.as_bytes()).then_some(value..end)
}

/// The first member between `from` and `to` that holds a value, before its object ends. `cookies` says
/// that it holds pairs itself.
pub(super) fn value_in(text: &str, from: usize, to: usize, cookies: bool) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let mut depth = 0_usize;
    let mut at = from;
    while at < to {
        match bytes[at] {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.checked_sub(1)?,
            b'>' if !matches!(bytes[at - 1], b'=' | b'-') => return None,
            b'<' if depth == 0 => return None,
            b':' | b'=' if depth == 0 && bytes.get(at + 1) != Some(&b':') => {
                let member = member_before(bytes, from, at);
                if words::holds_value_in_text(&bytes[member]) {
                    return value_after(text, at, cookies);
                }
            }
            b if is_quote(b) && opens(bytes, at) => {
                if let Some(content) = quoted(bytes, at).filter(|content| content.end < to) {
                    at = content.end;
                }
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// Whether the quote at `at` begins a string that holds a value, not a name.
fn opens(text: &[u8], at: usize) -> bool {
    let escapes = text[..at].iter().rev().take_while(|b| **b == b'\\').count();
    let before = text[..at - escapes].trim_ascii_end();
    matches!(before.last(), Some(b':' | b'=' | b'>'))
}

fn member_before(text: &[u8], from: usize, sign: usize) -> Range<usize> {
    let skipped = |b: &u8| b.is_ascii_whitespace() || is_quote(*b) || matches!(b, b'\\' | b']');
    let end = sign
        - text[from..sign]
            .iter()
            .rev()
            .take(16)
            .take_while(|b| skipped(b))
            .count();
    let length = text[from..end]
        .iter()
        .rev()
        .take(48)
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
        .count();
    end - length..end
}

/// The value after the sign at `sign`.
fn value_after(text: &str, sign: usize, cookies: bool) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let after = sign + 1 + usize::from(matches!(bytes.get(sign + 1), Some(b'>' | b'=')));
    let start = after + blanks(&bytes[after..]);
    let value = match quoted(bytes, start) {
        Some(content) => content,
        None if cookies => {
            let end = printed::cookie_end(bytes, sign, start);
            start..end.unwrap_or_else(|| token_end(bytes, start))
        }
        None => match printed::value_end(
            bytes,
            &(sign..sign),
            start,
            bytes[sign] == b':',
            start > after,
        ) {
            Some(printed::Printed::Nothing) => return None,
            Some(printed::Printed::Ends(end)) => start..end,
            None => start..token_end(bytes, start),
        },
    };
    let content = &bytes[value.clone()];
    let secret = !content.is_empty()
        && content != FILTERED.as_bytes()
        && !prose::is_null(content)
        && !words::is_statement(content);
    secret.then_some(value)
}
