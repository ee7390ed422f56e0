//! Removes formatting from messages: terminal colours, carriage returns, source snippets and hints.

use super::is_host;
use memchr::{memchr, memmem, memrchr};
use std::borrow::Cow;
use std::sync::LazyLock;

/// The text without ANSI escapes and carriage returns.
pub(in super::super) fn clean(text: &str) -> Cow<'_, str> {
    if memchr(b'\x1b', text.as_bytes()).is_none() && memchr(b'\r', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let mut kept = String::with_capacity(text.len());
    let (mut i, mut from) = (0, 0);
    while i < bytes.len() {
        let length = match bytes[i] {
            b'\r' => 1,
            b'\x1b' => escape_length(&bytes[i..]),
            _ => 0,
        };
        if length == 0 {
            i += 1;
            continue;
        }
        kept.push_str(&text[from..i]);
        i += length;
        while !text.is_char_boundary(i) {
            i += 1;
        }
        from = i;
    }
    kept.push_str(&text[from..]);
    Cow::Owned(kept)
}

/// The text without quotation marks around all of it: as a JSON string (RFC 8259), or as a shell's argument.
pub(in super::super) fn unquoted(text: &str) -> &str {
    let bare = text.trim_ascii();
    let inner = ['"', '\'', '`'].into_iter().find_map(|quote| {
        let inner = bare.strip_prefix(quote)?.strip_suffix(quote)?;
        (!inner.contains(quote)).then_some(inner)
    });
    inner
        .filter(|inner| inner.trim_ascii().contains(' '))
        .unwrap_or(text)
}

/// The file that a message ends with, as PHP (` in /srv/cart.php on line 12`, ` in /srv/cart.php:12`), Perl (` at cart.pl
/// line 12.`) and Swift (`: file cart.swift, line 12`) say where it happened.
pub(in super::super) fn source_file(text: &str) -> Option<&str> {
    /// Longest file, in bytes.
    const LONGEST: usize = 256;
    let text = text.trim_ascii_end();
    let text = text.strip_suffix('.').unwrap_or(text);
    let digits = text.bytes().rev().take_while(u8::is_ascii_digit).count();
    let front = &text[..text.len() - digits];
    let front = [" on line ", ", line ", " line ", ":"]
        .iter()
        .find_map(|mark| front.strip_suffix(mark))
        .filter(|_| digits > 0)?;
    let front = front.strip_suffix(['\'', '"']).unwrap_or(front);
    let mut window = front.len().saturating_sub(LONGEST);
    while !front.is_char_boundary(window) {
        window += 1;
    }
    let at = [" in file ", " in ", "\nin ", " at ", ": file "]
        .iter()
        .filter_map(|mark| Some(front[window..].rfind(mark)? + mark.len()))
        .max()?;
    let file = front[window + at..].trim_start_matches(['\'', '"']);
    let name = file.rsplit(['/', '\\']).next()?;
    let (stem, extension) = name.rsplit_once('.')?;
    let is_source = !stem.is_empty()
        && !stem.contains(' ')
        && (1..=5).contains(&extension.len())
        && extension.bytes().all(|b| b.is_ascii_lowercase());
    (is_source && !is_host(file)).then_some(file)
}

/// Length of the escape sequence at the start: CSI and OSC as ECMA-48 defines them. A parameter
/// longer than 64 bytes is no colour.
fn escape_length(bytes: &[u8]) -> usize {
    match bytes.get(1) {
        Some(b'[') => {
            let body = bytes[2..]
                .iter()
                .take(64)
                .take_while(|b| (0x20..0x40).contains(*b))
                .count();
            match bytes.get(2 + body) {
                Some(0x40..=0x7e) => 3 + body,
                _ => 2 + body,
            }
        }
        Some(b']') => bytes[2..]
            .iter()
            .take(256)
            .position(|b| *b == 0x07)
            .map_or(2, |bell| 3 + bell),
        Some(_) => 2,
        None => 1,
    }
}

/// The text without the place that Perl appends (` at lib/Shop.pm line 12, <STDIN> line 3.`).
pub(in super::super) fn strip_location(text: &str) -> &str {
    let end = text.trim_ascii_end();
    let body = end.strip_suffix('.').unwrap_or(end);
    let digits = body.bytes().rev().take_while(u8::is_ascii_digit).count();
    let front = &body[..body.len() - digits];
    if digits == 0 || !front.ends_with(" line ") {
        return text;
    }
    let front = &front[..front.len() - " line ".len()];
    let window = front.len().saturating_sub(512);
    let mut upto = front.len();
    while let Some(i) = front.as_bytes()[window..upto]
        .iter()
        .rposition(|b| *b == b' ')
    {
        let at = window + i;
        if front[at..].starts_with(" at ") && !front[at..].contains('\n') {
            return &text[..at];
        }
        upto = at;
    }
    text
}

/// What Go appends to a panic that was recovered and raised again (`printpanics` of its runtime).
const RECOVERED: &[&str] = &[" [recovered]", " [recovered, repanicked]"];

/// The text without the mark of a panic that was raised again.
pub(in super::super) fn strip_recovered(text: &str) -> &str {
    RECOVERED
        .iter()
        .find_map(|mark| text.trim_ascii_end().strip_suffix(mark))
        .unwrap_or(text)
}

/// The text without values that a runtime prints in a place of their own: the folders of Perl's `@INC` (perldiag), the
/// value of Scala's `MatchError`, the data of Clojure's `ExceptionInfo`, where Spring found a class, the constant that Java's `Enum.valueOf` did not find, the number that Java puts before a thread's name since version 19, and the referrer that
/// nginx appends when there is one.
pub(in super::super) fn strip_printed(text: &str) -> Cow<'_, str> {
    let found = |start: &str| memmem::find(text.as_bytes(), start.as_bytes());
    let cut = |from: usize, to: usize| Cow::Owned(format!("{}{}", &text[..from], &text[to..]));
    if memchr(b'@', text.as_bytes()).is_some()
        && let Some(at) = found(" (@INC ")
    {
        let end = memchr(b')', &text.as_bytes()[at..]).map_or(text.len(), |i| at + i + 1);
        return cut(at, end);
    }
    if text.ends_with(')') && found(" (of class ").is_some() {
        const TYPE: &str = "scala.MatchError: ";
        let end = found(TYPE).map_or(0, |at| at + TYPE.len());
        return Cow::Owned(format!("{}0", &text[..end]));
    }
    if text.ends_with('}')
        && let Some(at) = found("{:").filter(|at| *at > 0)
    {
        return Cow::Borrowed(text[..at].trim_ascii_end());
    }
    if text.starts_with("Error creating bean ")
        && let Some(at) = found(" defined in ")
        && let Some(end) = memmem::find(&text.as_bytes()[at..], b"]: ")
    {
        return cut(at, at + end + 1);
    }
    if let Some(at) = ENUM.find(text.as_bytes()) {
        // The class stays.
        let name = text[at..].trim_ascii_end();
        let class = name.rfind('.').map_or(text.len(), |dot| at + dot);
        return Cow::Owned(format!("{} 0", &text[..class]));
    }
    if memchr(b'[', text.as_bytes()).is_some()
        && let Some(at) = THREAD.find(text.as_bytes()).map(|at| at + "Thread[".len())
    {
        let digits = text.as_bytes()[at + 1..]
            .iter()
            .take_while(|b| b.is_ascii_digit())
            .count();
        if text.as_bytes().get(at + 1 + digits) == Some(&b',') {
            return cut(at, at + digits + 2);
        }
    }
    if text.ends_with('"')
        && let Some(at) = found(", referrer: \"")
        && found(", client: ").is_some_and(|client| client < at)
    {
        return Cow::Borrowed(&text[..at]);
    }
    Cow::Borrowed(text)
}

/// How Java 19 and later print a thread.
static THREAD: LazyLock<memmem::Finder<'static>> =
    LazyLock::new(|| memmem::Finder::new("Thread[#"));
/// What Java's `Enum.valueOf` says.
static ENUM: LazyLock<memmem::Finder<'static>> =
    LazyLock::new(|| memmem::Finder::new("No enum constant "));
/// How Ruby and Python start a guess.
static HINT: LazyLock<memmem::Finder<'static>> =
    LazyLock::new(|| memmem::Finder::new("Did you mean"));
/// How Perl does.
static PERL_HINT: LazyLock<memmem::Finder<'static>> =
    LazyLock::new(|| memmem::Finder::new(" (perhaps you forgot to load "));

/// The text without a runtime's guess at what was meant (`Did you mean?`), which depends on what else
/// was loaded.
pub(in super::super) fn strip_hint(text: &str) -> &str {
    // Both are questions; most messages are none.
    if memchr(b'?', text.as_bytes()).is_none() {
        return text;
    }
    let hint = HINT.find(text.as_bytes());
    match hint.or_else(|| PERL_HINT.find(text.as_bytes())) {
        Some(at) if at > 0 => text[..at].trim_ascii_end(),
        _ => text,
    }
}

/// The text without the folder of a script and the line in it, which Lua and shells write before what they say
/// (`lua: game/loot.lua:21: text`, `./deploy.sh: line 41: text`): the script, and the text.
pub(in super::super) fn strip_place(text: &str) -> Option<String> {
    /// Longest place, in bytes.
    const LONGEST: usize = 256;
    let text = text.strip_prefix("lua: ").unwrap_or(text);
    let window = text.len().min(LONGEST);
    let colon = memchr(b':', &text.as_bytes()[..window])?;
    // A drive.
    let colon = match colon {
        1 => memchr(b':', &text.as_bytes()[2..window])? + 2,
        colon => colon,
    };
    let (file, rest) = (&text[..colon], &text[colon + 1..]);
    let name = file.rsplit(['/', '\\']).next()?;
    let (lua, shell) = (name.ends_with(".lua"), rest.strip_prefix(" line "));
    let digits = if lua { rest } else { shell? };
    let end = digits.find(|c: char| !c.is_ascii_digit())?;
    let said = digits[end..].strip_prefix(": ").filter(|_| end > 0)?;
    let script = name.starts_with(|c: char| c.is_ascii_alphabetic()) && !file.contains(' ');
    script.then(|| format!("{}: {said}", name.split('.').next().unwrap_or(name)))
}

/// The text before a source snippet: a blank line, lines of code, and a line of `^` marks, with or without a margin of
/// line numbers (`> 12 | code`).
pub(in super::super) fn strip_snippet(text: &str) -> &str {
    let Some(mark) = memchr(b'^', text.as_bytes()) else {
        return text;
    };
    let line = memrchr(b'\n', &text.as_bytes()[..mark]).map_or(0, |i| i + 1);
    let is_mark = text[line..mark]
        .bytes()
        .all(|b| matches!(b, b' ' | b'\t' | b'~' | b'|'));
    if !is_mark || line == 0 {
        return text;
    }
    let mut before = &text[..line - 1];
    let last = |text: &str| memrchr(b'\n', text.as_bytes()).map_or(0, |at| at + 1);
    if is_numbered(&before[last(before)..]) {
        while is_numbered(&before[last(before)..]) {
            before = before[..last(before)].trim_end_matches('\n');
        }
        return before.trim_ascii_end();
    }
    let code = memrchr(b'\n', before.as_bytes()).unwrap_or(0);
    before[..code].trim_ascii_end()
}

/// Whether the line has a margin with its number, as `@babel/code-frame` and compilers print it.
fn is_numbered(line: &str) -> bool {
    let number = line.trim_start_matches(['>', ' ', '\t']);
    let rest = number.trim_start_matches(|c: char| c.is_ascii_digit());
    rest.len() < number.len() && rest.trim_ascii_start().starts_with('|')
}
