//! What an exception says, without what its run time writes by the language of the user, by the number of members, or by
//! the data.

use super::message::PARAM;
use super::sqlstate;
use super::stack::{self, DOTNET, ELIXIR, Exception, GO, NATIVE, POSTGRESQL, PYTHON, Trace};
use std::borrow::Cow;

/// The message without what its run time adds to some reports of the same error.
pub(super) fn text<'a>(own: &'a str, trace: Option<&Trace<'a>>) -> &'a str {
    let reported = trace.and_then(|trace| trace.exceptions.first());
    if reported.is_some_and(|exception| stack::is_group(&exception.type_name)) {
        return without_members(own);
    }
    match trace {
        Some(trace) if trace.format.is(&POSTGRESQL) => sqlstate::split(own).1,
        Some(trace) if trace.format.is(&GO) => without_panic(own),
        Some(trace) if trace.format.is(&ELIXIR) && own.trim_ascii().ends_with(" terminating") => {
            // What OTP's logger says of any process: the exception says why.
            reported.map_or(own, |exception| exception.value)
        }
        _ => own,
    }
}

/// What a group of exceptions says, without what follows in parentheses: how many it holds (Python), or what each of
/// them says (.NET).
pub(super) fn without_members(message: &str) -> &str {
    let message = message.trim_ascii();
    match message.find(" (") {
        Some(at) if message.ends_with(')') => &message[..at],
        _ => message,
    }
}

/// A message without what Go prints around that of a panic: a word before it, and behind it that it was recovered and
/// raised again.
fn without_panic(message: &str) -> &str {
    let message = message.trim_ascii();
    let message = message.strip_prefix("panic: ").unwrap_or(message);
    [" [recovered]", " [recovered, repanicked]"]
        .iter()
        .find_map(|end| message.strip_suffix(end))
        .unwrap_or(message)
}

/// Exceptions with one text in the user's language: .NET's guideline "Using standard exception types" reserves all of them
/// but the group to the execution engine.
const RESERVED: &[&str] = &[
    "System.AccessViolationException",
    "System.AggregateException",
    "System.ExecutionEngineException",
    "System.IndexOutOfRangeException",
    "System.NullReferenceException",
    "System.StackOverflowException",
];

/// What an exception of the type `name` says, of its `raw` and `normalized` text: nothing where its type says it all, and a
/// parameter for what was looked up in a mapping.
pub(super) fn normalized(
    trace: &Trace<'_>,
    exception: &Exception<'_>,
    name: &str,
    raw: &str,
    normalized: String,
) -> String {
    if trace.format.is(&DOTNET) && RESERVED.contains(&name) {
        return String::new();
    }
    if trace.format.is(&NATIVE) && stack::native_kind(raw) == Some(name) {
        return String::new();
    }
    if trace.format.is(&PYTHON) && name == "KeyError" && is_value(exception, &normalized) {
        return PARAM.to_owned();
    }
    normalized
}

/// Whether the key that `KeyError` shows is a value: no source line of the trace holds it as a literal.
fn is_value(exception: &Exception<'_>, shown: &str) -> bool {
    let key = shown
        .strip_prefix('\'')
        .and_then(|rest| rest.strip_suffix('\''));
    let mut lines = exception
        .calls
        .iter()
        .map(|call| call.source)
        .filter(|line| !line.is_empty())
        .peekable();
    let known = lines.peek().is_some();
    key.is_some_and(|key| {
        let literals = [
            Cow::from(format!("'{key}'")),
            Cow::from(format!("\"{key}\"")),
        ];
        known
            && !lines.any(|line| {
                literals
                    .iter()
                    .any(|literal| line.contains(literal.as_ref()))
            })
    })
}
