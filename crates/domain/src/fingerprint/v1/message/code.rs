//! Keeps numbers that are codes: HTTP statuses, errno, SQLSTATE, exit codes, published error codes.

use super::lexicon;
use super::rule::Rule;
use super::scanner::Scanner;
use super::tables;

/// How far a translated text is skipped, in bytes.
const AHEAD: usize = 160;
/// Longest code that is a plain number.
const LONGEST: usize = 5;

/// The rule by which a number, or a word with digits, is a code by the words before it.
pub(super) fn of_number(scanner: &Scanner<'_>, number: &str) -> Option<Rule> {
    let [last, before, ..] = scanner.words;
    let [last_is, before_is] = scanner.classes;
    if is_windows_failure(number) && Rule::WindowsError.on() {
        let named = last_is.any(lexicon::CODE_WORD) || last.eq_ignore_ascii_case("error");
        return (named || has_published_facility(number)).then_some(Rule::WindowsError);
    }
    if last_is.any(lexicon::CODE_WORD) && number.len() <= 12
        || number.len() <= 4 && last_is.any(lexicon::VERSIONED)
    {
        return Rule::Code.on().then_some(Rule::Code);
    }
    if is_code_after(scanner, last, before, number) && Rule::Code.on() {
        return Some(Rule::Code);
    }
    let status = is_failure(number)
        && (last.is_empty() && tables::METHODS.contains(&before)
            || last_is.any(lexicon::STATUS_WORD)
            || last == "of" && before_is.any(lexicon::STATUS_WORD)
            || names_status(last)
            || says_code(last)
            || last_is.any(lexicon::STATUS_VERB) && ends_clause(scanner)
            || last == "with" && before_is.any(lexicon::STATUS_VERB) && ends_clause(scanner));
    (status && Rule::Status.on()).then_some(Rule::Status)
}

/// `error 1045`, `exit status 2`, `os error 13`, `code 7`, `killed by signal 9`.
fn is_code_after(scanner: &Scanner<'_>, last: &str, before: &str, number: &str) -> bool {
    let plain = number.strip_prefix('-').unwrap_or(number);
    if plain.len() > LONGEST || !plain.bytes().all(|b| b.is_ascii_digit()) {
        return false;
    }
    let is = |word: &str, names: &[&str]| names.iter().any(|name| name.eq_ignore_ascii_case(word));
    is(last, &["code"]) && (before.is_empty() || is(before, tables::CODED) || plain.len() <= 3)
        || is(last, &["status"]) && is(before, &["exit"])
        || is(last, &["error", "errors"]) && (ends_clause(scanner) || is_sqlstate_next(scanner))
        || is(last, &["signal"]) && is(before, &["by", "with", "received", "caught", "on"])
        || is_named_code(last)
        || says_code(last) && plain.len() <= 3
}

/// Whether a name says that it is about statuses (`StatusCodeError`, `HttpException`).
fn names_status(name: &str) -> bool {
    ["Status", "Http", "HTTP"]
        .iter()
        .any(|word| name.contains(word))
}

/// A name that ends in `Code` after what has one (`exitCode`, `status_code`).
fn is_named_code(word: &str) -> bool {
    const CODE: &str = "code";
    let Some(at) = word.len().checked_sub(CODE.len()) else {
        return false;
    };
    word.get(at..)
        .is_some_and(|end| end.eq_ignore_ascii_case(CODE))
        && word.get(..at).is_some_and(|of| {
            let of = of.trim_end_matches(['_', '-', '.']);
            let last = of.rsplit(['_', '-', '.']).next().unwrap_or(of);
            tables::CODED
                .iter()
                .any(|name| name.eq_ignore_ascii_case(last))
        })
}

/// Whether the word says code or status in another language.
fn says_code(word: &str) -> bool {
    !word.is_ascii() && tables::CODES_ABROAD.iter().any(|name| word.ends_with(name))
        || lexicon::is(lexicon::STATUS_ABROAD, word)
}

/// An HRESULT or NTSTATUS that says failure: its highest bit is set.
fn is_windows_failure(number: &str) -> bool {
    number.len() == 10
        && ["0x8", "0xC", "0xc"]
            .iter()
            .any(|start| number.starts_with(start))
        && number[2..].bytes().all(|b| b.is_ascii_hexdigit())
}

/// An HRESULT of a facility that MS-ERREF publishes and that is in common use. Few addresses look like that.
fn has_published_facility(number: &str) -> bool {
    tables::FACILITIES
        .iter()
        .any(|start| number[2..6].eq_ignore_ascii_case(start))
}

/// An SQLSTATE follows, as MySQL prints them: `ERROR 1045 (28000)`.
fn is_sqlstate_next(scanner: &Scanner<'_>) -> bool {
    let rest = &scanner.text.as_bytes()[scanner.pos..];
    rest.starts_with(b" (")
        && rest.get(7) == Some(&b')')
        && rest[2..7].iter().all(u8::is_ascii_alphanumeric)
}

fn ends_clause(scanner: &Scanner<'_>) -> bool {
    let (read, rest) = scanner.text.as_bytes().split_at(scanner.pos);
    let ended = matches!(read.last(), Some(b':' | b'.'));
    ended
        || rest
            .iter()
            .find(|b| **b != b' ')
            .is_none_or(|b| !b.is_ascii_alphanumeric())
}

/// The rule by which a key's value stays: an HTTP error status or a code.
pub(super) fn of_value(key: &str, value: &str) -> Option<Rule> {
    let last = key.rsplit(['.', '_', '-']).next().unwrap_or(key);
    let status = lexicon::is(lexicon::STATUS_WORD, last) || says_code(last);
    if is_failure(value) && status && Rule::Status.on() {
        return Some(Rule::Status);
    }
    let short = value.strip_prefix('-').unwrap_or(value);
    let number =
        !short.is_empty() && short.len() <= LONGEST && short.bytes().all(|b| b.is_ascii_digit());
    // systemd's "Process exit codes": `status=203/EXEC`.
    let named = value.split_once('/').is_some_and(|(number, name)| {
        (1..=3).contains(&number.len())
            && number.bytes().all(|b| b.is_ascii_digit())
            && !name.is_empty()
            && name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_')
    });
    let code = named && status
        || lexicon::is(lexicon::CODE_WORD, last) && !value.is_empty() && value.len() <= 12
        || number && (key.eq_ignore_ascii_case("code") || is_named_code(key));
    if code && Rule::Code.on() {
        return Some(Rule::Code);
    }
    let names_error = tables::CODED
        .iter()
        .any(|name| name.eq_ignore_ascii_case(last))
        || last.eq_ignore_ascii_case("code")
        || last.eq_ignore_ascii_case("hr")
        || lexicon::is(lexicon::CODE_WORD, last);
    if is_windows_failure(value) && names_error && Rule::WindowsError.on() {
        return Some(Rule::WindowsError);
    }
    (is_family_code(value) && Rule::CodeFamily.on()).then_some(Rule::CodeFamily)
}

/// Statuses below 400 are values: they say that it went well.
fn is_failure(number: &str) -> bool {
    matches!(number.as_bytes(), [b'4' | b'5', b'0'..=b'9', b'0'..=b'9'])
}

/// Whether the word is a published error code: of a known family, or right after the word error, as compilers print
/// them. What follows a colon may be anything.
pub(super) fn is_published(scanner: &Scanner<'_>, word: &str) -> bool {
    let read = &scanner.text[..scanner.pos];
    let follows = || {
        let before = read
            .rfind(word)
            .map_or("", |at| read[..at].trim_ascii_end());
        !before.ends_with(':')
    };
    is_family_code(word)
        || scanner.words[0].eq_ignore_ascii_case("error")
            && shape_of_code(word).is_some_and(|(_, _, digits)| (3..=6).contains(&digits.len()))
            && follows()
}

/// Letters in upper case, perhaps a hyphen, digits, perhaps the letter of a severity.
fn shape_of_code(word: &str) -> Option<(&str, bool, &str)> {
    let letters = word.bytes().take_while(u8::is_ascii_uppercase).count();
    if letters == 0 || letters > 10 {
        return None;
    }
    let (family, rest) = word.split_at(letters);
    let digits = rest.strip_prefix('-').unwrap_or(rest);
    let hyphen = digits.len() < rest.len();
    let digits = digits.strip_suffix(['E', 'W', 'I', 'N']).unwrap_or(digits);
    (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
        .then_some((family, hyphen, digits))
}

/// A published error code: a known family and at least three digits.
pub(super) fn is_family_code(word: &str) -> bool {
    if word.starts_with("CVE-") || word.starts_with("GHSA-") {
        return true;
    }
    let Some((family, hyphen, digits)) = shape_of_code(word) else {
        return false;
    };
    // One letter alone is too common in ids: `E0277` has exactly four digits and no hyphen.
    let enough = if family.len() == 1 {
        !hyphen && digits.len() == 4
    } else {
        (3..=6).contains(&digits.len())
    };
    enough && tables::CODE_FAMILIES.contains(&family)
}

/// Writes a number that is a code.
pub(super) fn write<'a>(scanner: &mut Scanner<'a>, number: &'a str, rule: Rule) {
    let errno = matches!(scanner.words[0], "Errno" | "WinError");
    scanner.keep(number, rule);
    if errno {
        skip_translation(scanner);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_codes_are_told_from_ids() {
        for code in [
            "ORA-00942",
            "TS2304",
            "E0277",
            "CS0246",
            "CVE-2024-3094",
            "SQL0204N",
        ] {
            assert!(is_family_code(code), "{code}");
        }
        for id in ["A-1001", "SKU-9", "INC-12345", "E12", "X0277", "ORA-1"] {
            assert!(!is_family_code(id), "{id}");
        }
    }
}
