//! Classifies quoted strings: data is a parameter, a name stays.

use super::bytes::{is_delimiter, is_space};
use super::scanner::Scanner;
use super::tables::QUOTES;
use super::{lexicon, tables};
use memchr::memchr;

/// A quoted string longer than this is data, unless it reads like code.
const LONG: usize = 40;
/// A quoted string longer than this is data even when it reads like code.
const VERY_LONG: usize = 160;

/// Whether an opening quote is here: not an apostrophe or a closing quote.
pub(super) fn starts(scanner: &Scanner<'_>) -> bool {
    let bytes = scanner.text.as_bytes();
    match bytes[scanner.pos] {
        b'"' | b'`' => true,
        b'\'' => scanner.pos.checked_sub(1).is_none_or(|i| {
            is_space(bytes[i]) || is_delimiter(bytes[i]) || matches!(bytes[i], b':' | b'@')
        }),
        0xc2 | 0xe2 => kind(&scanner.text[scanner.pos..]).is_some(),
        _ => false,
    }
}

fn kind(text: &str) -> Option<usize> {
    QUOTES.iter().position(|(open, _)| text.starts_with(open))
}

impl<'a> Scanner<'a> {
    /// Reads the quoted string here. `false` when it is not closed.
    pub(super) fn quoted(&mut self) -> bool {
        let Some((inner, end)) = self.quoted_at() else {
            return false;
        };
        let expected = self.data_is_next();
        if let Some(method) = request_method(inner) {
            // A request line: what was asked for varies, how does not.
            self.out.literal(method);
            self.said(method);
            self.out.space();
            self.end_quoted_data(end);
            return true;
        }
        // `'user'@'host'`: both are what somebody logged in with.
        let joined = self
            .pos
            .checked_sub(1)
            .is_some_and(|i| self.text.as_bytes()[i] == b'@');
        if is_data(inner) || (expected || joined) && !is_code(inner) {
            self.end_quoted_data(end);
        } else {
            self.out.literal("'");
            self.out.literal(inner);
            self.out.literal("'");
            self.said(inner);
            self.pos = end;
        }
        true
    }

    /// Whether the words before say that this is what was read: the last one does, or an earlier
    /// one and a colon.
    fn data_is_next(&mut self) -> bool {
        let said = std::mem::take(&mut self.data_expected);
        let bytes = self.text.as_bytes();
        let before = bytes[..self.pos].iter().rev().find(|b| !is_space(**b));
        said && before == Some(&b':') || self.classes[0].any(lexicon::DATA_WORD)
    }

    /// Reads the quoted string here as data. `false` when it is not closed.
    pub(super) fn quoted_data(&mut self) -> bool {
        let Some((_, end)) = self.quoted_at() else {
            return false;
        };
        self.end_quoted_data(end);
        true
    }

    fn end_quoted_data(&mut self, end: usize) {
        self.param(false);
        self.pos = end;
        // `"abc"...` says that more was there.
        let bytes = self.text.as_bytes();
        if bytes[end..].starts_with(b"...") {
            self.pos += 3;
        }
    }

    /// The content and the end of the quoted string here.
    pub(super) fn quoted_at(&mut self) -> Option<(&'a str, usize)> {
        let (text, start) = (self.text, self.pos);
        let kind = kind(&text[start..])?;
        let (open, close) = QUOTES[kind];
        let from = start + open.len();
        let mut at = from.max(self.unclosed[kind]);
        let bytes = text.as_bytes();
        let last = *close.as_bytes().last()?;
        while let Some(found) = bytes.get(at..).and_then(|rest| memchr(last, rest)) {
            let i = at + found;
            let begin = (i + 1).checked_sub(close.len());
            if begin.is_some_and(|b| b >= from && closes(bytes, b, i, close)) {
                let begin = begin?;
                return Some((&text[from..begin], i + 1));
            }
            // Ruby and older tools open with a backtick and close with an apostrophe.
            at = i + 1;
        }
        if kind == 2
            && let Some(end) = self.backtick_and_apostrophe(from)
        {
            return Some((&text[from..end], end + 1));
        }
        self.unclosed[kind] = bytes.len();
        None
    }

    /// The apostrophe that closes a backtick within the next word.
    fn backtick_and_apostrophe(&self, from: usize) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let found = memchr(b'\'', bytes[from..].get(..LONG).unwrap_or(&bytes[from..]))?;
        Some(from + found)
    }
}

/// The method of an HTTP request line.
fn request_method(inner: &str) -> Option<&str> {
    let (method, target) = inner.split_once(' ')?;
    (tables::METHODS.contains(&method) && target.starts_with(['/', 'h', '*'])).then_some(method)
}

/// Whether the closing quote at `begin..=end` really closes.
fn closes(bytes: &[u8], begin: usize, end: usize, close: &str) -> bool {
    match close {
        "\"" => begin == 0 || bytes[begin - 1] != b'\\',
        "'" => {
            let follows = bytes.get(end + 1);
            (begin == 0 || bytes[begin - 1] != b'\\')
                && follows.is_none_or(|b| !b.is_ascii_alphanumeric() && *b != b'_')
        }
        _ => &bytes[begin..=end] == close.as_bytes(),
    }
}

/// Whether the string is data: empty, holding digits or separators, or long.
fn is_data(inner: &str) -> bool {
    if inner.is_empty() || inner.len() > VERY_LONG {
        return true;
    }
    if lexicon::is(lexicon::NAME, inner) || lexicon::is_error_code(inner) {
        return false;
    }
    let bytes = inner.as_bytes();
    let separators = bytes.iter().any(|b| {
        is_space(*b) || matches!(b, b'/' | b'@' | b'=' | b'&' | b'|' | b'\'' | b'"' | b'%')
    });
    if is_code(inner) {
        return false;
    }
    separators
        || inner.len() > LONG
        || bytes
            .iter()
            .any(|b| b.is_ascii_digit() || matches!(b, b';' | b',' | b':' | b'\\'))
        || !inner.is_ascii()
        || !bytes.iter().any(u8::is_ascii_alphabetic)
}

/// Whether the string reads like code: identifiers joined by `.`, `::`, `->`, `\`, `$` or `#`, with
/// call parentheses, and at least two of them. Digits within identifiers do no harm there.
fn is_code(inner: &str) -> bool {
    let bytes = inner.as_bytes();
    let mut joined = false;
    let mut previous = b' ';
    for &b in bytes {
        match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'$' => {}
            b'0'..=b'9' if previous.is_ascii_alphanumeric() || previous == b'_' => {}
            b'.' | b'#' | b'\\' if previous.is_ascii_alphanumeric() => joined = true,
            b':' | b'>' | b'-' | b'<' | b'[' | b']' | b'(' | b')' | b',' | b' ' | b'*' | b'&' => {
                joined |= matches!((previous, b), (b':', b':') | (b'-', b'>') | (b'(', b')'));
            }
            _ => return false,
        }
        previous = b;
    }
    let plain =
        !bytes.iter().any(|b| is_space(*b)) || inner.contains("::") || inner.ends_with("()");
    joined && plain && bytes.iter().any(u8::is_ascii_uppercase)
        || joined && (inner.contains("::") || inner.ends_with("()"))
        || joined && plain && !bytes.iter().any(u8::is_ascii_digit)
}
