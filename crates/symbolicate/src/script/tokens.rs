//! Reads a script into tokens, so far as finding its functions needs: brackets, names, and what stands between them.

use std::ops::Range;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name or a keyword; private names with their `#`.
    Word,
    /// A string, a number, a regular expression or a whole template without substitutions.
    Literal,
    /// The part of a template before its first substitution, between two, or after the last.
    Template,
    /// A punctuator, by its first character; `=>` is `>`.
    Punctuator(u8),
}

/// A token with its place in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    /// What it is.
    pub(super) kind: Kind,
    /// Its first byte.
    pub(super) start: u32,
    /// The byte after it.
    pub(super) end: u32,
    /// Whether a line ended before it.
    pub(super) after_line: bool,
}

impl Token {
    /// Its bytes.
    pub(super) const fn range(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Whether it is this punctuator.
    pub(super) const fn is(&self, punctuator: u8) -> bool {
        matches!(self.kind, Kind::Punctuator(byte) if byte == punctuator)
    }
}

/// The punctuator `=>`, which differs from each single character.
pub(super) const ARROW: u8 = 1;
/// An assignment: `=`, `??=`, `||=`, `&&=`.
pub(super) const ASSIGN: u8 = 2;
/// `?.`
pub(super) const OPTIONAL: u8 = 3;
/// `++` and `--`, after which a `/` divides as often as not.
pub(super) const STEP: u8 = 4;
/// `...`
pub(super) const SPREAD: u8 = 5;

/// Reads tokens one by one. What decides whether a `/` begins a regular expression is told by whoever follows the
/// brackets.
pub(super) struct Lexer<'a> {
    bytes: &'a [u8],
    at: usize,
    after_line: bool,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let mut lexer = Self {
            bytes: text.as_bytes(),
            at: 0,
            after_line: true,
        };
        if lexer.bytes.starts_with(b"#!") {
            lexer.skip_line();
        }
        lexer
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn skip_line(&mut self) {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
        self.at += length.unwrap_or(rest.len());
    }

    fn skip_blanks(&mut self) {
        loop {
            match (self.peek(0), self.peek(1)) {
                (b'\n' | b'\r', _) => {
                    self.after_line = true;
                    self.at += 1;
                }
                (b' ' | b'\t' | 0x0b | 0x0c, _) => self.at += 1,
                (b'/', b'/') => self.skip_line(),
                (b'/', b'*') => self.skip_comment(),
                // U+00A0, U+FEFF, U+2028 and U+2029.
                (0xc2, 0xa0) => self.at += 2,
                (0xef, 0xbb) if self.peek(2) == 0xbf => self.at += 3,
                (0xe2, 0x80) if matches!(self.peek(2), 0xa8 | 0xa9) => {
                    self.after_line = true;
                    self.at += 3;
                }
                _ => return,
            }
        }
    }

    fn skip_comment(&mut self) {
        let from = self.at + 2;
        let rest = self.bytes.get(from..).unwrap_or_default();
        let length = rest.windows(2).position(|pair| pair == b"*/");
        let end = length.map_or(self.bytes.len(), |length| from + length + 2);
        let comment = &self.bytes[self.at..end];
        self.after_line |= comment.contains(&b'\n');
        self.at = end;
    }

    /// Returns the next token; `regex` tells whether a `/` begins a regular expression, `template` whether a `}` ends a
    /// substitution. `None` at the end.
    pub(super) fn next(&mut self, regex: bool, template: bool) -> Option<Token> {
        self.skip_blanks();
        let start = self.at;
        let first = *self.bytes.get(start)?;
        let after_line = std::mem::take(&mut self.after_line);
        let kind = match first {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'$' | b'#' | b'\\' | 0x80.. => {
                self.skip_word();
                Kind::Word
            }
            b'0'..=b'9' => self.number(),
            b'.' if self.peek(1).is_ascii_digit() => self.number(),
            b'"' | b'\'' => {
                self.skip_string(first);
                Kind::Literal
            }
            b'`' => self.template(true),
            b'}' if template => self.template(false),
            b'/' if regex => {
                self.skip_regex();
                Kind::Literal
            }
            _ => self.punctuator(first),
        };
        Some(Token {
            kind,
            start: u32::try_from(start).ok()?,
            end: u32::try_from(self.at).ok()?,
            after_line,
        })
    }

    fn skip_word(&mut self) {
        self.at += 1;
        while is_part_of_word(self.peek(0)) {
            self.at += 1;
        }
    }

    fn number(&mut self) -> Kind {
        while matches!(self.peek(0), b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'.')
            || (matches!(self.peek(0), b'+' | b'-')
                && matches!(self.bytes.get(self.at.wrapping_sub(1)), Some(b'e' | b'E'))
                && self.peek(1).is_ascii_digit())
        {
            self.at += 1;
        }
        Kind::Literal
    }

    fn skip_string(&mut self, quote: u8) {
        self.at += 1;
        loop {
            match self.peek(0) {
                b'\\' => self.at += 2,
                // A string ends with its line, whatever is missing.
                b'\n' => return,
                byte if byte == quote => {
                    self.at += 1;
                    return;
                }
                _ if self.at >= self.bytes.len() => {
                    self.at = self.bytes.len();
                    return;
                }
                _ => self.at += 1,
            }
        }
    }

    /// Skips a part of a template, from its `` ` `` or the `}` of a substitution.
    fn template(&mut self, begins: bool) -> Kind {
        self.at += 1;
        loop {
            match (self.peek(0), self.peek(1)) {
                (b'\\', _) => self.at += 2,
                (b'`', _) => {
                    self.at += 1;
                    return if begins {
                        Kind::Literal
                    } else {
                        Kind::Template
                    };
                }
                (b'$', b'{') => {
                    self.at += 2;
                    return Kind::Template;
                }
                _ if self.at >= self.bytes.len() => {
                    self.at = self.bytes.len();
                    return Kind::Literal;
                }
                _ => self.at += 1,
            }
        }
    }

    fn skip_regex(&mut self) {
        let (start, mut in_class) = (self.at, false);
        self.at += 1;
        loop {
            match self.peek(0) {
                b'\\' => self.at += 2,
                b'[' => (in_class, self.at) = (true, self.at + 1),
                b']' => (in_class, self.at) = (false, self.at + 1),
                b'/' if !in_class => break,
                b'\n' | b'\r' => {
                    // It was a division.
                    self.at = start + 1;
                    return;
                }
                _ if self.at >= self.bytes.len() => {
                    self.at = start + 1;
                    return;
                }
                _ => self.at += 1,
            }
        }
        self.at += 1;
        while is_part_of_word(self.peek(0)) {
            self.at += 1;
        }
    }

    fn punctuator(&mut self, first: u8) -> Kind {
        let (second, third) = (self.peek(1), self.peek(2));
        let (length, kind) = match (first, second, third) {
            (b'=', b'>', _) => (2, ARROW),
            (b'.', b'.', b'.') => (3, SPREAD),
            (b'?', b'.', after) if !after.is_ascii_digit() => (2, OPTIONAL),
            (b'?', b'?', b'=') | (b'|', b'|', b'=') | (b'&', b'&', b'=') => (3, ASSIGN),
            (b'=', b'=', b'=') | (b'!', b'=', b'=') => (3, b'!'),
            (b'=' | b'!' | b'<' | b'>', b'=', _) => (2, b'!'),
            (b'=', _, _) => (1, ASSIGN),
            (b'+', b'+', _) | (b'-', b'-', _) => (2, STEP),
            (b'+' | b'-' | b'*' | b'/' | b'%' | b'&' | b'|' | b'^', b'=', _) => (2, b'!'),
            _ => (1, first),
        };
        self.at += length;
        Kind::Punctuator(kind)
    }
}

const fn is_part_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'\\' | 0x80..)
}
