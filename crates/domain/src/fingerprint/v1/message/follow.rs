//! Looks at what follows a word and belongs to it.

use super::bytes::is_space;
use super::rule::Rule;
use super::scanner::Scanner;

/// Skips the rest of a path with a blank in it: after a folder, the next word ends in a file's extension.
pub(super) fn rest_of_path(scanner: &mut Scanner<'_>, word: &str, rule: Rule) {
    /// Longest name of a file that is looked for, in bytes.
    const LONGEST: usize = 64;
    let last = word.rsplit(['/', '\\']).next().unwrap_or(word);
    if rule != Rule::Path || last.contains('.') || last.is_empty() {
        return;
    }
    let Some(rest) = scanner.text[scanner.pos..].strip_prefix(' ') else {
        return;
    };
    let end = rest
        .bytes()
        .take(LONGEST)
        .position(|b| is_space(b) || matches!(b, b',' | b';' | b')' | b'"' | b'\'' | b'='))
        .unwrap_or(rest.len());
    let name = rest
        .get(..end)
        .unwrap_or_default()
        .trim_end_matches([':', '.']);
    let is_file = name.rsplit_once('.').is_some_and(|(stem, extension)| {
        !stem.is_empty()
            && !stem.contains(['/', '\\', ':'])
            && (2..=4).contains(&extension.len())
            && extension
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
            && extension.starts_with(|c: char| c.is_ascii_lowercase())
    });
    if is_file {
        scanner.pos += 1 + name.len();
    }
}

/// Skips the padding of base64.
pub(super) fn padding(scanner: &mut Scanner<'_>) {
    scanner.pos += padding_length(scanner);
}

/// Length of the padding of base64 that follows (RFC 4648).
pub(super) fn padding_length(scanner: &Scanner<'_>) -> usize {
    let rest = &scanner.text.as_bytes()[scanner.pos..];
    let padding = rest.iter().take(2).take_while(|b| **b == b'=').count();
    let ends = rest
        .get(padding)
        .is_none_or(|b| !b.is_ascii_alphanumeric() && *b != b'=');
    let alone = padding == 1
        && match rest.get(1) {
            Some(b':') => rest.get(2).is_none_or(|b| is_space(*b)),
            next => next.is_none_or(|b| matches!(b, b')' | b']' | b',')),
        };
    if padding == 2 && ends || alone {
        padding
    } else {
        0
    }
}

/// Whether a blank and a number follow.
pub(super) fn number_is_next(scanner: &Scanner<'_>) -> bool {
    let rest = &scanner.text.as_bytes()[scanner.pos..];
    rest.first() == Some(&b' ') && rest.get(1).is_some_and(u8::is_ascii_digit)
}
