//! Classifies atoms, which are words without white space and delimiters, as parameters or names.

use super::lexicon::Classes;
use super::scanner::Scanner;
use super::{grammar, lexicon, tables};

/// The rules for one atom.
pub(super) struct Atom;

impl Atom {
    /// Writes an atom: itself, a parameter, or a name and a parameter.
    pub(super) fn write<'a>(scanner: &mut Scanner<'a>, atom: &'a str) {
        let tail = atom
            .bytes()
            .rev()
            .take_while(|b| matches!(b, b'.' | b':' | b'-'))
            .count();
        let body = &atom[..atom.len() - tail];
        if body.is_empty() {
            atom.chars().for_each(|c| scanner.out.delimiter(c));
            return;
        }
        let tail = &atom[body.len()..];
        let bytes = body.as_bytes();
        let mut seen = Seen::default();
        bytes.iter().for_each(|b| seen.note(*b));
        if !seen.alphanumeric {
            body.chars().for_each(|c| scanner.out.delimiter(c));
        } else if seen.digit {
            with_digits(scanner, body, &seen);
        } else {
            without_digits(scanner, body, &seen, tail);
        }
        for c in tail.chars() {
            scanner.out.delimiter(c);
        }
        if !tail.is_empty() {
            scanner.numeric = false;
        }
    }
}

/// What an atom holds.
#[derive(Default)]
struct Seen {
    digit: bool,
    alphanumeric: bool,
    letter: bool,
    upper: bool,
    separator: bool,
    marked: bool,
}

impl Seen {
    const fn note(&mut self, b: u8) {
        match b {
            b'0'..=b'9' => {
                self.digit = true;
                self.alphanumeric = true;
            }
            b'A'..=b'Z' => {
                self.alphanumeric = true;
                self.letter = true;
                self.upper = true;
            }
            b'a'..=b'z' | 0x80.. => {
                self.alphanumeric = true;
                self.letter = true;
            }
            b'/' | b'\\' | b'.' | b':' => self.separator = true,
            b'@' => {
                self.separator = true;
                self.marked = true;
            }
            b'#' => self.marked = true,
            _ => {}
        }
    }
}

fn literal<'a>(scanner: &mut Scanner<'a>, word: &'a str) {
    scanner.out.literal(word);
    scanner.said(word);
}

fn without_digits<'a>(scanner: &mut Scanner<'a>, word: &'a str, seen: &Seen, tail: &str) {
    let classes = lexicon::classes(word);
    if scanner.numeric && scanner.out.after_param() && is_unit(word, classes) {
        scanner.out.param();
        return;
    }
    if matches!(word, "true" | "false")
        || is_hex_word(word)
        || grammar::is_process_name(scanner, word)
    {
        scanner.param(false);
        return;
    }
    if seen.separator {
        separated(scanner, word);
        return;
    }
    if classes.any(lexicon::DATE) && grammar::date_words(scanner, word, classes)
        || grammar::word(scanner, word, tail, classes)
    {
        return;
    }
    scanner.out.literal(word);
    scanner.said_as(word, classes);
}

/// Words with slashes, dots, colons or an at sign.
fn separated<'a>(scanner: &mut Scanner<'a>, word: &'a str) {
    let is_key = scanner.text.as_bytes().get(scanner.pos) == Some(&b'=');
    if is_key {
        literal(scanner, word);
    } else if let Some((key, value)) = key_and_value(word)
        && (matches!(value, "true" | "false" | "null")
            || is_path(value)
            || value.bytes().filter(|b| *b == b'.').count() >= 2)
    {
        scanner.out.literal(key);
        scanner.out.delimiter(':');
        scanner.param(false);
    } else if is_email(word) || is_path(word) || is_host(word) || is_hex_pairs(word) {
        scanner.param(false);
    } else {
        literal(scanner, word);
    }
}

fn with_digits<'a>(scanner: &mut Scanner<'a>, word: &'a str, seen: &Seen) {
    let previous = scanner.words[0];
    let named = seen.letter
        && (lexicon::is(lexicon::NAME, word)
            || seen.upper && (lexicon::is_error_code(word) || is_type_name(word))
            || seen.separator && is_arity(word));
    if named {
        literal(scanner, word);
        return;
    }
    if seen.separator && is_hex_pairs(word) {
        scanner.param(!seen.letter);
        return;
    }
    if grammar::keeps_number(scanner, word) {
        grammar::write_code(scanner, word);
        return;
    }
    if seen.letter && is_call(scanner, word) {
        literal(scanner, word);
        return;
    }
    if seen.separator && dotted_leader(scanner, word) {
        return;
    }
    if seen.separator && pair_with_digits(scanner, word) {
        return;
    }
    if seen.marked && object_identity(scanner, word)
        || seen.separator && object_address(scanner, word)
    {
        return;
    }
    grammar::before_value(scanner, previous);
    scanner.param(is_numeric(word));
}

/// Writes `key:value`, whose value is a parameter unless it is a status that stays. `false` when the word
/// is no such pair.
fn pair_with_digits<'a>(scanner: &mut Scanner<'a>, word: &'a str) -> bool {
    let Some((key, value)) = key_and_value(word) else {
        return false;
    };
    if is_call_trail(scanner, key) || is_port_of(key, value) {
        scanner.param(false);
        return true;
    }
    scanner.out.literal(key);
    scanner.out.delimiter(':');
    scanner.said(key);
    if grammar::keeps_status(key, value) {
        literal(scanner, value);
    } else {
        scanner.param(is_numeric(value));
    }
    true
}

/// Writes an object with its identity (`Lock@1f2e3d`) or a numbered device (`CPU#0`). `false` when the
/// word is neither.
fn object_identity<'a>(scanner: &mut Scanner<'a>, word: &'a str) -> bool {
    let Some((object, hash)) = word.split_once(['@', '#']) else {
        return false;
    };
    let names_object = !object.is_empty()
        && !object.bytes().any(|b| b.is_ascii_digit() || b == b'/')
        && !hash.is_empty()
        && hash.bytes().all(|b| b.is_ascii_hexdigit());
    if names_object {
        scanner.out.literal(object);
        scanner.out.delimiter('@');
        scanner.param(false);
    }
    names_object
}

/// Writes an object with its address (`Shop::Cart:0x00007f8b`). `false` when the word is none.
fn object_address<'a>(scanner: &mut Scanner<'a>, word: &'a str) -> bool {
    let Some(at) = word.as_bytes().windows(3).rposition(|part| part == b":0x") else {
        return false;
    };
    if word[..at].bytes().any(|b| b.is_ascii_digit()) {
        return false;
    }
    literal(scanner, &word[..at]);
    scanner.out.delimiter(':');
    scanner.param(false);
    true
}

/// A label filled up to its value with dots (`write enable......1`).
fn dotted_leader<'a>(scanner: &mut Scanner<'a>, word: &'a str) -> bool {
    let Some(dots) = word.as_bytes().windows(2).position(|pair| pair == b"..") else {
        return false;
    };
    let (label, rest) = word.split_at(dots);
    let value = rest.trim_start_matches('.');
    if label.is_empty() || label.bytes().any(|b| b.is_ascii_digit()) || value.is_empty() {
        return false;
    }
    literal(scanner, label);
    scanner.out.delimiter('.');
    scanner.param(true);
    true
}

/// Splits `key:value` where the key is a name without digits and no URL, drive or scope.
fn key_and_value(word: &str) -> Option<(&str, &str)> {
    let (key, value) = word.split_once(':')?;
    let named = key.len() >= 2
        && key
            .bytes()
            .all(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'-' | b'.'));
    (named && !value.is_empty() && !value.starts_with(':') && !is_host(key)).then_some((key, value))
}

/// A call site (`com.example.Store.save:17`) right after another: the first names the place, the
/// rest is the way there.
fn is_call_trail(scanner: &Scanner<'_>, key: &str) -> bool {
    let dots = |word: &str| word.bytes().filter(|b| *b == b'.').count();
    dots(key) >= 2 && scanner.words[0].is_empty() && dots(scanner.words[1]) >= 2
        || dots(key) >= 2 && scanner.words[0].is_empty() && scanner.words[1].is_empty()
}

/// `name.of.host:443`, whatever the name ends with.
fn is_port_of(key: &str, value: &str) -> bool {
    key.contains('.')
        && !key.bytes().any(|b| b.is_ascii_uppercase() || b == b'_')
        && (2..=5).contains(&value.len())
        && value.bytes().all(|b| b.is_ascii_digit())
}

/// Whether the word is a number, perhaps with a sign, separators, a currency or a unit attached.
fn is_numeric(word: &str) -> bool {
    let start = word.trim_start_matches(['+', '-', '$', '€', '£', '~', '#']);
    start.as_bytes().first().is_some_and(u8::is_ascii_digit)
        && !start.starts_with("0x")
        && start.bytes().filter(|b| b.is_ascii_alphabetic()).count() <= 2
}

fn is_unit(word: &str, classes: Classes) -> bool {
    // Currencies and zones are upper case, which few words are.
    classes.any(lexicon::UNIT)
        || word.starts_with(|c: char| c.is_ascii_uppercase())
            && (lexicon::among_exact(tables::CURRENCIES, word)
                || lexicon::among_exact(tables::ZONES, word))
}

/// Pairs of hex digits joined by colons: hardware addresses, serial numbers, key fingerprints.
fn is_hex_pairs(word: &str) -> bool {
    word.len() >= 5
        && word
            .split(':')
            .all(|pair| pair.len() == 2 && pair.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// Letters only, and yet hex: eight or more of `a` to `f`.
fn is_hex_word(word: &str) -> bool {
    word.len() >= 8 && word.bytes().all(|b| b.is_ascii_hexdigit())
}

/// A qualified name that ends like a type (`psycopg2.errors.UniqueViolation`,
/// `SQLite3::BusyException`), or a plain one that ends like an exception (`Http2Exception`).
pub(super) fn is_type_name(word: &str) -> bool {
    let last = word.rsplit(['.', ':', '$', '\\']).next().unwrap_or(word);
    let identifier = |part: &str| {
        part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
            && part.bytes().next().is_some_and(|b| !b.is_ascii_digit())
    };
    let qualified = last.len() < word.len()
        && word
            .split(['.', ':', '$', '\\'])
            .all(|part| part.is_empty() || identifier(part));
    let camel = last.bytes().next().is_some_and(|b| b.is_ascii_uppercase())
        && last.bytes().any(|b| b.is_ascii_lowercase())
        && !last.bytes().any(|b| b.is_ascii_digit());
    let exception = identifier(last) && (last.ends_with("Error") || last.ends_with("Exception"));
    qualified && (camel || exception) || exception && last.len() == word.len()
}

/// A function by its name and number of arguments (`Shop.Cart.total/2`, `init/1`).
fn is_arity(word: &str) -> bool {
    word.rsplit_once('/').is_some_and(|(name, count)| {
        count.len() <= 2
            && count.bytes().all(|b| b.is_ascii_digit())
            && name.bytes().any(|b| b.is_ascii_lowercase())
            && name
                .bytes()
                .all(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'.' | b':'))
    })
}

/// A function's name directly before its parentheses (`crc32_update(`).
fn is_call(scanner: &Scanner<'_>, word: &str) -> bool {
    scanner.text.as_bytes()[scanner.pos..].starts_with(b"()")
        && word.bytes().next().is_some_and(|b| b.is_ascii_alphabetic())
        && word
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b':'))
}

fn is_email(word: &str) -> bool {
    word.split_once('@').is_some_and(|(user, host)| {
        !user.is_empty() && !host.is_empty() && !user.contains(['/', ':']) && !host.contains('@')
    })
}

/// Whether the word is a path: absolute, relative by dots, with a drive or share, with two or more
/// separators, or with a file's extension after one.
pub(super) fn is_path(word: &str) -> bool {
    let bytes = word.as_bytes();
    match bytes {
        [b'/', _, ..]
        | [b'~', b'/', ..]
        | [b'.', b'/' | b'\\', ..]
        | [b'.', b'.', b'/' | b'\\', ..] => {
            return true;
        }
        [b'\\', b'\\', ..] => return true,
        [drive, b':', b'\\' | b'/', ..] if drive.is_ascii_alphabetic() => return true,
        _ => {}
    }
    let slashes = bytes.iter().filter(|b| **b == b'/').count();
    if slashes == 0 {
        return false;
    }
    if bytes.iter().filter(|b| **b == b'.').count() >= 2 {
        return true;
    }
    let file = word.rsplit('/').next().unwrap_or(word);
    let extension = file
        .rsplit_once('.')
        .is_some_and(|(stem, ext)| !stem.is_empty() && (1..=5).contains(&ext.len()));
    slashes >= 2 || extension
}

/// Whether the word is a host name: two or more labels, the last of them a known ending.
fn is_host(word: &str) -> bool {
    let Some((front, last)) = word.rsplit_once('.') else {
        return word == "localhost";
    };
    !front.is_empty()
        && word
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
        && !front.bytes().any(|b| b.is_ascii_uppercase())
        && lexicon::is(lexicon::HOST_ENDING, last)
}
