//! Finds secrets in the arguments of a command: `--password x`, `['--token', 'x']`, `curl -u bob:x`.

use std::ops::Range;

use super::beside::is_flag;
use super::enclosure::opening;
use super::keys::KeySet;
use super::value::{is_quote, quoted, token_end};
use super::{FILTERED, prose, words};

/// How far back on its line the command of a flag is looked for, in bytes.
const COMMAND_REACH: usize = 256;

/// Longer flags are none.
const LONGEST_FLAG: usize = 64;

/// What the argument of a short flag is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Argument {
    /// The next argument is the secret.
    Next,
    /// The secret follows the letter at once.
    Attached,
    /// The next argument is `user:secret`.
    AfterColon,
    /// The next argument is `user%secret`.
    AfterPercent,
    /// The next argument is cookies, or the name of a file without any.
    Cookies,
}

/// Flags that hold a secret by the documentation of the commands that take them.
const SHORT: &[(&str, Argument, &[&str])] = &[
    (
        "-p",
        Argument::Attached,
        &[
            "mysql",
            "mysqldump",
            "mysqladmin",
            "mysqlimport",
            "mysqlcheck",
            "mysqlshow",
            "mysqlsh",
            "mariadb",
            "mariadb-dump",
            "mariadb-admin",
            "mysqlpump",
            "xtrabackup",
            "sshpass",
            "7z",
            "7za",
            "7zr",
        ],
    ),
    (
        "-p",
        Argument::Next,
        &[
            "login",
            "sshpass",
            "mongo",
            "mongosh",
            "mongodump",
            "mongorestore",
            "mongoexport",
            "mongoimport",
            "twine",
        ],
    ),
    (
        "-a",
        Argument::Next,
        &["redis-cli", "valkey-cli", "redis-benchmark"],
    ),
    (
        "-P",
        Argument::Next,
        &["sqlcmd", "bcp", "osql", "isql", "tsql", "unzip", "zip"],
    ),
    (
        "-w",
        Argument::Next,
        &[
            "ldapsearch",
            "ldapadd",
            "ldapmodify",
            "ldapdelete",
            "ldappasswd",
            "ldapwhoami",
            "ldapcompare",
        ],
    ),
    ("-pw", Argument::Next, &["plink", "pscp", "psftp", "putty"]),
    ("-b", Argument::Cookies, &["curl"]),
    ("-u", Argument::AfterColon, &["curl"]),
    ("-U", Argument::AfterColon, &["curl"]),
    ("--user", Argument::AfterColon, &["curl"]),
    ("--proxy-user", Argument::AfterColon, &["curl"]),
    ("-a", Argument::AfterColon, &["http", "https", "xh"]),
    ("--auth", Argument::AfterColon, &["http", "https", "xh"]),
    (
        "-U",
        Argument::AfterPercent,
        &["smbclient", "rpcclient", "net", "smbget"],
    ),
    ("-passin", Argument::AfterColon, &["openssl"]),
    ("-passout", Argument::AfterColon, &["openssl"]),
    ("-pass", Argument::AfterColon, &["openssl"]),
];

/// Last words of flags that take no secret, whatever stands before them.
const HARMLESS_ENDS: &[&str] = &[
    "command", "env", "fd", "file", "from", "jar", "memory", "only", "path", "prompt", "stdin",
    "store", "url", "variable",
];

/// First words of flags that take nothing.
const HARMLESS_STARTS: &[&str] = &[
    "ask", "disable", "enable", "no", "prompt", "show", "skip", "use", "with", "without",
];

/// What usage texts write in the place of a value.
const PLACEHOLDERS: &[&str] = &[
    "int",
    "key",
    "str",
    "string",
    "stringarray",
    "strings",
    "text",
    "value",
];

/// Words that follow a flag in prose, besides those with which a statement begins.
const PROSE: &[&str] = &[
    "accepts",
    "argument",
    "arguments",
    "as",
    "but",
    "environment",
    "expects",
    "file",
    "flag",
    "flags",
    "given",
    "instead",
    "option",
    "options",
    "parameter",
    "provided",
    "set",
    "specified",
    "switch",
    "takes",
    "then",
    "use",
    "used",
    "using",
    "via",
    "were",
    "without",
];

/// Adds the secrets among the arguments in `text` to `spans`.
pub(super) fn find(text: &str, keys: &KeySet, spans: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    let mut done = 0;
    for at in memchr::memchr_iter(b'-', bytes) {
        if at < done || !begins_argument(bytes, at) {
            continue;
        }
        let end = flag_end(bytes, at);
        done = end;
        if let Some(secret) = find_after(text, at..end, keys) {
            done = secret.end;
            spans.push(secret);
        }
    }
}

/// Whether the dash at `at` is the first of an argument.
fn begins_argument(text: &[u8], at: usize) -> bool {
    let opens = at == 0 || {
        let before = text[at - 1];
        before.is_ascii_whitespace() || is_quote(before) || matches!(before, b'[' | b'(' | b',')
    };
    opens
        && match &text[at + 1..] {
            [b'-', letter, ..] | [letter, ..] => letter.is_ascii_alphabetic(),
            [] => false,
        }
}

fn flag_end(text: &[u8], at: usize) -> usize {
    at + text[at..]
        .iter()
        .take(LONGEST_FLAG)
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
        .count()
}

fn find_after(text: &str, flag: Range<usize>, keys: &KeySet) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let name = &text[flag.clone()];
    let runs = |command: &[u8]| line_names(bytes, flag.start, command);
    let word = flag.start..argument_end(bytes, flag.start);
    if let Some(secret) = attached_secret(&text[word.clone()], runs) {
        return Some(word.start + secret.start..word.start + secret.end);
    }
    if !may_take_secret(name, keys) {
        return None;
    }
    let value = next_argument(bytes, &flag)?;
    let secret = secret_after(name, &text[value.clone()], keys, runs)?;
    Some(value.start + secret.start..value.start + secret.end)
}

/// The argument after `flag`: parted by blanks, or by a comma in a printed list.
fn next_argument(text: &[u8], flag: &Range<usize>) -> Option<Range<usize>> {
    let mut at = flag.end;
    let quote = flag
        .start
        .checked_sub(1)
        .map(|i| text[i])
        .filter(|b| is_quote(*b));
    if let Some(quote) = quote {
        at += text[at..].iter().take_while(|b| **b == b'\\').count();
        if text.get(at) != Some(&quote) {
            return None;
        }
        at += 1;
    }
    let list = text.get(at) == Some(&b',');
    if list {
        at += 1;
    }
    let blanks = text[at..]
        .iter()
        .take(16)
        .take_while(|b| matches!(b, b' ' | b'\t') || (list && b.is_ascii_whitespace()))
        .count();
    if blanks == 0 && !list {
        return None;
    }
    let start = at + blanks;
    if let Some(content) = quoted(text, start) {
        return Some(content);
    }
    // Without quotes, a comma parts arguments in a printed list alone.
    if quote.is_some() || list && opening(text, flag.start).is_none_or(|open| text[open] != b'[') {
        return None;
    }
    Some(start..argument_end(text, start))
}

/// The end of an argument without quotes.
fn argument_end(text: &[u8], start: usize) -> usize {
    let end = token_end(text, start);
    // White space ends an argument even within brackets.
    (start..end)
        .find(|i| text[*i].is_ascii_whitespace() || is_quote(text[*i]))
        .unwrap_or(end)
}

fn may_take_secret(flag: &str, keys: &KeySet) -> bool {
    SHORT.iter().any(|(short, ..)| *short == flag) || takes_secret(flag, keys)
}

/// Whether the name of `flag` is a sensitive key, and it takes the secret itself.
pub(super) fn takes_secret(flag: &str, keys: &KeySet) -> bool {
    let name = flag.trim_start_matches('-');
    if name.len() < 2 || !keys.is_sensitive(name) {
        return false;
    }
    let mut words = name.split(['-', '_', '.']);
    let last = name.rsplit(['-', '_', '.']).next().unwrap_or(name);
    !words::is_in(last.as_bytes(), HARMLESS_ENDS)
        && !words
            .next()
            .is_some_and(|first| first != name && words::is_in(first.as_bytes(), HARMLESS_STARTS))
}

/// The secret in `value`, the argument after `flag`.
pub(super) fn secret_after(
    flag: &str,
    value: &str,
    keys: &KeySet,
    runs: impl Fn(&[u8]) -> bool,
) -> Option<Range<usize>> {
    if value.is_empty() || value == FILTERED || is_flag(value.as_bytes()) {
        return None;
    }
    if takes_secret(flag, keys) {
        return is_secret(flag, value).then_some(0..value.len());
    }
    let (_, argument, _) = SHORT.iter().find(|(short, argument, commands)| {
        *short == flag
            && *argument != Argument::Attached
            && commands.iter().any(|c| runs(c.as_bytes()))
    })?;
    let after = |sign: u8| {
        let at = memchr::memchr(sign, value.as_bytes())? + 1;
        let secret = value
            .get(at..)
            .filter(|rest| !rest.is_empty() && *rest != FILTERED)?;
        (!secret.starts_with("//")).then_some(at..value.len())
    };
    match argument {
        Argument::Next => is_secret(flag, value).then_some(0..value.len()),
        Argument::Attached => None,
        Argument::AfterColon => after(b':'),
        Argument::AfterPercent => after(b'%'),
        Argument::Cookies => value.contains('=').then_some(0..value.len()),
    }
}

/// The secret in an argument that is a short flag and its value in one: `-phunter2`.
pub(super) fn attached_secret(word: &str, runs: impl Fn(&[u8]) -> bool) -> Option<Range<usize>> {
    const FLAG: usize = 2;
    let value = word.strip_prefix("-p").filter(|rest| !rest.is_empty())?;
    let (.., commands) = SHORT
        .iter()
        .find(|(_, argument, _)| *argument == Argument::Attached)?;
    if value == FILTERED || value.starts_with('=') || !commands.iter().any(|c| runs(c.as_bytes())) {
        return None;
    }
    Some(FLAG..word.len())
}

/// Whether `value` is what a flag takes, and no prose, placeholder or reference to a variable.
fn is_secret(flag: &str, value: &str) -> bool {
    let bytes = value.as_bytes();
    if !bytes
        .iter()
        .any(|b| b.is_ascii_alphanumeric() || *b >= 0x80)
        || prose::is_null(bytes)
    {
        return false;
    }
    if matches!(
        bytes,
        [b'<' | b'[' | b'{', ..] | [b'$', b'{' | b'(' | b'A'..=b'Z', ..]
    ) || matches!(bytes, [b'%', inner @ .., b'%'] if inner.iter().all(|b| b.is_ascii_uppercase() || *b == b'_'))
    {
        return false;
    }
    let single = !bytes.contains(&b' ');
    if single && (words::starts_statement(bytes) || words::is_in(bytes, PROSE)) {
        return false;
    }
    let name = flag.trim_start_matches('-');
    !words::is_in(bytes, PLACEHOLDERS) && !is_placeholder(name.as_bytes(), bytes)
}

/// `PASSWORD` after `--password`, `API_KEY` after `--api-key`.
fn is_placeholder(name: &[u8], value: &[u8]) -> bool {
    let upper = value.iter().all(|b| b.is_ascii_uppercase() || *b == b'_');
    let letters = |text: &[u8]| -> Vec<u8> {
        text.iter()
            .filter(|b| b.is_ascii_alphabetic())
            .map(u8::to_ascii_lowercase)
            .collect()
    };
    upper && letters(name).ends_with(&letters(value))
}

/// Whether `command` stands as a word on the line before `at`.
fn line_names(text: &[u8], at: usize, command: &[u8]) -> bool {
    let from = at.saturating_sub(COMMAND_REACH);
    let from = memchr::memrchr(b'\n', &text[from..at]).map_or(from, |i| from + i + 1);
    memchr::memmem::find_iter(&text[from..at], command).any(|i| {
        let (start, end) = (from + i, from + i + command.len());
        let before = start.checked_sub(1).map(|i| text[i]);
        let after = text.get(end);
        before.is_none_or(|b| !b.is_ascii_alphanumeric() && !matches!(b, b'-' | b'_' | b'.'))
            && after.is_some_and(|b| b.is_ascii_whitespace() || is_quote(*b) || *b == b',')
            || text[end..at].starts_with(b".exe")
    })
}
