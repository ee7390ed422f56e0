//! Stack traces, read from text or taken from structure.

use super::{Call, Format, header, is_announcement, lines};
use std::borrow::Cow;

/// Calls kept of one exception. Deeper ones cannot count any more.
pub(super) const MOST_CALLS: usize = 256;
/// Exceptions kept of a chain.
const MOST_EXCEPTIONS: usize = 64;

/// A stack trace, read from text or taken from structure.
#[derive(Debug)]
pub(in super::super) struct Trace<'a> {
    /// What printed it.
    pub(in super::super) format: &'static Format,
    /// The exceptions, the reported one first, each cause after what it caused.
    pub(in super::super) exceptions: Vec<Exception<'a>>,
    /// Whether [`Call::in_app`] tells the application's code: it does once any call has it true, except where
    /// senders set it by guessing.
    pub(in super::super) flagged: bool,
}

/// One exception of a chain.
#[derive(Debug, Default)]
pub(in super::super) struct Exception<'a> {
    /// The type as printed; empty when the format names none.
    pub(in super::super) type_name: Cow<'a, str>,
    /// What it says, without its type.
    pub(in super::super) value: &'a str,
    /// The calls, innermost first.
    pub(in super::super) calls: Vec<Call<'a>>,
    /// It happened beside the error, not before it: suppressed, or while cleaning up.
    pub(in super::super) aside: bool,
    /// It is one of several that were raised together: their order says nothing.
    pub(in super::super) grouped: bool,
}

impl<'a> Exception<'a> {
    pub(super) fn named(type_name: impl Into<Cow<'a, str>>, value: &'a str) -> Self {
        Self {
            type_name: type_name.into(),
            value,
            ..Self::default()
        }
    }

    /// Adds a call, unless it repeats the last one or the trace is deep enough.
    pub(super) fn push(&mut self, call: Call<'a>) {
        let repeats = self.calls.last().is_some_and(|last| last.repeats(&call));
        if !repeats && self.calls.len() < MOST_CALLS {
            self.calls.push(call);
        }
    }

    /// Turns calls round that were printed outermost first.
    pub(super) fn turn(&mut self) {
        let calls = std::mem::take(&mut self.calls);
        calls.into_iter().rev().for_each(|call| self.push(call));
    }

    /// Takes `line` for the next line of what the exception says. Both are parts of `text`.
    pub(super) fn goes_on(&mut self, text: &'a str, line: &'a str) {
        let offset = |part: &str| part.as_ptr() as usize - text.as_ptr() as usize;
        self.value = if self.value.is_empty() {
            line
        } else {
            &text[offset(self.value)..offset(line) + line.len()]
        };
    }
}

impl<'a> Trace<'a> {
    pub(super) fn new(format: &'static Format, exceptions: Vec<Exception<'a>>) -> Self {
        Self {
            format,
            exceptions,
            flagged: false,
        }
    }

    /// Reads a text of which each line is a call, an exception, or more of what the exception says.
    pub(super) fn of_lines(
        format: &'static Format,
        text: &'a str,
        call: fn(&'a str) -> Option<Call<'a>>,
    ) -> Self {
        let mut trace = Self::new(format, Vec::new());
        for line in lines(text) {
            if let Some(call) = call(line) {
                trace.current().push(call);
                continue;
            }
            match header::split(line) {
                Some((name, value)) if trace.named(name, value) => {}
                _ => trace.goes_on(text, line),
            }
        }
        trace
    }

    /// The exception that calls are being added to.
    pub(super) fn current(&mut self) -> &mut Exception<'a> {
        if self.exceptions.is_empty() {
            self.exceptions.push(Exception::default());
        }
        let last = self.exceptions.len() - 1;
        &mut self.exceptions[last]
    }

    /// Begins an exception of this name, unless one stands already. A line before the real header can look like one
    /// (`Time: 12:00`): a name that says that it is an exception, or is qualified, replaces one that does neither.
    pub(super) fn named(&mut self, name: &'a str, value: &'a str) -> bool {
        let telling = |name: &str| header::is_telling(name);
        // `Exception:` alone on its line is the label of a report's field.
        let label = |last: &Exception<'_>| {
            !telling(&last.type_name) || last.value.is_empty() && last.type_name == "Exception"
        };
        match self.exceptions.last_mut() {
            None => self.exceptions.push(Exception::named(name, value)),
            Some(last) if last.calls.is_empty() && label(last) && telling(name) => {
                *last = Exception::named(name, value);
            }
            Some(_) => return false,
        }
        true
    }

    /// Leaves out what a format's traces hold besides the calls that led to the error.
    pub(super) fn settle(&mut self) {
        let settle = self.format.settle;
        self.exceptions.truncate(MOST_EXCEPTIONS);
        let mut grouped = false;
        for exception in &mut self.exceptions {
            settle(&mut exception.calls);
            exception.grouped |= grouped;
            grouped |= is_group(&exception.type_name);
        }
    }

    pub(super) fn has_calls(&self) -> bool {
        self.exceptions
            .iter()
            .any(|exception| !exception.calls.is_empty())
    }

    /// The first line after a header and before any call goes on with the header.
    pub(super) fn goes_on(&mut self, text: &'a str, line: &'a str) {
        if let Some(last) = self.exceptions.last_mut()
            && last.calls.is_empty()
            && !is_announcement(line)
        {
            last.goes_on(text, line);
        }
    }
}

/// Whether the type holds exceptions that were raised together, by the names of Python, .NET and JavaScript.
pub(in super::super) fn is_group(type_name: &str) -> bool {
    ["ExceptionGroup", "AggregateException", "AggregateError"]
        .iter()
        .any(|name| type_name.ends_with(name))
}
