//! Finds HTTP credentials outside a header that names them: `Bearer abc`, `Basic abc`.

use std::ops::Range;

use super::FILTERED;
use super::span::starts_at_boundary;

/// Words that follow `bearer` in prose and in challenges (`Bearer realm="x"`).
const PROSE: &[&str] = &[
    "and",
    "are",
    "auth",
    "authentication",
    "authorization",
    "cannot",
    "challenge",
    "credential",
    "credentials",
    "error",
    "expired",
    "for",
    "format",
    "from",
    "has",
    "header",
    "headers",
    "in",
    "invalid",
    "is",
    "key",
    "keys",
    "malformed",
    "method",
    "missing",
    "must",
    "not",
    "of",
    "only",
    "or",
    "prefix",
    "realm",
    "required",
    "scheme",
    "schema",
    "scope",
    "security",
    "shares",
    "string",
    "to",
    "token",
    "tokens",
    "type",
    "value",
    "was",
    "with",
];

/// A single word of letters this long is no word of a language.
const LONGEST_WORD: usize = 20;

/// The name of a parameter is shorter, and what is longer counts as a credential.
const LONGEST_PARAMETER: usize = 64;

/// The credential after the scheme at `at`, when there is one.
pub(super) fn find(text: &[u8], at: usize) -> Option<Range<usize>> {
    let word = scheme_at(&text[at..])?;
    if !starts_at_boundary(text, at) {
        return None;
    }
    let start = skip_gap(text, at + word.len())?;
    let end = credential_end(text, start);
    let credential = &text[start..end];
    let looks_real = match word {
        "bearer" => is_bearer_token(credential),
        _ => is_basic_credential(credential),
    };
    (looks_real && !is_parameter(&text[end..], credential)).then_some(start..end)
}

/// The scheme `text` begins with, in lower case.
pub(super) fn scheme_at(text: &[u8]) -> Option<&'static str> {
    ["bearer", "basic"].into_iter().find(|word| {
        text.get(..word.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes()))
    })
}

/// Past the white space (also `%20` and `+`) between scheme and credential; `None` without any.
fn skip_gap(text: &[u8], start: usize) -> Option<usize> {
    const WIDEST: usize = 8;
    let mut at = start;
    while at - start < WIDEST {
        match &text[at..] {
            [b' ' | b'\t' | b'+', ..] => at += 1,
            [b'%', b'2', b'0', ..] => at += 3,
            _ => break,
        }
    }
    (at > start).then_some(at)
}

/// Where a credential that begins at `start` ends: a dot or colon that ends a sentence is not its.
pub(super) fn credential_end(text: &[u8], start: usize) -> usize {
    let opens = text
        .get(start)
        .is_some_and(|b| b.is_ascii_alphanumeric() || b"-._~+/*!#".contains(b));
    if !opens {
        return start;
    }
    let mut end = (start..text.len())
        .find(|i| is_delimiter(text[*i]) || text[*i..].starts_with(FILTERED.as_bytes()))
        .unwrap_or(text.len());
    while end > start && matches!(text[end - 1], b'.' | b':' | b'!' | b'?') {
        end -= 1;
    }
    end
}

fn is_delimiter(b: u8) -> bool {
    b.is_ascii_whitespace() || b.is_ascii_control() || b"\"'`,;<>&()[]{}\\|".contains(&b)
}

fn is_bearer_token(credential: &[u8]) -> bool {
    if credential.is_empty() {
        return false;
    }
    if credential.len() >= LONGEST_WORD || !credential.iter().all(u8::is_ascii_alphabetic) {
        return credential.iter().any(u8::is_ascii_alphanumeric);
    }
    !PROSE
        .iter()
        .any(|word| word.as_bytes().eq_ignore_ascii_case(credential))
}

/// Base64 of `user:password` mixes cases or holds digits; the words after "basic" do not.
fn is_basic_credential(credential: &[u8]) -> bool {
    const SHORTEST: usize = 4;
    let digit = credential
        .iter()
        .any(|b| b.is_ascii_digit() || b"+/=".contains(b));
    let mixed = credential.iter().any(u8::is_ascii_lowercase)
        && credential.iter().skip(1).any(u8::is_ascii_uppercase);
    let base64 = credential
        .iter()
        .all(|b| b.is_ascii_alphanumeric() || b"+/=-_".contains(b));
    // Bounds the work: what is this long is never looked at twice.
    let long = credential.len() >= LONGEST_PARAMETER;
    long || credential.len() >= SHORTEST
        && base64
        && (digit || mixed || credential.len() >= LONGEST_WORD)
}

/// Whether what was found is a parameter of a challenge: `realm="x"`.
fn is_parameter(rest: &[u8], credential: &[u8]) -> bool {
    credential.len() < LONGEST_PARAMETER
        && matches!(rest.first(), Some(b'"' | b'\'' | b'\\'))
        && credential.ends_with(b"=")
}
