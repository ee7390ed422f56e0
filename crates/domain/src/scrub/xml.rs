//! Finds secrets in XML and HTML: `<ns:password>x</ns:password>`, `<param name="password">x</param>`,
//! `<name>password</name><value>x</value>`, with `<` and `>` as such or escaped.

use std::ops::Range;

use memchr::memmem;

use super::beside::is_flag;
use super::enclosure::past_blanks;
use super::keys::KeySet;
use super::value::quoted;
use super::words::{self, Naming};
use super::{FILTERED, argv, prose};

/// Longer names of elements are none.
const LONGEST_NAME: usize = 64;

/// Longer tags are none.
const LONGEST_TAG: usize = 1024;

/// How far the end of an element is looked for, in bytes. Bounds the work per element.
const LONGEST_CONTENT: usize = 8192;

/// The spellings of `<` and `>`: as such, as entities, and as JSON encoders for HTML write them.
const SPELLINGS: &[(&[u8], &[u8])] = &[
    (b"<", b">"),
    (b"&lt;", b"&gt;"),
    (br"\u003c", br"\u003e"),
    (br"\u003C", br"\u003E"),
    (br"\x3C", br"\x3E"),
    (br"\x3c", br"\x3e"),
];

/// Elements that hold the name of the value in the next one, and those that hold the value.
const NAMES: &[&str] = &["dt", "field", "header", "key", "name", "param", "th"];
const VALUES: &[&str] = &[
    "content", "data", "dd", "integer", "string", "td", "text", "val", "value",
];

/// Elements that hold the items of lists and maps.
const ITEMS: &[&str] = &["arg", "argument", "string"];

/// An opening tag.
#[derive(Debug)]
struct Tag {
    name: Range<usize>,
    attributes: Range<usize>,
    /// Behind its `>`.
    end: usize,
    closed: bool,
    signs: &'static (&'static [u8], &'static [u8]),
}

/// Adds the secrets in elements of `text` to `spans`.
pub(super) fn find(text: &str, keys: &KeySet, spans: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    let mut done = 0;
    for at in memchr::memchr3_iter(b'<', b'&', b'\\', bytes) {
        if at < done {
            continue;
        }
        if let Some(tag) = tag_at(bytes, at)
            && let Some(secret) = find_in(text, at, &tag, keys)
        {
            done = secret.end;
            spans.push(secret);
        }
    }
}

fn tag_at(text: &[u8], at: usize) -> Option<Tag> {
    let signs = SPELLINGS
        .iter()
        .find(|(open, _)| text[at..].starts_with(open))?;
    let start = at + signs.0.len();
    if !text
        .get(start)
        .is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_')
    {
        return None;
    }
    let length = text[start..]
        .iter()
        .take(LONGEST_NAME)
        .take_while(|b| {
            b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b':') || **b >= 0x80
        })
        .count();
    let name_end = start + length;
    let limit = text.len().min(name_end + LONGEST_TAG);
    let attributes_end = tag_end(text, name_end, limit, signs)?;
    let closed = text[name_end..attributes_end].ends_with(b"/");
    // What goes on as another character is a type of a language or an address: `<Token, X>`, `<a@b>`.
    if length == 0 || attributes_end > name_end && !text[name_end].is_ascii_whitespace() && !closed
    {
        return None;
    }
    let local = text[start..name_end]
        .iter()
        .rposition(|b| *b == b':')
        .map_or(start, |i| start + i + 1);
    Some(Tag {
        name: local..name_end,
        attributes: name_end..attributes_end,
        end: attributes_end + signs.1.len(),
        closed,
        signs,
    })
}

/// Where the tag whose attributes begin at `start` ends; what closes it may stand in quotes, too.
fn tag_end(text: &[u8], start: usize, limit: usize, signs: &(&[u8], &[u8])) -> Option<usize> {
    let mut at = start;
    let mut quotes = 0;
    loop {
        let end = at + memmem::find(text.get(at..limit)?, signs.1)?;
        // An odd number of quotes before it leaves one open.
        quotes += memchr::memchr_iter(b'"', &text[at..end]).count();
        if quotes.is_multiple_of(2) {
            return Some(end);
        }
        at = end + signs.1.len();
    }
}

fn find_in(text: &str, at: usize, tag: &Tag, keys: &KeySet) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let name = text.get(tag.name.clone())?;
    if keys.is_sensitive(name) {
        if let Some(value) = attribute(text, tag, |member, _| {
            words::is_in(member.as_bytes(), &["value"])
        }) {
            return secret(bytes, value);
        }
        if name.eq_ignore_ascii_case("cookie")
            && let Some(value) = python_cookie(bytes, tag)
        {
            return secret(bytes, value);
        }
        if tag.closed {
            return None;
        }
        return match content(bytes, tag) {
            Some(content) => secret(bytes, content),
            None => secret(bytes, cut_off(text, at, tag)?),
        };
    }
    if tag.closed {
        return None;
    }
    if (words::is_in(name.as_bytes(), NAMES) || words::is_in(name.as_bytes(), ITEMS))
        && let Some(value) = sibling(text, at, tag, keys)
    {
        return secret(bytes, value);
    }
    let has = |holds: fn(&str, &str, &KeySet) -> bool| {
        attribute(text, tag, |m, v| holds(m, v, keys)).is_some()
    };
    let named = tag.attributes.len() > 1
        && has(|member, value, keys| {
            words::naming(member.as_bytes()) == Some(Naming::Name) && keys.names_secret(value)
        });
    if !named || has(|member, _, _| words::holds_value(member.as_bytes(), Naming::Name)) {
        return None;
    }
    let start = past_blanks(bytes, tag.end);
    match tag_at(bytes, start) {
        Some(inner) if !inner.closed && words::is_in(&bytes[inner.name.clone()], VALUES) => {
            secret(bytes, content(bytes, &inner)?)
        }
        Some(_) => None,
        None => secret(bytes, content(bytes, tag)?),
    }
}

/// The value of a cookie as Python prints it: `<Cookie sid=x for example.com/>`.
fn python_cookie(text: &[u8], tag: &Tag) -> Option<Range<usize>> {
    let attributes = &text[tag.attributes.clone()];
    let start = memchr::memchr(b'=', attributes)? + 1;
    let end = start + memmem::find(&attributes[start..], b" for ")?;
    Some(tag.attributes.start + start..tag.attributes.start + end)
}

/// The content of an attribute for which `holds` is true of name and content.
fn attribute(text: &str, tag: &Tag, holds: impl Fn(&str, &str) -> bool) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let mut at = tag.attributes.start;
    while let Some(sign) = memchr::memchr(b'=', &bytes[at..tag.attributes.end]).map(|i| at + i) {
        let name = bytes[at..sign]
            .iter()
            .rev()
            .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
            .count();
        let Some(content) = quoted(bytes, sign + 1).filter(|c| c.end <= tag.attributes.end) else {
            at = sign + 1;
            continue;
        };
        if holds(text.get(sign - name..sign)?, text.get(content.clone())?) {
            return Some(content);
        }
        at = (content.end + 1).min(tag.attributes.end);
    }
    None
}

/// What stands between `tag` and the tag that closes it.
fn content(text: &[u8], tag: &Tag) -> Option<Range<usize>> {
    let limit = text.len().min(tag.end + LONGEST_CONTENT);
    let name = &text[tag.name.clone()];
    let (open, close) = *tag.signs;
    for at in memmem::find_iter(&text[tag.end..limit], open).map(|i| tag.end + i) {
        let rest = &text[at + open.len()..];
        let Some(rest) = rest
            .strip_prefix(b"/")
            .or_else(|| rest.strip_prefix(br"\/"))
        else {
            continue;
        };
        let Some(end) = memmem::find(&rest[..rest.len().min(LONGEST_NAME * 2)], close) else {
            continue;
        };
        let closing = rest[..end].trim_ascii();
        let local = closing
            .iter()
            .rposition(|b| *b == b':')
            .map_or(closing, |i| &closing[i + 1..]);
        if local.eq_ignore_ascii_case(name) {
            return Some(tag.end..at);
        }
    }
    None
}

/// The content of an element that the text ends within: it goes on to the end without a blank.
fn cut_off(text: &str, at: usize, tag: &Tag) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let inside = bytes[..at].trim_ascii_end().ends_with(tag.signs.1);
    let rest = &bytes[tag.end..];
    let one = !rest
        .iter()
        .any(|b| b.is_ascii_whitespace() || matches!(b, b'<' | b'>'));
    let dots = rest.iter().rev().take_while(|b| **b == b'.').count();
    (inside && one && rest.len() > dots).then(|| tag.end..text.len() - dots)
}

/// The content of the element after `tag`, when `tag` holds a sensitive name.
fn sibling(text: &str, at: usize, tag: &Tag, keys: &KeySet) -> Option<Range<usize>> {
    const LONGEST_KEY: usize = 128;
    let bytes = text.as_bytes();
    let limit = bytes.len().min(tag.end + LONGEST_KEY);
    let end = tag.end + memmem::find(&bytes[tag.end..limit], tag.signs.0)?;
    let content_of = text.get(tag.end..end)?.trim();
    let item = words::is_in(&bytes[tag.name.clone()], ITEMS);
    let names = match content_of.starts_with('-') {
        true => argv::takes_secret(content_of, keys),
        // The key of a map's entry and its value are of the same type.
        false if item => {
            bytes[..at].trim_ascii_end().ends_with(b"entry>") && keys.names_secret(content_of)
        }
        false => keys.names_secret(content_of),
    };
    if !names {
        return None;
    }
    let after =
        end + memmem::find(
            &bytes[end..bytes.len().min(end + LONGEST_NAME)],
            tag.signs.1,
        )? + tag.signs.1.len();
    let next = tag_at(bytes, past_blanks(bytes, after)).filter(|next| !next.closed)?;
    let same = item && bytes[next.name.clone()] == bytes[tag.name.clone()];
    (same || words::is_in(&bytes[next.name.clone()], VALUES))
        .then(|| content(bytes, &next))
        .flatten()
        .filter(|value| !is_flag(bytes[value.clone()].trim_ascii()))
}

/// `value` when it is a secret: not blank, and nothing that says something of one.
fn secret(text: &[u8], value: Range<usize>) -> Option<Range<usize>> {
    let content = text[value.clone()].trim_ascii();
    let holds = !content.is_empty()
        && content != FILTERED.as_bytes()
        && !prose::is_null(content)
        && !words::is_statement(content);
    holds.then_some(value)
}
