//! Finds parameters without digits, and numbers that are no parameters, by the words around them.

use super::bytes::{is_delimiter, is_space};
use super::lexicon::{self, Classes};
use super::scanner::Scanner;
use super::tables;

/// Longest clause that is taken for a value, in words.
const CLAUSE_WORDS: usize = 4;
/// How far ahead a rule looks, in bytes.
const AHEAD: usize = 160;

/// The words that follow, without looking further than [`AHEAD`] bytes.
struct Ahead<'a> {
    text: &'a str,
    at: usize,
    limit: usize,
}

/// A word ahead and what directly follows it.
#[derive(Clone, Copy)]
struct Next<'a> {
    word: &'a str,
    end: usize,
    /// Nothing, or a byte that is no part of a word.
    after: Option<u8>,
}

impl<'a> Ahead<'a> {
    fn of(scanner: &Scanner<'a>) -> Self {
        Self {
            text: scanner.text,
            at: scanner.pos,
            limit: scanner.text.len().min(scanner.pos + AHEAD),
        }
    }

    /// The next word, when only spaces are before it.
    fn next(&mut self) -> Option<Next<'a>> {
        let bytes = self.text.as_bytes();
        let start = self.at
            + bytes[self.at..self.limit]
                .iter()
                .take_while(|b| **b == b' ')
                .count();
        if start == self.at {
            return None;
        }
        let mut end = start;
        while end < self.limit && !is_space(bytes[end]) && !is_delimiter(bytes[end]) {
            end += 1;
        }
        if end == start || (end == self.limit && end < bytes.len()) {
            return None;
        }
        self.at = end;
        let word = self.text[start..end].trim_end_matches(['.', ':']);
        let end = start + word.len();
        Some(Next {
            word,
            end,
            after: bytes.get(end).copied(),
        })
    }
}

fn is_plain(word: &str) -> bool {
    !word.is_empty()
        && word
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '$' | '\\' | '+'))
}

fn is_value_word(word: &str) -> bool {
    is_plain(word) && !lexicon::is(lexicon::FUNCTION_WORD, word)
}

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
        scanner.param(true);
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
    match word {
        "for" => account_after_for(scanner, word) || looked_up(scanner, word),
        "from" => state_change(scanner, word),
        _ if classes.any(lexicon::ACCOUNT_NOUN) => account(scanner, word),
        _ if classes.any(lexicon::DATA_NOUN) && scanner.classes[0].any(lexicon::REFUSAL) => {
            refused(scanner, word)
        }
        _ => false,
    }
}

/// Writes `word`, then everything up to `end` as a parameter.
fn word_then_value<'a>(scanner: &mut Scanner<'a>, word: &'a str, end: usize) -> bool {
    scanner.out.literal(word);
    scanner.out.space();
    scanner.said(word);
    scanner.param(false);
    scanner.pos = end;
    true
}

/// Whether a clause ends here: at the end, at punctuation, or before a preposition.
fn clause_ends(after: Option<u8>, ahead: &mut Ahead<'_>) -> bool {
    match after {
        None => true,
        Some(b) if !is_space(b) => !matches!(b, b'=' | b'\'' | b'('),
        Some(b'\n' | b'\r') => true,
        Some(_) => match ahead.next() {
            None => true,
            Some(next) => lexicon::is(lexicon::CLAUSE_END, next.word),
        },
    }
}

/// `process 4711 (mysqld)`: the name of the process whose number was just read.
pub(super) fn is_process_name(scanner: &Scanner<'_>, word: &str) -> bool {
    let bytes = scanner.text.as_bytes();
    let start = scanner.pos - word.len();
    let [number, noun, ..] = scanner.words;
    number.is_empty()
        && scanner.pos >= word.len()
        && start > 0
        && bytes[start - 1] == b'('
        && bytes.get(scanner.pos) == Some(&b')')
        && ["process", "pid", "task", "thread"]
            .iter()
            .any(|p| noun.eq_ignore_ascii_case(p))
}

/// `user NAME`, where the clause then ends or goes on with a preposition.
fn account<'a>(scanner: &mut Scanner<'a>, noun: &'a str) -> bool {
    let mut ahead = Ahead::of(scanner);
    let Some(name) = ahead.next() else {
        return false;
    };
    let lowercase = !name.word.bytes().any(|b| b.is_ascii_uppercase());
    let introduced = scanner.classes[0].any(lexicon::INTRODUCER);
    let verb = !introduced && (name.word.ends_with("ed") || name.word.ends_with("ing"));
    let ordinary = lexicon::is(lexicon::NOT_ACCOUNT, name.word) || verb;
    if !is_plain(name.word) || lowercase && ordinary {
        return false;
    }
    clause_ends(name.after, &mut ahead) && word_then_value(scanner, noun, name.end)
}

/// `password for NAME from ...`, `authentication failures for NAME`.
fn account_after_for<'a>(scanner: &mut Scanner<'a>, word: &'a str) -> bool {
    if !scanner.classes[0].any(lexicon::CREDENTIAL_NOUN) {
        return false;
    }
    let mut ahead = Ahead::of(scanner);
    let Some(name) = ahead.next() else {
        return false;
    };
    is_value_word(name.word)
        && clause_ends(name.after, &mut ahead)
        && word_then_value(scanner, word, name.end)
}

/// `no NOUN for WHAT`: what was looked up and not found, unless it is a name from the code or
/// nothing but words.
fn looked_up<'a>(scanner: &mut Scanner<'a>, word: &'a str) -> bool {
    if !scanner.words[1].eq_ignore_ascii_case("no") && !scanner.words[2].eq_ignore_ascii_case("no")
    {
        return false;
    }
    let bytes = scanner.text.as_bytes();
    let limit = bytes.len().min(scanner.pos + AHEAD);
    let rest = &bytes[scanner.pos..limit];
    let end = rest
        .iter()
        .enumerate()
        .position(|(i, b)| {
            matches!(b, b'\n' | b';')
                || matches!(b, b':' | b',' | b'.') && rest.get(i + 1).is_none_or(|n| is_space(*n))
        })
        .map_or(limit, |i| scanner.pos + i);
    let Some(value) = scanner.text.get(scanner.pos..end).map(str::trim) else {
        return false;
    };
    let is_code = |w: &str| {
        w.bytes().any(|b| b.is_ascii_uppercase()) && w.bytes().any(|b| b.is_ascii_lowercase())
            || w.ends_with("()")
            || lexicon::is(lexicon::FUNCTION_WORD, w)
    };
    let words = value.split(' ').count();
    // Plain words may as well be a kind of thing (`no handler for event`).
    let plain = value
        .bytes()
        .all(|b| b.is_ascii_lowercase() || matches!(b, b' ' | b'-'));
    if value.is_empty() || plain || words > CLAUSE_WORDS || value.split(' ').any(is_code) {
        return false;
    }
    word_then_value(scanner, word, end)
}

/// `from STATE to STATE` in capitals: the states of a machine.
fn state_change<'a>(scanner: &mut Scanner<'a>, word: &'a str) -> bool {
    let mut ahead = Ahead::of(scanner);
    let state = |next: Option<Next<'a>>| {
        next.filter(|n| {
            n.word.len() > 1 && n.word.bytes().all(|b| b.is_ascii_uppercase() || b == b'_')
        })
    };
    let Some(_) = state(ahead.next()) else {
        return false;
    };
    let to = ahead.next().is_some_and(|n| n.word == "to");
    match state(ahead.next()) {
        Some(last) if to => word_then_value(scanner, word, last.end),
        _ => false,
    }
}

/// `unsupported currency WHAT`.
fn refused<'a>(scanner: &mut Scanner<'a>, noun: &'a str) -> bool {
    let mut ahead = Ahead::of(scanner);
    match ahead.next() {
        Some(value) if is_value_word(value.word) => {
            clause_ends(value.after, &mut ahead) && word_then_value(scanner, noun, value.end)
        }
        _ => false,
    }
}

/// `by customer 17` and `by jane@example.com` name the same thing: who did it.
pub(super) fn before_value(scanner: &mut Scanner<'_>, previous: &str) {
    if scanner.words[1].eq_ignore_ascii_case("by")
        && !previous.is_empty()
        && previous.bytes().all(|b| b.is_ascii_lowercase())
        && !scanner.classes[0].any(lexicon::FUNCTION_WORD)
    {
        scanner.out.drop_word(previous);
        scanner.out.space();
    }
}

/// `[Errno 2] text: 'file'`: the number says what the text says, in any language. Skips the text.
fn skip_translation(scanner: &mut Scanner<'_>) {
    let bytes = &scanner.text.as_bytes()[scanner.pos..];
    if !bytes.starts_with(b"] ") {
        return;
    }
    let limit = bytes.len().min(AHEAD);
    let end = bytes[2..limit]
        .iter()
        .position(|b| matches!(b, b':' | b'\n' | b'\'' | b'"'))
        .map_or(limit, |i| i + 2);
    if end == limit && limit < bytes.len() {
        return;
    }
    scanner.out.delimiter(']');
    scanner.pos += end;
}

/// Writes a number that is an error code.
pub(super) fn write_code<'a>(scanner: &mut Scanner<'a>, number: &'a str) {
    let errno = matches!(scanner.words[0], "Errno" | "WinError");
    scanner.out.literal(number);
    scanner.said(number);
    if errno {
        skip_translation(scanner);
    }
}

/// Whether a number is an error code or an HTTP status by the words before it.
pub(super) fn keeps_number(scanner: &Scanner<'_>, number: &str) -> bool {
    let [last, before, ..] = scanner.words;
    let [last_is, before_is] = scanner.classes;
    if last_is.any(lexicon::CODE_WORD)
        || before.eq_ignore_ascii_case("os") && last.eq_ignore_ascii_case("error")
        || before.eq_ignore_ascii_case("error") && last.eq_ignore_ascii_case("code")
    {
        return number.len() <= 12;
    }
    if number.len() <= 4 && last_is.any(lexicon::VERSIONED) {
        return true;
    }
    if is_windows_error(number) || is_database_error(scanner, number) {
        return last.eq_ignore_ascii_case("error");
    }
    is_http_error(number)
        && (last.is_empty() && tables::METHODS.contains(&before)
            || last_is.any(lexicon::STATUS_WORD)
            || matches!(last, "code" | "error")
                && ["status", "http", "response"]
                    .iter()
                    .any(|w| before.eq_ignore_ascii_case(w))
            || last_is.any(lexicon::STATUS_VERB) && ends_clause(scanner)
            || last == "with" && before_is.any(lexicon::STATUS_VERB) && ends_clause(scanner))
}

/// An HRESULT or NTSTATUS that says failure: its highest bit is set.
fn is_windows_error(number: &str) -> bool {
    number.len() == 10
        && ["0x8", "0xC", "0xc"]
            .iter()
            .any(|start| number.starts_with(start))
        && number[2..].bytes().all(|b| b.is_ascii_hexdigit())
}

/// A number that an SQLSTATE follows, as MySQL prints them: `ERROR 1045 (28000)`.
fn is_database_error(scanner: &Scanner<'_>, number: &str) -> bool {
    let rest = &scanner.text.as_bytes()[scanner.pos..];
    number.len() <= 5
        && rest.starts_with(b" (")
        && rest.get(7) == Some(&b')')
        && rest[2..7].iter().all(u8::is_ascii_alphanumeric)
}

fn ends_clause(scanner: &Scanner<'_>) -> bool {
    let rest = &scanner.text.as_bytes()[scanner.pos..];
    rest.iter()
        .find(|b| **b != b' ')
        .is_none_or(|b| !b.is_ascii_alphanumeric())
}

/// Whether a key's value is an HTTP error status or a named code, which stay.
pub(super) fn keeps_status(key: &str, value: &str) -> bool {
    let key = key.rsplit(['.', '_', '-']).next().unwrap_or(key);
    is_http_error(value) && lexicon::is(lexicon::STATUS_WORD, key)
        || lexicon::is(lexicon::CODE_WORD, key) && !value.is_empty() && value.len() <= 12
        || lexicon::is_error_code(value)
}

/// Statuses below 400 are values: they say that it went well.
fn is_http_error(number: &str) -> bool {
    matches!(number.as_bytes(), [b'4' | b'5', b'0'..=b'9', b'0'..=b'9'])
}
