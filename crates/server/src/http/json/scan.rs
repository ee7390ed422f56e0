//! One pass over a JSON text before it is parsed: counts values and finds the ends of elements.
//!
//! It accepts whatever serde_json accepts and more; serde_json decides what is JSON.

use memchr::memchr2;

/// The beginning of the keys by which serde_json tells numbers and raw values from objects.
pub(super) const RESERVED: &str = "$serde_json::private::";

/// What a text holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Shape {
    /// Values and keys; counting ends above the limit.
    pub(super) values: usize,
    /// Whether a key begins with [`RESERVED`].
    pub(super) reserved_key: bool,
    /// Whether it is nested beyond what serde_json reads; looking ends there.
    pub(super) too_deep: bool,
}

/// Levels that serde_json reads (`de.rs`, `remaining_depth`).
const MOST_LEVELS: usize = 128;

/// Why a text cannot be split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotElements {
    /// It does not begin as an array.
    NoArray,
    /// It has more elements than allowed.
    TooMany,
    /// It ends too early or goes on after its end, or an element is missing.
    Broken,
}

/// Counts values and keys up to one above `max_values`, and looks at keys.
pub(super) fn shape(text: &str, max_values: usize) -> Shape {
    let bytes = text.as_bytes();
    let mut shape = Shape::default();
    let (mut at, mut level) = (0, 0_usize);
    while at < bytes.len() && shape.values <= max_values && !shape.too_deep {
        match bytes[at] {
            b'"' => {
                let end = string_end(bytes, at);
                shape.values += 1;
                shape.reserved_key |= is_reserved(bytes, at, end);
                at = end;
            }
            b'{' | b'[' => {
                shape.values += 1;
                level += 1;
                shape.too_deep = level >= MOST_LEVELS;
                at += 1;
            }
            b'}' | b']' => {
                level = level.saturating_sub(1);
                at += 1;
            }
            byte if is_bare(byte) => {
                shape.values += 1;
                at = bare_end(bytes, at);
            }
            _ => at += 1,
        }
    }
    shape
}

/// Finds the elements of an array.
pub(super) fn elements(bytes: &[u8], max_items: usize) -> Result<Vec<&[u8]>, NotElements> {
    let mut at = skip_space(bytes, 0);
    if bytes.get(at) != Some(&b'[') {
        return Err(NotElements::NoArray);
    }
    let mut found = Vec::new();
    at = skip_space(bytes, at + 1);
    if bytes.get(at) == Some(&b']') {
        return only_space_after(bytes, at + 1).map(|()| found);
    }
    loop {
        let start = skip_space(bytes, at);
        let end = element_end(bytes, start).ok_or(NotElements::Broken)?;
        let element = bytes[start..end].trim_ascii_end();
        if element.is_empty() {
            return Err(NotElements::Broken);
        }
        if found.len() == max_items {
            return Err(NotElements::TooMany);
        }
        found.push(element);
        if bytes[end] == b']' {
            return only_space_after(bytes, end + 1).map(|()| found);
        }
        at = end + 1;
    }
}

/// Where the comma or bracket stands that ends the element of an array.
fn element_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = start;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                at = string_end(bytes, at);
                continue;
            }
            b'{' | b'[' => depth += 1,
            b',' if depth == 0 => return Some(at),
            b']' if depth == 0 => return Some(at),
            b'}' | b']' => depth = depth.checked_sub(1)?,
            _ => {}
        }
        at += 1;
    }
    None
}

/// The place behind the quotation mark that ends the string beginning at `start`, or the end of the text.
fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(found) = bytes.get(at..).and_then(|rest| memchr2(b'"', b'\\', rest)) {
        at += found;
        if bytes[at] == b'"' {
            return at + 1;
        }
        at += 2;
    }
    bytes.len()
}

/// Whether the string is a key that begins with [`RESERVED`], however it is escaped.
fn is_reserved(bytes: &[u8], start: usize, end: usize) -> bool {
    let string = &bytes[start..end];
    let plain = string.get(1..).unwrap_or_default();
    let may_be = plain.starts_with(RESERVED.as_bytes()) || memchr::memchr(b'\\', plain).is_some();
    if !may_be || bytes.get(skip_space(bytes, end)) != Some(&b':') {
        return false;
    }
    let unescaped = serde_json::from_slice::<String>(string);
    unescaped.is_ok_and(|key| key.starts_with(RESERVED))
}

/// Whether a number, `true`, `false` or `null` begins with this byte.
const fn is_bare(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-'
}

fn bare_end(bytes: &[u8], start: usize) -> usize {
    let goes_on = |byte: &u8| is_bare(*byte) || matches!(byte, b'+' | b'.');
    let length = bytes[start..].iter().take_while(|byte| goes_on(byte));
    start + length.count()
}

fn skip_space(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    let is_space = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
    from + rest.iter().take_while(is_space).count()
}

fn only_space_after(bytes: &[u8], at: usize) -> Result<(), NotElements> {
    if skip_space(bytes, at) == bytes.len() {
        Ok(())
    } else {
        Err(NotElements::Broken)
    }
}
