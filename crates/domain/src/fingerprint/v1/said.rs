//! What a report says: its message, without the type of the exception that its trace names.

use super::stack::{self, Exception, NATIVE, POSTGRESQL, Trace};
use super::{message, settle, sqlstate};
use crate::fingerprint::FingerprintInput;

/// The message of a report.
pub(super) struct Said {
    /// The message, normalized.
    pub(super) whole: String,
    /// The same without the type of the exception: some recorders send `Type: message`, others `message`.
    pub(super) alone: String,
    /// The type that the message names.
    pub(super) type_name: Option<String>,
}

impl Said {
    /// The message of a report whose own words, before any trace in it, are `own`.
    pub(super) fn of(input: &FingerprintInput<'_>, own: &str, trace: Option<&Trace<'_>>) -> Self {
        let reported = trace.and_then(|trace| trace.exceptions.first());
        let named = reported.map_or("", |exception| exception.type_name.as_ref());
        let value = reported.map_or("", |exception| exception.value);
        let structured = input.exceptions.is_some() && !value.is_empty();
        // Of a message that is nothing but the trace, what it says stands in the trace.
        let bare = message::strip_prefix(own);
        let silent = bare.is_empty() || stack::is_announcement(bare);
        if structured || silent && !named.is_empty() {
            let alone = normalized(named, settle::text(value, trace), trace.is_some());
            return Self {
                whole: joined(named, &alone),
                alone: settled(named, value, alone, trace),
                type_name: None,
            };
        }
        let template = input.message_template.map(filled);
        let written = template.as_deref().unwrap_or(own);
        let own = settle::text(written, trace);
        if let Some(head) = stack::head(message::strip_prefix(own)) {
            return Self::announced(head, named, trace);
        }
        let header = stack::split_header(own);
        let kind = trace
            .filter(|trace| trace.format.is(&NATIVE) && named.is_empty())
            .and_then(|_| stack::native_kind(own));
        let (type_name, bare) = match header {
            _ if kind.is_some() => (kind, own),
            Some((name, bare)) if named.is_empty() => (Some(name), bare),
            Some((name, bare)) if is_same_type(name, named) => (None, bare),
            _ => (None, without_type(own, named)),
        };
        let alone = normalized(type_name.unwrap_or(named), bare, trace.is_some());
        let by_code = trace
            .filter(|trace| trace.format.is(&POSTGRESQL))
            .and_then(|_| sqlstate::alike(written, &alone));
        Self {
            whole: format!("{}{alone}", before(own, bare)),
            alone: by_code
                .unwrap_or_else(|| settled(type_name.unwrap_or(named), written, alone, trace)),
            type_name: type_name.map(str::to_owned),
        }
    }

    /// What a run time announced, in the words of the error itself.
    fn announced(head: stack::Head<'_>, named: &str, trace: Option<&Trace<'_>>) -> Self {
        let name = if named.is_empty() {
            head.type_name
        } else {
            named
        };
        let alone = normalized(name, head.value, trace.is_some());
        Self {
            whole: joined(name, &alone),
            alone: settled(name, head.value, alone, trace),
            type_name: (named.is_empty() && !name.is_empty()).then(|| name.to_owned()),
        }
    }
}

/// What the reported exception says, of the normalized message.
fn settled(type_name: &str, raw: &str, alone: String, trace: Option<&Trace<'_>>) -> String {
    let reported = trace.and_then(|trace| Some((trace, trace.exceptions.first()?)));
    match reported {
        Some((trace, exception)) => settle::normalized(trace, exception, type_name, raw, alone),
        None => alone,
    }
}

/// What stands before `bare`, which `own` ends with, without a logger's prefix.
fn before<'a>(own: &'a str, bare: &str) -> &'a str {
    let said = message::strip_prefix(own);
    said.strip_suffix(bare.trim_ascii_end()).unwrap_or_default()
}

fn joined(type_name: &str, text: &str) -> String {
    match (type_name, text) {
        ("", text) => text.to_owned(),
        (name, "") => name.to_owned(),
        (name, text) => format!("{name}: {text}"),
    }
}

/// The text, normalized. What is quoted first is a name or a value by the type before it (`KeyError: 'price'`), and a
/// number may be a code by it (`StatusCodeError: 502`).
pub(super) fn normalized(type_name: &str, text: &str, placed: bool) -> String {
    let by_type = |c: char| matches!(c, '\'' | '"' | '`') || c.is_ascii_digit();
    let normalize = if placed {
        message::normalize_placed
    } else {
        message::normalize
    };
    let text = message::strip_prefix(text);
    if type_name.is_empty() || !text.starts_with(by_type) {
        return normalize(text);
    }
    let whole = normalize(&format!("{type_name}: {text}"));
    whole
        .strip_prefix(type_name)
        .and_then(|rest| rest.strip_prefix(": "))
        .map_or_else(|| normalize(text), str::to_owned)
}

/// Whether the message says no more than the exception.
pub(super) fn repeats(message: &str, exception: &Exception<'_>) -> bool {
    let bare = message::strip_prefix(message);
    stack::is_announcement(bare)
        || !exception.value.is_empty() && bare == exception.value.trim_ascii()
        || stack::split_header(bare)
            .is_some_and(|(name, _)| is_same_type(name, &exception.type_name))
}

/// Whether both name one type: one of them may be without its module.
fn is_same_type(a: &str, b: &str) -> bool {
    let last = |name: &str| -> usize { name.rfind(['.', ':', '\\']).map_or(0, |at| at + 1) };
    a == b || a == &b[last(b)..] || &a[last(a)..] == b
}

/// The message without the type in parentheses: before it as Elixir prints it (`** (KeyError) no key`), or behind it as
/// Ruby does (`no key (KeyError)`).
fn without_type<'a>(message: &'a str, type_name: &str) -> &'a str {
    let trimmed = message.trim_ascii();
    let inner = |text: &'a str| {
        text.strip_prefix('(')?
            .strip_prefix(type_name)?
            .strip_prefix(") ")
    };
    let before = trimmed
        .strip_prefix("** ")
        .map_or_else(|| inner(trimmed), inner);
    let behind = || {
        let front = trimmed.strip_suffix(')')?.strip_suffix(type_name)?;
        front.strip_suffix(" (")
    };
    if type_name.is_empty() {
        return message;
    }
    before.or_else(behind).unwrap_or(message)
}

/// The template with a number in each placeholder (`%s`, `%(name)d`, `{}`, `{name}`), which makes it what a message with
/// values is.
fn filled(template: &str) -> String {
    let mut kept = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(at) = rest.find(['%', '{']) {
        kept.push_str(&rest[..at]);
        let placeholder = &rest[at..];
        let length = placeholder_length(placeholder);
        kept.push_str(if length > 0 { "1" } else { &placeholder[..1] });
        rest = &placeholder[length.max(1)..];
    }
    kept.push_str(rest);
    kept
}

/// Length of the placeholder at the start; 0 when there is none.
fn placeholder_length(text: &str) -> usize {
    /// Longest name and format in a placeholder, in bytes.
    const LONGEST: usize = 64;
    let bytes = text.as_bytes();
    let end = |close: u8| bytes.iter().take(LONGEST).position(|b| *b == close);
    if bytes[0] == b'{' {
        let inner = |end: usize| {
            bytes[1..end]
                .iter()
                .all(|b| b.is_ascii_alphanumeric() || b"_.:!<>^+-#%$".contains(b))
        };
        return end(b'}').filter(|end| inner(*end)).map_or(0, |end| end + 1);
    }
    let named = match bytes.get(1) {
        Some(b'(') => end(b')').map_or(0, |end| end + 1),
        _ => 1,
    };
    let flags = bytes[named..]
        .iter()
        .take(LONGEST)
        .take_while(|b| b.is_ascii_digit() || b"-+#.*lhz".contains(b))
        .count();
    match bytes.get(named + flags) {
        Some(b) if named > 0 && b"sdifrgexXuoOjcpvq@".contains(b) => named + flags + 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled() {
        for template in [
            "user %s of %(team)s",
            "user {} of {team}",
            "user %5d of {0:>4}",
        ] {
            assert_eq!(filled(template), "user 1 of 1", "{template}");
        }
        for text in ["100% of it", "{\"id\": 7}", "50 %", "{", "%", "%("] {
            assert_eq!(filled(text), text);
        }
    }

    #[test]
    fn types_are_taken_off_the_message() {
        assert_eq!(without_type("** (KeyError) no key", "KeyError"), "no key");
        assert_eq!(without_type("(KeyError) no key", "KeyError"), "no key");
        assert_eq!(without_type("no key (KeyError)", "KeyError"), "no key");
        assert_eq!(
            without_type("no key (TypeError)", "KeyError"),
            "no key (TypeError)"
        );
        assert!(is_same_type(
            "UniqueViolation",
            "psycopg2.errors.UniqueViolation"
        ));
        assert!(!is_same_type(
            "Violation",
            "psycopg2.errors.UniqueViolation"
        ));
    }
}
