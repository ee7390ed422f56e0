//! Finds the end of a value in text.

use std::ops::Range;

use super::FILTERED;

/// A quoted value: what stands between its quotes.
///
/// `at` may begin with a literal's prefix (`b"..."`, `<<"..."`, PHP's `string(3) "..."`) and with
/// backslashes, as in JSON that was written into a JSON string. A quote that is never closed ends with
/// its line, three of them with their like.
pub(super) fn quoted(text: &[u8], at: usize) -> Option<Range<usize>> {
    let at = at + literal_prefix(&text[at.min(text.len())..]);
    let level = backslashes_from(text, at);
    let open = at + level;
    let quote = *text.get(open).filter(|b| is_quote(**b))?;
    let triple = [quote; 3];
    if level == 0
        && text[open..].starts_with(&triple)
        && let Some(end) = memchr::memmem::find(&text[open + 3..], &triple)
    {
        return Some(open + 3..open + 3 + end);
    }
    Some(open + 1..quoted_end(text, open + 1, quote, level))
}

/// What stands before the quote of a literal in one language or another: `b"..."`, `N'...'`, `~c"..."`,
/// `<<"..."`, `@"..."`.
const LITERALS: &[u8] = b"bBcEefFLNnqrRsuUx@$&~<";

/// The length of what stands before the quote of a literal.
fn literal_prefix(rest: &[u8]) -> usize {
    const LONGEST_PREFIX: usize = 2;
    const LONGEST_TYPE: usize = 32;
    let letters = rest
        .iter()
        .take(LONGEST_PREFIX)
        .take_while(|b| LITERALS.contains(b))
        .count();
    if rest
        .get(letters)
        .is_some_and(|b| is_quote(*b) || *b == b'\\')
    {
        return letters;
    }
    // PHP's var_dump and Go's spew say how long a string is.
    if !(rest.starts_with(b"string(") || rest.starts_with(b"(string) ")) {
        return letters;
    }
    match memchr::memmem::find(&rest[..rest.len().min(LONGEST_TYPE)], b") \"") {
        Some(end) => end + 2,
        None => letters,
    }
}

/// The block scalar of YAML whose sign stands at `at` (`|`, `>-`): the lines after it that are further
/// in than the line of its key.
pub(super) fn block(text: &[u8], key: usize, at: usize) -> Option<Range<usize>> {
    if !matches!(text.get(at), Some(b'|' | b'>')) {
        return None;
    }
    let header = &text[at..line_end(text, at)];
    let scalar = matches!(
        header.trim_ascii_end(),
        [b'|' | b'>'] | [b'|' | b'>', b'-' | b'+']
    );
    let start = at + header.len();
    if !scalar || start == text.len() {
        return None;
    }
    let line_start = memchr::memrchr2(b'\n', b'\r', &text[..key]).map_or(0, |i| i + 1);
    let indent = text[line_start..key]
        .iter()
        .take_while(|b| **b == b' ')
        .count();
    let mut end = start;
    while end < text.len() {
        let next = end
            + text[end..]
                .iter()
                .take_while(|b| matches!(b, b'\n' | b'\r'))
                .count();
        let further = text[next..].iter().take_while(|b| **b == b' ').count();
        if next == text.len() || further <= indent {
            break;
        }
        end = line_end(text, next);
    }
    let first = start
        + text[start..end]
            .iter()
            .take_while(|b| b.is_ascii_whitespace())
            .count();
    (first < end).then_some(first..end)
}

/// The first byte after a quoted value: its closing quote, or the backslashes before that.
///
/// In JSON nested `d` times a quote takes `level = 2^d - 1` backslashes, and a backslash inside the
/// string `2 (level + 1)`, which tells the closing quote from one inside.
fn quoted_end(text: &[u8], start: usize, quote: u8, level: usize) -> usize {
    let mut from = start;
    while let Some(found) = memchr::memchr3(quote, b'\n', b'\r', &text[from..]) {
        let at = from + found;
        if text[at] != quote {
            return at;
        }
        let escapes = text[start..at]
            .iter()
            .rev()
            .take_while(|b| **b == b'\\')
            .count();
        if escapes <= level || (escapes - level).is_multiple_of(2 * (level + 1)) {
            return at - escapes.min(level);
        }
        from = at + 1;
    }
    text.len()
}

fn backslashes_from(text: &[u8], at: usize) -> usize {
    text[at.min(text.len())..]
        .iter()
        .take_while(|b| **b == b'\\')
        .count()
}

pub(super) fn is_quote(b: u8) -> bool {
    matches!(b, b'"' | b'\'' | b'`')
}

/// The end of the array, object or call whose bracket opens at `start`, or `None` when it is not
/// closed before `limit`.
pub(super) fn balanced_end(text: &[u8], start: usize, limit: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = start;
    while at < limit {
        match text[at] {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            quote if opens_string(text, at) => {
                let level = text[start..at]
                    .iter()
                    .rev()
                    .take_while(|b| **b == b'\\')
                    .count();
                let end = quoted_end(text, at + 1, quote, level);
                at = end + backslashes_from(text, end);
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// Whether a string begins at `at`; an apostrophe within a word opens none.
fn opens_string(text: &[u8], at: usize) -> bool {
    match text[at] {
        b'"' => true,
        b'\'' => at
            .checked_sub(1)
            .is_some_and(|i| b"([{,: =\\".contains(&text[i])),
        _ => false,
    }
}

/// How far the brackets of a value like `Some("x")` are followed, in bytes. Bounds the work for text
/// full of brackets that nothing closes.
const LONGEST_CALL: usize = 256;

/// The end of an unquoted value.
///
/// White space, quotes, angle brackets and `&` end it; so do a comma, semicolon or bar with another
/// pair or nothing after it, and a closing bracket that closes nothing of the value.
pub(super) fn token_end(text: &[u8], start: usize) -> usize {
    let mut at = start;
    if text[at..].starts_with(FILTERED.as_bytes()) {
        at += FILTERED.len();
    }
    let mut unclosed = false;
    while let Some(&b) = text.get(at) {
        match b {
            b'&' | b'<' | b'>' => break,
            b if b.is_ascii_whitespace() || b.is_ascii_control() || is_quote(b) => break,
            b'\\' if is_escape(&text[at..]) => break,
            b',' | b';' | b'|' if ends_item(&text[at + 1..]) => break,
            b')' | b']' | b'}' if closes(&text[at + 1..]) => break,
            b'(' | b'[' | b'{' if !unclosed => {
                let limit = text.len().min(at + LONGEST_CALL);
                match balanced_end(text, at, line_end(&text[..limit], at)) {
                    Some(end) => {
                        at = end;
                        continue;
                    }
                    None => unclosed = true,
                }
            }
            _ => {}
        }
        at += 1;
    }
    while at > start && matches!(text[at - 1], b'.' | b',' | b';' | b':' | b'!' | b'?') {
        at -= 1;
    }
    at
}

/// The end of the line `at` stands in.
pub(super) fn line_end(text: &[u8], at: usize) -> usize {
    memchr::memchr2(b'\n', b'\r', &text[at..]).map_or(text.len(), |i| at + i)
}

/// A line break or quote written as an escape.
fn is_escape(rest: &[u8]) -> bool {
    matches!(rest, [b'\\', b'n' | b'r' | b't' | b'"' | b'\'' | b'\\', ..])
}

fn closes(rest: &[u8]) -> bool {
    rest.first()
        .is_none_or(|b| !b.is_ascii_alphanumeric() && *b < 0x80)
}

/// Whether a list goes on with another item: `rest` is empty, begins with white space or a quote, or
/// with a key and `=` or `:`.
fn ends_item(rest: &[u8]) -> bool {
    const LONGEST_KEY: usize = 48;
    let Some(first) = rest.first() else {
        return true;
    };
    if first.is_ascii_whitespace() || is_quote(*first) || b"\\{[".contains(first) {
        return true;
    }
    let key = rest
        .iter()
        .take(LONGEST_KEY)
        .take_while(|b| b.is_ascii_alphanumeric() || b"-_.[]".contains(b))
        .count();
    key > 0 && matches!(rest.get(key), Some(b'=' | b':'))
}
