//! Tells a value after a colon from prose: `password: hunter2` from `password: must not be empty`.

use std::ops::Range;

use super::keys::{KeySet, PARTS, ends_in};
use super::value::token_end;
use super::words::{self, is_in};

/// Words that say something of a secret instead of being one.
const STATES: &[&str] = &[
    "blank",
    "denied",
    "disabled",
    "empty",
    "error",
    "expected",
    "expired",
    "failed",
    "failure",
    "forbidden",
    "incorrect",
    "invalid",
    "malformed",
    "mandatory",
    "mismatch",
    "missing",
    "omitted",
    "redacted",
    "rejected",
    "required",
    "revoked",
    "unauthorized",
    "undefined",
    "unknown",
    "unset",
    "wrong",
];

/// Words before "token" with which a parser names what it met.
const PARSER_WORDS: &[&str] = &[
    "unexpected",
    "expected",
    "illegal",
    "unrecognized",
    "unknown",
];

/// What a parser names is short; a secret may be longer.
const LONGEST_PARSED: usize = 16;

/// Words after a sensitive one that make a key the name of something that went wrong.
const FAULTS: &[&str] = &[
    "err",
    "error",
    "errors",
    "exception",
    "failure",
    "invalid",
    "missing",
    "warning",
];

/// File name extensions of source code, so that `token.js:10:5` is a place.
const EXTENSIONS: &[&str] = &[
    "c", "cc", "cjs", "clj", "cpp", "cs", "css", "dart", "erl", "ex", "exs", "go", "h", "hpp",
    "html", "java", "js", "jsx", "kt", "kts", "lua", "m", "mjs", "mm", "php", "pl", "py", "rb",
    "rs", "scala", "svelte", "swift", "ts", "tsx", "vb", "vue",
];

/// Whether the unquoted key in front of a colon is a place in code, an exception's name, the user of a
/// URL or a parser's word instead of the name of a value.
pub(super) fn names_no_value(text: &[u8], key: &Range<usize>, value: usize, keys: &KeySet) -> bool {
    let name = &text[key.clone()];
    let before = &text[..key.start];
    if before.ends_with(b"//") || before.ends_with(b"::") {
        return true;
    }
    let digit_follows = text[value].is_ascii_digit();
    if digit_follows && matches!(before.last(), Some(b'/' | b'\\')) {
        return true;
    }
    let extension = name
        .iter()
        .rposition(|b| *b == b'.')
        .map(|dot| &name[dot + 1..]);
    if extension.is_some_and(|e| is_in(e, EXTENSIONS)) {
        return true;
    }
    if let Some(found) = keys.last_match(name) {
        let rest = &name[found.end..];
        if ends_in(rest, FAULTS)
            || (is_type_name(name) && !rest.is_empty() && !ends_in(rest, PARTS))
        {
            return true;
        }
    }
    name.eq_ignore_ascii_case(b"token")
        && is_in(word_before(before), PARSER_WORDS)
        && token_end(text, value) - value < LONGEST_PARSED
}

/// `TokenService`, not `Token`, `TOKEN` or `Api-Token`.
fn is_type_name(name: &[u8]) -> bool {
    name.first().is_some_and(u8::is_ascii_uppercase)
        && name.iter().any(u8::is_ascii_lowercase)
        && name.iter().all(u8::is_ascii_alphanumeric)
}

fn word_before(text: &[u8]) -> &[u8] {
    const LONGEST: usize = 16;
    let text = text.strip_suffix(b" ").unwrap_or(text);
    let len = text
        .iter()
        .rev()
        .take(LONGEST)
        .take_while(|b| b.is_ascii_alphabetic())
        .count();
    &text[text.len() - len..]
}

/// Whether `token` after a colon is a value: it holds a digit or punctuation, or ends its line or item,
/// or follows the colon at once, and is no word that describes one.
pub(super) fn is_value(text: &[u8], token: &Range<usize>, at_once: bool) -> bool {
    let word = &text[token.clone()];
    let legible = word.iter().any(|b| b.is_ascii_alphanumeric() || *b >= 0x80);
    if !legible || is_null(word) || is_in(word, STATES) {
        return false;
    }
    let joined = at_once && !words::starts_statement(word) && !words::is_action(word);
    holds_evidence(word) || ends_line(&text[token.end..]) || joined
}

/// Whether `value` under the key `PWD` is the working directory of a shell instead of a password.
pub(super) fn is_working_directory(key: &[u8], value: &[u8]) -> bool {
    let key_is = |name: &[u8]| key.eq_ignore_ascii_case(name);
    let path = match value {
        [b'/'] => true,
        [b'/', rest @ ..] | [b'~', b'/', rest @ ..] | [_, b':', b'\\' | b'/', rest @ ..] => {
            // A lower-case key is rarely a shell's.
            key == b"PWD" || key_is(b"OLDPWD") || rest.iter().any(|b| matches!(b, b'/' | b'\\'))
        }
        _ => false,
    };
    path && (key_is(b"PWD") || key_is(b"OLDPWD"))
}

/// The ways in which languages write that there is no value.
pub(super) fn is_null(word: &[u8]) -> bool {
    is_in(word, &["null", "nil", "none", "undefined"])
}

/// A digit, or punctuation other than an apostrophe.
fn holds_evidence(word: &[u8]) -> bool {
    word.iter()
        .any(|b| b.is_ascii_digit() || (b.is_ascii_punctuation() && *b != b'\''))
}

/// Whether nothing but punctuation and blanks follows up to the end of the line or item.
fn ends_line(rest: &[u8]) -> bool {
    const FURTHEST: usize = 16;
    for (n, b) in rest.iter().enumerate().take(FURTHEST) {
        match b {
            b'\n' | b'\r' | b',' | b';' | b'}' | b')' | b']' | b'"' | b'<' | b'&' => return true,
            b'\\' => return matches!(rest.get(n + 1), Some(b'n' | b'r' | b'"')),
            b' ' | b'\t' | b'.' => {}
            _ => return false,
        }
    }
    rest.len() <= FURTHEST
}
