//! Classifies quoted strings: data is a parameter, a name stays.

use super::bytes::is_space;
use super::rule::Rule;
use super::scanner::Scanner;
use super::tables::QUOTES;
use super::{code, lexicon, random, shape, tables};
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
        b'\'' => scanner.text[..scanner.pos]
            .chars()
            .next_back()
            .is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '_' | '/' | '.')),
        _ => false,
    }
}

impl<'a> Scanner<'a> {
    /// Reads the quoted string here. `false` when it is not closed.
    pub(super) fn quoted(&mut self) -> bool {
        let Some((inner, end)) = self.quoted_at() else {
            return false;
        };
        if self.classes[0].any(lexicon::NAMED) && Rule::Missing.on() && self.named(inner, end) {
            return true;
        }
        let expected = self.data_is_next() && Rule::Read.on();
        if let Some(method) = request_method(inner) {
            // A request line: what was asked for varies, how does not.
            self.out.literal(method);
            self.said(method);
            self.out.space();
            self.end_quoted_data(end, Rule::Quoted);
            return true;
        }
        // `'user'@'host'`: both are what somebody logged in with.
        let joined = self
            .pos
            .checked_sub(1)
            .is_some_and(|i| self.text.as_bytes()[i] == b'@');
        // Code is written in ASCII, and single letters of other scripts are characters rather than names.
        let foreign = !inner.is_ascii()
            && (self.text.as_bytes()[self.pos] == b'`' || inner.chars().nth(1).is_none());
        if Rule::Quoted.on() && (is_data(inner) || foreign || joined && !is_code(inner)) {
            self.end_quoted_data(end, Rule::Quoted);
        } else if (expected || Rule::Read.on() && self.is_printed(end)) && !is_code(inner) {
            self.end_quoted_data(end, Rule::Read);
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

    /// Whether a runtime prints a value in this place: .NET's `The given key 'x' was not present`, V8's
    /// `"x" is not valid JSON`, Python's `'x' is not a valid Color` of its enumerations.
    fn is_printed(&self, end: usize) -> bool {
        let after = &self.text[end..];
        let [last, before, ..] = self.words;
        last == "key" && before == "given"
            || after.starts_with(" is not valid JSON")
            || after
                .strip_prefix(" is not a valid ")
                .is_some_and(|class| class.starts_with(|c: char| c.is_ascii_uppercase()))
    }

    /// Reads the quoted string here as data. `false` when it is not closed.
    pub(super) fn quoted_data(&mut self, rule: Rule) -> bool {
        let Some((_, end)) = self.quoted_at() else {
            return false;
        };
        self.end_quoted_data(end, rule);
        true
    }

    /// Writes the quoted name of what is missing. `false` when it reads like a value.
    fn named(&mut self, inner: &'a str, end: usize) -> bool {
        // An absolute path names the installation, its last part the thing.
        let absolute =
            inner.starts_with('/') || inner.get(1..3).is_some_and(|s| matches!(s, ":\\" | ":/"));
        let name = match inner.rsplit_once(['/', '\\']) {
            Some((_, last)) if absolute => last,
            _ => inner,
        };
        let operator = |c: char| c.is_ascii_punctuation();
        let long_number = name
            .as_bytes()
            .windows(4)
            .any(|four| four.iter().all(u8::is_ascii_digit));
        let named = name.chars().any(char::is_alphabetic) && (!name.contains(' ') || is_code(name))
            || name.len() <= 3 && name.chars().all(operator);
        if name.is_empty() || name.len() > VERY_LONG || long_number || !named {
            return false;
        }
        self.out.literal("'");
        self.keep(name, Rule::Missing);
        self.out.literal("'");
        self.pos = end;
        true
    }

    fn end_quoted_data(&mut self, end: usize, rule: Rule) {
        self.param(rule);
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
        let bytes = text.as_bytes();
        let kind = QUOTES
            .iter()
            .position(|quote| *quote as u8 == bytes[start])?;
        let quote = bytes[start];
        let from = start + 1;
        let mut at = from.max(self.unclosed[kind]);
        // Quotes that were opened within this one.
        let mut inner = 0_u32;
        while let Some(found) = bytes.get(at..).and_then(|rest| memchr(quote, rest)) {
            let end = at + found;
            if opens_within(text, end, quote) {
                inner += 1;
            } else if closes(text, end, quote) {
                let Some(outer) = inner.checked_sub(1) else {
                    return Some((&text[from..end], end + 1));
                };
                inner = outer;
            }
            at = end + 1;
        }
        if quote == b'`'
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

/// Whether the double quote at `at` opens a quotation within another: white space before it, a letter or digit after.
fn opens_within(text: &str, at: usize, quote: u8) -> bool {
    quote == b'"'
        && at > 0
        && text.as_bytes()[at - 1] == b' '
        && text[at + 1..].starts_with(char::is_alphanumeric)
}

/// Whether the quote at `end` really closes.
fn closes(text: &str, end: usize, quote: u8) -> bool {
    let escaped = text.as_bytes()[end - 1] == b'\\';
    match quote {
        b'"' => !escaped,
        b'\'' => {
            !escaped
                && text[end + 1..]
                    .chars()
                    .next()
                    .is_none_or(|c| !c.is_alphanumeric() && c != '_')
        }
        _ => true,
    }
}

/// Whether the string is data: empty, holding digits or separators, or long.
fn is_data(inner: &str) -> bool {
    if inner.is_empty() || inner.len() > VERY_LONG {
        return true;
    }
    if lexicon::is(lexicon::NAME, inner) || code::is_family_code(inner) {
        return false;
    }
    let bytes = inner.as_bytes();
    let separators = bytes.iter().any(|b| {
        is_space(*b) || matches!(b, b'/' | b'@' | b'=' | b'&' | b'|' | b'\'' | b'"' | b'%')
    });
    if is_code(inner) && !shape::is_host(inner) {
        return false;
    }
    separators
        || inner.len() > LONG
        || bytes
            .iter()
            .any(|b| b.is_ascii_digit() || matches!(b, b';' | b',' | b':' | b'\\'))
        || shape::is_host(inner)
        || Rule::Random.on() && random::is_random(inner)
        || !inner.chars().any(char::is_alphabetic)
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
    if joined && is_signature(inner) {
        return true;
    }
    let plain =
        !bytes.iter().any(|b| is_space(*b)) || inner.contains("::") || inner.ends_with("()");
    joined && plain && bytes.iter().any(u8::is_ascii_uppercase)
        || joined && (inner.contains("::") || inner.ends_with("()"))
        || joined && plain && !bytes.iter().any(u8::is_ascii_digit)
}

/// Whether the string is a method's signature: a qualified name directly before its parentheses, which end it.
fn is_signature(inner: &str) -> bool {
    let Some((front, arguments)) = inner.split_once('(') else {
        return false;
    };
    let qualified = front.rsplit(' ').next().is_some_and(|name| {
        name.contains(['.', ':']) && name.ends_with(|c: char| c.is_alphanumeric() || c == '>')
    });
    qualified && arguments.ends_with(')')
}
