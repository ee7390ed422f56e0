//! Finds pairs of a sensitive key and its value in text: `password=x`, `Authorization: Bearer x`,
//! `"apiKey": "x"`, `?token=x&y=z`.

use std::ops::Range;

use super::key::{Before, Key, MAX_GAP, Sign, before, sign_at};
use super::keys::KeySet;
use super::printed::{self, Printed};
use super::value::{balanced_end, block, is_quote, line_end, quoted, token_end};
use super::{FILTERED, credential, list, member, prose, tuple, words};

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

/// Adds the values of sensitive pairs in `text` to `spans`.
pub(super) fn find(text: &str, keys: &KeySet, spans: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    let mut done = 0;
    for at in memchr::memchr2_iter(b':', b'=', bytes) {
        if at < done || follows_place(bytes, at) {
            continue;
        }
        if let Some(value) = value_at(text, at, keys)
            && !value.is_empty()
            && &bytes[value.clone()] != FILTERED.as_bytes()
        {
            // What a name leads to may stand before it.
            done = done.max(value.end);
            spans.push(value);
        }
    }
}

/// Whether the sign at `at` is one of a place in code, whose name cannot be a key's: `main.js:10:5`.
///
/// Spares stack traces the search for a key; [`prose::names_no_value`] knows more file names.
fn follows_place(text: &[u8], at: usize) -> bool {
    const LONGEST: usize = 5;
    if text[at] != b':' || !text.get(at + 1).is_some_and(u8::is_ascii_digit) {
        return false;
    }
    let name = &text[at.saturating_sub(LONGEST)..at];
    let letters = name
        .iter()
        .rev()
        .take_while(|b| b.is_ascii_alphanumeric())
        .count();
    let (before, word) = name.split_at(name.len() - letters);
    match before.last() {
        Some(b'.') => matches!(
            word,
            b"js"
                | b"ts"
                | b"py"
                | b"rb"
                | b"go"
                | b"rs"
                | b"cs"
                | b"java"
                | b"php"
                | b"jsx"
                | b"tsx"
                | b"mjs"
                | b"cjs"
        ),
        Some(b':') => word.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

/// The value that the sign at `at` leads to, when it is to be removed.
fn value_at(text: &str, at: usize, keys: &KeySet) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    match before(text, at, keys) {
        Some(Before::Key(key)) => {
            let (sign, after) = sign_at(bytes, at)?;
            find_value(text, &key, sign, after, keys)
        }
        Some(Before::Naming(name, naming)) => {
            let (_, after) = sign_at(bytes, at)?;
            member::find_value(text, name, after, naming, keys)
        }
        None if bytes[at] == b':' => tuple::after_keyword(text, at, keys),
        None => None,
    }
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
    if key.quoted && gap == 0 && is_receiver(bytes, key, start) {
        return None;
    }
    if prose::is_working_directory(name.as_bytes(), &bytes[start..token_end(bytes, start)]) {
        return in_list(bytes, key, sign, gap, start);
    }
    if let Some(content) = quoted(bytes, start) {
        // In a list, a quote within is written twice.
        let end = in_list(bytes, key, sign, gap, start).map_or(0, |value| value.end);
        let content = content.start..content.end.max(end);
        return Some(match header_of(name) {
            Some(Header::Authorization) => after_scheme(bytes, content),
            _ => content,
        });
    }
    if matches!(first, b'[' | b'{')
        && (key.quoted || sign == Sign::Colon)
        && !text[start..].starts_with(FILTERED)
    {
        let end = balanced_end(bytes, start, bytes.len()).unwrap_or(bytes.len());
        return (!says_fault(text, start)).then_some(start..end);
    }
    if let Some(line) = header_line(bytes, key, name, start) {
        return Some(line);
    }
    unquoted(bytes, key, sign, after..start)
}

/// Whether this is an object and its class as Ruby's `NoMethodError` names the receiver: `for "Access Key":String`.
fn is_receiver(text: &[u8], key: &Key, start: usize) -> bool {
    let class = text[start..]
        .iter()
        .take_while(|b| b.is_ascii_alphabetic() || **b == b':')
        .count();
    let ends = matches!(
        text.get(start + class),
        None | Some(b' ' | b'\n' | b'\r' | b'.' | b',')
    );
    text[start].is_ascii_uppercase() && ends && text[..key.at.start].ends_with(b" for \"")
}

/// The value in a list that semicolons part.
fn in_list(text: &[u8], key: &Key, sign: Sign, gap: usize, start: usize) -> Option<Range<usize>> {
    let assigned = sign == Sign::Assign || gap == 0;
    (assigned && !key.quoted).then(|| list::value(text, key.at.start, start))?
}

/// Whether the tuple at `start` is a fault of the field before it: `password: {"can't be blank", ...}`.
fn says_fault(text: &str, start: usize) -> bool {
    text[start..].starts_with("{\"")
        && quoted(text.as_bytes(), start + 1)
            .is_some_and(|content| words::is_statement(&text.as_bytes()[content]))
}

/// The value without quotes after the white space `gap`.
fn unquoted(text: &[u8], key: &Key, sign: Sign, gap: Range<usize>) -> Option<Range<usize>> {
    let start = gap.end;
    if sign == Sign::Colon
        && let Some(content) = block(text, key.at.start, start)
    {
        return Some(content);
    }
    let token = start..token_end(text, start);
    if prose::is_null(&text[token.clone()]) {
        return None;
    }
    if let Some(value) = in_list(text, key, sign, gap.len(), start) {
        return Some(value);
    }
    if !key.quoted {
        match printed::value_end(text, &key.at, start, sign == Sign::Colon, !gap.is_empty()) {
            Some(Printed::Nothing) => return None,
            Some(Printed::Ends(end)) if !prose::is_null(&text[start..end]) => {
                return Some(start..end);
            }
            _ => {}
        }
    }
    (sign == Sign::Assign || prose::is_value(text, &token, gap.is_empty())).then_some(token)
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
        Header::Cookie => text[token].contains(&b'=').then(|| {
            let printed = printed::cookie_end(text, key.at.start, start);
            start..printed.unwrap_or_else(|| enclosing_end(text, key, start))
        }),
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
