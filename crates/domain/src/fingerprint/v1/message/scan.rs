//! Scans a message in one pass: white space, delimiters, quoted strings, JSON, URLs and atoms.

use super::atom::Atom;
use super::bytes::{ENDS_ATOM, is_delimiter, is_space};
use super::rule::Rule;
use super::scanner::{Note, Scanner};
use super::{code, lexicon, quoted, shape};

impl<'a> Scanner<'a> {
    /// Reads the message and returns its normal form.
    ///
    /// Every look-ahead is either bounded or remembered when it fails, so that the pass takes time linear
    /// in the text whatever it holds.
    pub(super) fn run(mut self) -> (String, Vec<Note>) {
        let bytes = self.text.as_bytes();
        while let Some(&byte) = bytes.get(self.pos) {
            if is_space(byte) {
                self.out.space();
                self.pos += 1;
                continue;
            }
            let start = self.pos;
            if !self.group(byte) {
                self.single(byte);
            }
            self.note(start);
        }
        (self.out.finish(), self.notes.unwrap_or_default())
    }

    /// Reads what starts with a quote or a bracket and is one value. `false` when nothing does.
    fn group(&mut self, byte: u8) -> bool {
        quoted::starts(self) && self.quoted()
            || byte == b'[' && self.bracketed_address()
            || self.json()
    }

    /// Reads one punctuation character, or the atom that starts here.
    fn single(&mut self, byte: u8) {
        match byte {
            b'=' => self.equals(),
            b'<' | b'>' if self.bounds_a_number() => self.pos += 1,
            _ if is_delimiter(byte) => self.delimiter(byte),
            _ => self.atoms(),
        }
    }

    /// `<1 sec`, `>500`: the bound belongs to the number.
    fn bounds_a_number(&self) -> bool {
        let bytes = self.text.as_bytes();
        let starts = self
            .pos
            .checked_sub(1)
            .is_none_or(|i| is_space(bytes[i]) || bytes[i] == b'(');
        starts && bytes.get(self.pos + 1).is_some_and(u8::is_ascii_digit)
    }

    fn delimiter(&mut self, byte: u8) {
        // The three kinds of single quotes read alike: runtimes changed them between versions.
        let c = if byte == b'`' { '\'' } else { char::from(byte) };
        self.out.delimiter(c);
        self.pos += 1;
        if !matches!(byte, b'(' | b'[' | b'<') {
            self.numeric = false;
        }
    }

    /// Replaces an IPv6 address in brackets, with its port. `false` when none starts here.
    fn bracketed_address(&mut self) -> bool {
        let bytes = &self.text.as_bytes()[self.pos..];
        let inner = bytes[1..]
            .iter()
            .take(46)
            .take_while(|b| b.is_ascii_hexdigit() || matches!(b, b':' | b'.' | b'%'))
            .count();
        let colons = bytes[1..=inner].iter().filter(|b| **b == b':').count();
        if colons < 2 || !Rule::Address.on() || bytes.get(inner + 1) != Some(&b']') {
            return false;
        }
        let mut end = inner + 2;
        if bytes.get(end) == Some(&b':') && bytes.get(end + 1).is_some_and(u8::is_ascii_digit) {
            end += 1 + bytes[end + 1..]
                .iter()
                .take(5)
                .take_while(|b| b.is_ascii_digit())
                .count();
        }
        self.pos += end;
        self.param(Rule::Address);
        true
    }

    /// Replaces a fragment of JSON that starts here. `false` when none does.
    fn json(&mut self) -> bool {
        let bytes = self.text.as_bytes();
        if self.json_open || !Rule::Json.on() || !opens_json(bytes, self.pos) {
            return false;
        }
        match end_of_json(bytes, self.pos) {
            Some(end) => {
                self.param(Rule::Json);
                self.pos = end;
                true
            }
            None => {
                self.json_open = true;
                false
            }
        }
    }

    /// An equals sign: the value after a key is a parameter, a comparison is not.
    fn equals(&mut self) {
        let bytes = self.text.as_bytes();
        let compares = bytes
            .get(self.pos + 1)
            .is_some_and(|b| matches!(b, b'=' | b'>' | b'~'))
            || self
                .pos
                .checked_sub(1)
                .is_some_and(|i| matches!(bytes[i], b'=' | b'<' | b'>' | b'!'));
        let key = self.words[0];
        self.out.delimiter('=');
        self.pos += 1;
        if compares {
            return;
        }
        if self.classes[0].any(lexicon::TEXT_KEY) && Rule::Text.on() {
            self.quoted_text();
            return;
        }
        let after = self.pos;
        let start = after
            + bytes[after..]
                .iter()
                .take(2)
                .take_while(|b| **b == b' ')
                .count();
        let spaced = start > after;
        if bytes
            .get(start)
            .is_some_and(|b| matches!(b, b'"' | b'\'' | b'{' | b'['))
        {
            // A quoted or structured value is data whatever it holds.
            self.pos = start;
            if Rule::Field.on() && quoted::starts(self) && self.quoted_data(Rule::Field)
                || self.json()
            {
                return;
            }
        }
        let end = end_of_value(bytes, start);
        let value = &self.text[start..end];
        if let Some(rule) = code::of_value(key, value) {
            if spaced {
                self.out.space();
            }
            self.keep(value, rule);
            self.pos = end;
            return;
        }
        let next_is_key = spaced && bytes.get(end) == Some(&b'=');
        if next_is_key || value.is_empty() || !Rule::Field.on() {
            self.pos = after;
            // A field left empty says something else than a field with a value.
            return;
        }
        // A unit may follow a number.
        self.param(if shape::is_numeric(value) {
            Rule::Number
        } else {
            Rule::Field
        });
        self.pos = end;
    }

    /// Reads the quoted string here, if there is one, as a text of its own.
    fn quoted_text(&mut self) {
        if self.nested || self.pos >= self.text.len() || !quoted::starts(self) {
            return;
        }
        if let Some((inner, end)) = self.quoted_at() {
            let mut scanner = Self::new(inner);
            scanner.nested = true;
            self.out.literal(&scanner.run().0);
            self.said("'");
            self.pos = end;
        }
    }

    /// Everything up to the next white space or delimiter.
    fn atoms(&mut self) {
        let bytes = self.text.as_bytes();
        let start = self.pos;
        let mut end = start;
        while end < bytes.len() && !ENDS_ATOM[bytes[end] as usize] {
            if bytes[end] == b':' && bytes[end..].starts_with(b"://") && Rule::Url.on() {
                self.url(start, end);
                return;
            }
            // Dots that lead from a label to its value (`threshold......0`), or stand for what was left out.
            if bytes[end] == b'.'
                && end > start
                && bytes[end..].starts_with(b"..")
                && bytes[end - 1].is_ascii_alphanumeric()
            {
                break;
            }
            end += 1;
        }
        let word = &self.text[start..end];
        if let Some(query) = query_end(bytes, end).filter(|_| Rule::Query.on()) {
            self.pos = query;
            self.param(Rule::Query);
            return;
        }
        self.pos = end;
        Atom::write(self, word);
    }

    /// A URL whose `://` is at `colon`; what precedes the scheme is read as usual.
    fn url(&mut self, start: usize, colon: usize) {
        let bytes = self.text.as_bytes();
        let scheme = bytes[start..colon]
            .iter()
            .rev()
            .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'.' | b'-'))
            .count();
        let mut end = colon + 3;
        let mut depth = 0_u32;
        while end < bytes.len() && !is_space(bytes[end]) {
            match bytes[end] {
                b'"' | b'<' | b'>' | b'`' | b'|' => break,
                b'(' | b'[' => depth += 1,
                b')' | b']' if depth == 0 => break,
                b')' | b']' => depth -= 1,
                _ => {}
            }
            end += 1;
        }
        while end > colon + 3
            && matches!(
                bytes[end - 1],
                b'.' | b',' | b':' | b';' | b'!' | b'?' | b'\''
            )
        {
            end -= 1;
        }
        let before = &self.text[start..colon - scheme];
        self.pos = end;
        if !before.is_empty() {
            Atom::write(self, before);
        }
        self.param(Rule::Url);
    }
}

/// The end of a URL's query that starts at `start`: a question mark, then a key and its value (RFC 3986, 3.4).
fn query_end(bytes: &[u8], start: usize) -> Option<usize> {
    if bytes.get(start) != Some(&b'?') {
        return None;
    }
    let key = bytes[start + 1..]
        .iter()
        .take_while(|b| {
            b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'[' | b']' | b'%' | b'$')
        })
        .count();
    if key == 0 || bytes.get(start + 1 + key) != Some(&b'=') {
        return None;
    }
    let length = bytes[start..]
        .iter()
        .take_while(|b| {
            !is_space(**b) && !matches!(b, b'"' | b'\'' | b'`' | b'<' | b'>' | b'(' | b')' | b'|')
        })
        .count();
    let end = start + length;
    let trailing = bytes[start..end]
        .iter()
        .rev()
        .take_while(|b| matches!(b, b'.' | b',' | b':' | b';' | b'!' | b'?'))
        .count();
    Some(end - trailing)
}

/// Whether JSON starts at `start`: a bracket, then a quote, another bracket, or its end. Other languages write mappings with
/// other keys: `{'a': 1}` (Python), `{:a 1}` (Clojure), `{:a=>1}` (Ruby), `%{a: 1}` and `%Cart{a: 1}` (Elixir).
fn opens_json(bytes: &[u8], start: usize) -> bool {
    /// Longest name of a structure, in bytes.
    const LONGEST: usize = 64;
    let (before, bytes) = bytes.split_at(start);
    let object = bytes.first() == Some(&b'{');
    if !object && bytes.first() != Some(&b'[') {
        return false;
    }
    let name = before
        .iter()
        .rev()
        .take(LONGEST)
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_'))
        .count();
    if object && before[..before.len() - name].last() == Some(&b'%') {
        return true;
    }
    let next = bytes[1..].iter().take(64).find(|b| !is_space(**b));
    match next {
        Some(b'"') => true,
        Some(b'\'' | b':') => object,
        Some(b'{') => !object,
        _ => false,
    }
}

/// The end of the JSON value that starts at `start`, when its brackets balance.
fn end_of_json(bytes: &[u8], start: usize) -> Option<usize> {
    let (mut depth, mut i, mut in_string) = (0_u32, start, false);
    while let Some(&b) = bytes.get(i) {
        match b {
            b'\\' if in_string => i += 1,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string => {
                depth -= 1;
                if depth == 0 {
                    return Some(i + 1);
                }
            }
            _ => {}
        }
        i += 1;
    }
    None
}

/// The end of the value after an equals sign: white space or punctuation outside of brackets.
fn end_of_value(bytes: &[u8], start: usize) -> usize {
    let (mut depth, mut i) = (0_u32, start);
    while let Some(&b) = bytes.get(i) {
        match b {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' if depth == 0 => break,
            b')' | b']' | b'}' => depth -= 1,
            b',' | b';' | b'&' | b'=' if depth == 0 => break,
            _ if is_space(b) => break,
            _ => {}
        }
        i += 1;
    }
    i
}
