//! Finds parameters that are plain words, where a documented format says so: dates, and who logged in.

use super::bytes::is_space;
use super::lexicon::{self, Classes};
use super::rule::Rule;
use super::scanner::Scanner;
use super::tables;

/// Longest name of an account that is looked for, in bytes.
const LONGEST: usize = 64;

/// Day and month names beside a date's numbers, which are values themselves.
pub(super) fn date_words(scanner: &mut Scanner<'_>, name: &str, classes: Classes) -> bool {
    let day = classes.any(lexicon::DAY);
    let bytes = scanner.text.as_bytes();
    let rest = &bytes[scanner.pos..];
    let skipped = rest
        .iter()
        .take(3)
        .take_while(|b| matches!(b, b' ' | b','))
        .count();
    let digit_follows = skipped > 0 && rest.get(skipped).is_some_and(u8::is_ascii_digit);
    let month_follows = day && {
        let next: &[u8] = rest.get(skipped..).unwrap_or_default();
        let letters = next
            .iter()
            .take(10)
            .take_while(|b| b.is_ascii_alphabetic())
            .count();
        std::str::from_utf8(&next[..letters]).is_ok_and(|month| lexicon::is(lexicon::MONTH, month))
    };
    let after_number =
        scanner.numeric && scanner.out.after_param() && !name.eq_ignore_ascii_case("may");
    if digit_follows || month_follows || after_number {
        scanner.param(Rule::Date);
        return true;
    }
    false
}

/// Rules for a word without digits, just read. `true` when it was written here.
pub(super) fn word<'a>(
    scanner: &mut Scanner<'a>,
    word: &'a str,
    tail: &str,
    classes: Classes,
) -> bool {
    if classes.any(lexicon::DATA_WORD) {
        scanner.data_expected = true;
    }
    if !tail.is_empty() {
        return false;
    }
    if word == "for" && Rule::LookedUp.on() && looked_up(scanner) {
        return true;
    }
    Rule::Account.on() && account(scanner, word)
}

/// Who logged in.
fn account<'a>(scanner: &mut Scanner<'a>, word: &'a str) -> bool {
    let said = |at: usize, names: &[&str]| {
        names
            .iter()
            .any(|name| name.eq_ignore_ascii_case(scanner.words[at]))
    };
    let (before, end) = match word {
        // pam_unix: session closed for user NAME
        "for" if said(0, &["opened", "closed"]) => {
            match scanner.text[scanner.pos..].strip_prefix(" user ") {
                Some(rest) => ("for user", end_of_name(scanner.text, rest, &["", " by "])),
                None => return false,
            }
        }
        // auth.c of OpenSSH: Failed password for NAME from ADDRESS port N
        "for" if said(1, &["failed", "accepted", "postponed", "partial"]) => (
            word,
            end_of_name(scanner.text, following(scanner), &[" from "]),
        ),
        // auth.c: Too many authentication failures for NAME
        "for" if said(0, &["failures"]) && said(1, &["authentication"]) => (
            word,
            end_of_name(scanner.text, following(scanner), &["", " [", " from "]),
        ),
        // auth.c: Invalid user NAME from ADDRESS
        "user" if said(0, &["invalid", "illegal"]) => (
            word,
            end_of_name(scanner.text, following(scanner), &[" from ", " ["]),
        ),
        _ => return false,
    };
    let Some(end) = end else {
        return false;
    };
    scanner.out.literal(before);
    scanner.said(word);
    scanner.out.space();
    scanner.param(Rule::Account);
    scanner.pos = end;
    true
}

/// `process 4711 (mysqld)`: the name of the process whose number was just read, as kernels print it.
pub(super) fn is_process_name(scanner: &Scanner<'_>, word: &str) -> bool {
    let bytes = scanner.text.as_bytes();
    let before = scanner.pos.checked_sub(word.len() + 1);
    scanner.words[0].is_empty()
        && scanner.words[1].eq_ignore_ascii_case("process")
        && before.is_some_and(|at| bytes[at] == b'(')
        && bytes.get(scanner.pos) == Some(&b')')
}

fn following<'a>(scanner: &Scanner<'a>) -> &'a str {
    scanner.text[scanner.pos..].strip_prefix(' ').unwrap_or("")
}

/// Where the name ends that `rest`, the end of `text`, begins with; `None` when what follows it is none of `after`, of
/// which an empty one stands for the end of the text.
fn end_of_name(text: &str, rest: &str, after: &[&str]) -> Option<usize> {
    let name = rest
        .bytes()
        .take(LONGEST)
        .position(|b| b == b' ')
        .unwrap_or(rest.len());
    let (from, follows) = (text.len() - rest.len(), rest.get(name..)?);
    let ends = after.iter().any(|next| match *next {
        "" => follows.is_empty(),
        next => follows.starts_with(next),
    });
    (name > 0 && name < LONGEST && ends).then_some(from + name)
}

/// Longest value that is looked up, in bytes and words.
const LONGEST_VALUE: usize = 80;
const VALUE_WORDS: usize = 4;

/// `no price for WHAT`, `lookup failed for WHAT`, to the end of the clause: what was looked up and not found, where it is no
/// name of the code and, unless frames tell the place, not words alone.
fn looked_up(scanner: &mut Scanner<'_>) -> bool {
    let failed = scanner.words[0].eq_ignore_ascii_case("failed");
    let none = scanner.words[1..]
        .iter()
        .any(|word| word.eq_ignore_ascii_case("no"));
    if !failed && !none {
        return false;
    }
    let rest = following(scanner);
    let window = rest
        .as_bytes()
        .get(..LONGEST_VALUE)
        .unwrap_or(rest.as_bytes());
    let end = window.iter().enumerate().position(|(i, b)| {
        matches!(b, b'\n' | b';')
            || matches!(b, b':' | b',' | b'.')
                && rest.as_bytes().get(i + 1).is_none_or(|n| is_space(*n))
    });
    let Some(end) = end.or((rest.len() <= LONGEST_VALUE).then_some(rest.len())) else {
        return false;
    };
    let value = rest[..end].trim_ascii_end();
    let words = || value.split(' ');
    let plain = |word: &str| {
        word.chars()
            .all(|c| c.is_alphabetic() || matches!(c, '_' | '-'))
    };
    let code = |word: &str| {
        let (mut upper, mut lower) = (false, false);
        word.bytes().for_each(|b| {
            upper |= b.is_ascii_uppercase();
            lower |= b.is_ascii_lowercase();
        });
        upper && lower || word.ends_with("()") || tables::METHODS.contains(&word)
    };
    if value.is_empty()
        || words().all(plain) && !scanner.placed
        || words().any(code)
        || words().count() > VALUE_WORDS
        || value.contains(['\'', '"', '`', '='])
    {
        return false;
    }
    scanner.out.literal("for");
    scanner.said("for");
    scanner.out.space();
    scanner.param(Rule::LookedUp);
    scanner.pos = scanner.text.len() - rest.len() + end;
    true
}
