//! Classifies atoms, which are words without white space and delimiters, as parameters or names.

use super::follow::{number_is_next, padding, padding_length, rest_of_path};
use super::lexicon::{self, Classes};
use super::rule::Rule;
use super::scanner::Scanner;
use super::shape::{
    is_arity, is_email, is_hex_pairs, is_hex_word, is_host, is_numeric, is_path, is_type_name,
    library_name,
};
use super::{code, random, tables, words};

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
        let percent = body == "%" && scanner.numeric && scanner.out.after_param();
        if percent && Rule::Unit.on() {
            // Many languages set a blank before it.
            scanner.out.param();
        } else if !seen.alphanumeric {
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
    if scanner.numeric && scanner.out.after_param() && Rule::Unit.on() && is_unit(word, classes) {
        scanner.out.param();
        return;
    }
    if matches!(word, "true" | "false") && Rule::Truth.on() {
        scanner.param(Rule::Truth);
    } else if is_hex_word(word) && Rule::Hex.on() {
        scanner.param(Rule::Hex);
    } else if seen.separator {
        separated(scanner, word);
    } else if Rule::Process.on() && words::is_process_name(scanner, word) {
        scanner.param(Rule::Process);
    } else if word == "localhost" && Rule::Host.on() {
        scanner.param(Rule::Host);
    } else if word.len() == 3
        && seen.upper
        && number_is_next(scanner)
        && lexicon::among_exact(tables::CURRENCIES, word)
        && Rule::Unit.on()
    {
        // `CHF 12.00` is `12.00 CHF`.
        scanner.param(Rule::Unit);
    } else if word.len() == 3
        && scanner.words[0].eq_ignore_ascii_case("currency")
        && Rule::Unit.on()
    {
        // ISO 4217: three letters, of which no list is complete.
        scanner.param(Rule::Unit);
    } else if random::is_random(word) && Rule::Random.on() && !calls(scanner) {
        scanner.param(Rule::Random);
    } else if !(classes.any(lexicon::DATE)
        && Rule::Date.on()
        && words::date_words(scanner, word, classes)
        || words::word(scanner, word, tail, classes))
    {
        scanner.out.literal(word);
        scanner.said_as(word, classes);
    }
}

/// Words with slashes, dots, colons or an at sign.
fn separated<'a>(scanner: &mut Scanner<'a>, word: &'a str) {
    let is_key = scanner.text.as_bytes().get(scanner.pos) == Some(&b'=');
    if is_key {
        literal(scanner, word);
    } else if missing(scanner, word) {
    } else if let Some((key, value)) = key_and_value(word)
        && (matches!(value, "true" | "false" | "null") || is_path(value))
        && Rule::Pair.on()
    {
        scanner.out.literal(key);
        scanner.out.delimiter(':');
        scanner.param(Rule::Pair);
    } else if let Some(rule) = place(word) {
        scanner.param(rule);
        rest_of_path(scanner, word, rule);
    } else {
        literal(scanner, word);
    }
}

/// The rule by which a word with separators is a parameter whether or not it holds digits.
fn place(word: &str) -> Option<Rule> {
    if is_email(word) && Rule::Email.on() {
        Some(Rule::Email)
    } else if is_path(word) && Rule::Path.on() {
        Some(Rule::Path)
    } else if is_host(word) && Rule::Host.on() {
        Some(Rule::Host)
    } else if is_hex_pairs(word) && Rule::Address.on() {
        Some(Rule::Address)
    } else {
        None
    }
}

/// Writes the name of what is missing: a shared library, or what Perl's `Can't locate X in @INC` names. `false` when the
/// word is neither.
fn missing<'a>(scanner: &mut Scanner<'a>, word: &'a str) -> bool {
    if !Rule::Missing.on() {
        return false;
    }
    if scanner.text[scanner.pos..].starts_with(" in @INC") {
        scanner.keep(word, Rule::Missing);
        return true;
    }
    let Some(name) = library_name(word) else {
        return false;
    };
    scanner.keep(name, Rule::Missing);
    true
}

fn with_digits<'a>(scanner: &mut Scanner<'a>, word: &'a str, seen: &Seen) {
    if seen.letter
        && let Some(rule) = named(scanner, word, seen)
    {
        scanner.keep(word, rule);
        return;
    }
    if seen.separator && is_hex_pairs(word) && Rule::Address.on() {
        scanner.param(if seen.letter {
            Rule::Address
        } else {
            Rule::Number
        });
        return;
    }
    if let Some(rule) = code::of_number(scanner, word) {
        code::write(scanner, word, rule);
        return;
    }
    if seen.separator && missing(scanner, word)
        || seen.separator && Rule::Pair.on() && pair_with_digits(scanner, word)
        || seen.marked && Rule::Identity.on() && object_identity(scanner, word)
        || seen.separator && Rule::Identity.on() && object_address(scanner, word)
    {
        return;
    }
    if let Some(rule) = seen.separator.then(|| place(word)).flatten() {
        scanner.param(rule);
        rest_of_path(scanner, word, rule);
    } else if seen.letter && Rule::Worded.on() && worded(scanner, word) {
    } else if is_numeric(word) && Rule::Number.on() {
        scanner.param(Rule::Number);
    } else if Rule::Id.on() {
        scanner.param(Rule::Id);
    } else {
        literal(scanner, word);
    }
    padding(scanner);
}

/// The rule by which a word with letters and digits is a name that stays.
fn named(scanner: &Scanner<'_>, word: &str, seen: &Seen) -> Option<Rule> {
    let name = lexicon::is(lexicon::NAME, word);
    if scanner.text.as_bytes().get(scanner.pos) == Some(&b'=') && padding_length(scanner) == 0 {
        // A digest or the version of a signature names how its value was made (`sha256=...`, `v1=...`).
        let of_value =
            name || word.starts_with('v') && word[1..].bytes().all(|b| b.is_ascii_digit());
        return (!of_value && Rule::Field.on() && is_key(word)).then_some(Rule::Field);
    }
    if name && Rule::Name.on() {
        return Some(Rule::Name);
    }
    if seen.upper && Rule::CodeFamily.on() && code::is_published(scanner, word) {
        return Some(Rule::CodeFamily);
    }
    let code_name = seen.upper && is_type_name(word)
        || seen.separator && is_arity(word)
        || is_call(scanner, word);
    (code_name && Rule::TypeName.on()).then_some(Rule::TypeName)
}

/// A field's name: letters first.
fn is_key(word: &str) -> bool {
    word.starts_with(|c: char| c.is_alphabetic())
        && word
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.') || b >= 0x80)
}

/// Writes `key:value`, whose value is a parameter unless it is a status that stays. `false` when the word
/// is no such pair.
fn pair_with_digits<'a>(scanner: &mut Scanner<'a>, word: &'a str) -> bool {
    let Some((key, value)) = key_and_value(word) else {
        return false;
    };
    if is_port_of(key, value) || random::is_random(key) {
        scanner.param(Rule::Host);
        return true;
    }
    scanner.out.literal(key);
    scanner.out.delimiter(':');
    scanner.said(key);
    if let Some(rule) = code::of_value(key, value) {
        scanner.keep(value, rule);
    } else if is_numeric(value) {
        scanner.param(Rule::Number);
    } else {
        scanner.param(Rule::Pair);
    }
    true
}

/// Writes a name with the identity of what it names (`Lock@1f2e3d`, `SendInvoice#20240503`, `CPU#0`). `false` when the
/// word is none.
fn object_identity<'a>(scanner: &mut Scanner<'a>, word: &'a str) -> bool {
    let Some(at) = word.find(['@', '#']) else {
        return false;
    };
    let (object, identity) = (&word[..at], &word[at + 1..]);
    let name = |c: char| c.is_alphabetic() || matches!(c, '_' | '.' | ':' | '$');
    let hexadecimal = identity.bytes().all(|b| b.is_ascii_hexdigit());
    // With dots it is an e-mail address.
    let names_object = !object.is_empty()
        && object.chars().all(name)
        && !identity.is_empty()
        && (hexadecimal || word.as_bytes()[at] == b'#');
    if names_object {
        scanner.out.literal(object);
        scanner.out.delimiter('@');
        scanner.param(Rule::Identity);
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
    scanner.param(Rule::Identity);
    true
}

/// Writes the words that an identifier begins with, when they are words: names in CamelCase (`SendInvoice-17`), and words
/// of natural language, which identifiers do not hold. `false` when it begins otherwise.
fn worded<'a>(scanner: &mut Scanner<'a>, word: &'a str) -> bool {
    let digits = word
        .find(|c: char| c.is_ascii_digit())
        .unwrap_or(word.len());
    let name = word[..digits].trim_end_matches(['-', '_', '.', ':', '/']);
    if name.is_empty() || !name.chars().all(char::is_alphabetic) {
        return false;
    }
    let humps = name.bytes().filter(u8::is_ascii_uppercase).count();
    let camel = humps >= 2
        && name.len() >= humps * 4
        && name.as_bytes()[0].is_ascii_uppercase()
        && !random::is_random(name);
    if name.is_ascii() && !camel {
        return false;
    }
    literal(scanner, name);
    for c in word[name.len()..digits].chars() {
        scanner.out.delimiter(c);
    }
    scanner.param(Rule::Worded);
    true
}

/// Splits `key:value` where the key is a name without digits and no URL, drive or scope.
fn key_and_value(word: &str) -> Option<(&str, &str)> {
    let (key, value) = word.split_once(':')?;
    let named = key.len() >= 2
        && key
            .chars()
            .all(|c| c.is_alphabetic() || matches!(c, '_' | '-' | '.'));
    (named && !value.is_empty() && !value.starts_with(':') && !is_host(key)).then_some((key, value))
}

/// `name.of.host:443`, whatever the name ends with.
fn is_port_of(key: &str, value: &str) -> bool {
    key.contains('.')
        && !key.bytes().any(|b| b.is_ascii_uppercase() || b == b'_')
        && (2..=5).contains(&value.len())
        && value.bytes().all(|b| b.is_ascii_digit())
}

fn is_unit(word: &str, classes: Classes) -> bool {
    // Currencies and zones are upper case, which few words are.
    classes.any(lexicon::UNIT)
        || word.starts_with(|c: char| c.is_ascii_uppercase())
            && (lexicon::among_exact(tables::CURRENCIES, word)
                || lexicon::among_exact(tables::ZONES, word))
}

/// Whether the word just read stands directly before its call's parentheses.
fn calls(scanner: &Scanner<'_>) -> bool {
    scanner.text.as_bytes()[scanner.pos..].starts_with(b"(")
}

/// A function's name directly before empty parentheses (`crc32_update()`).
fn is_call(scanner: &Scanner<'_>, word: &str) -> bool {
    scanner.text.as_bytes()[scanner.pos..].starts_with(b"()")
        && word.bytes().next().is_some_and(|b| b.is_ascii_alphabetic())
        && word
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b':'))
}
