//! A log record or an exception event of a span: what may become a report.

use super::attributes::Attributes;
use super::item::{MAX_CONTEXT, MAX_MESSAGE};
use super::report::body_text;
use super::severity::Severity;
use crate::size::cut;
use serde_json::Value;
use std::borrow::Cow;
use std::rc::Rc;

/// The name of a span event that is an exception.
pub(super) const EXCEPTION: &str = "exception";
/// What the attributes of an exception begin with.
pub(super) const EXCEPTION_PREFIX: &str = "exception.";
pub(super) const EXCEPTION_TYPE: &str = "exception.type";
pub(super) const EXCEPTION_MESSAGE: &str = "exception.message";
pub(super) const EXCEPTION_STACK_TRACE: &str = "exception.stacktrace";

/// A log record, or an exception event of a span.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Event {
    /// When it happened, in nanoseconds since 1970; 0 where unknown.
    pub(super) time: u64,
    /// When it was first seen, in nanoseconds since 1970; 0 where unknown.
    pub(super) observed: u64,
    pub(super) severity: Option<Severity>,
    pub(super) body: Value,
    /// The event name of a log record.
    pub(super) name: String,
    /// Lower-case hexadecimal digits.
    pub(super) trace_id: Option<String>,
    pub(super) span_id: Option<String>,
    pub(super) attributes: Attributes,
    /// Whether it is less than what was sent.
    pub(super) trimmed: bool,
    /// The span that an exception event lies in.
    pub(super) span: Option<Rc<Span>>,
}

/// What the exception events of a span share.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Span {
    pub(super) name: String,
    /// In lower case; unspecified is none.
    pub(super) kind: Option<&'static str>,
    /// In lower case; unset is none.
    pub(super) status: Option<&'static str>,
    pub(super) status_message: String,
    pub(super) attributes: Attributes,
}

impl Event {
    /// Whether it has any attribute of an exception.
    pub(super) fn is_exception(&self) -> bool {
        self.span.is_some() || self.attributes.has_prefix(EXCEPTION_PREFIX)
    }

    /// The severity, which an event without one has from being an exception or not.
    pub(super) fn settled_severity(&self) -> Severity {
        let default = if self.is_exception() {
            Severity::ERROR
        } else {
            Severity::INFO
        };
        self.severity.unwrap_or(default)
    }

    /// Whether it becomes a report: exceptions do, and whatever is as severe.
    pub(super) fn matters(&self, min_severity: Severity) -> bool {
        self.settled_severity() >= min_severity || self.is_exception()
    }

    /// The text of the first of some attributes, its span's under its own.
    pub(super) fn text(&self, keys: &[&str]) -> Option<Cow<'_, str>> {
        let beneath = self.span.as_ref().map(|span| &span.attributes);
        keys.iter().find_map(|key| {
            let own = self.attributes.text(key);
            own.or_else(|| beneath?.text(key))
        })
    }

    /// Brings what is too large to the size that is stored.
    pub(super) fn trim(&mut self) {
        if self.weight() <= MAX_CONTEXT {
            return;
        }
        self.body =
            body_text(&self.body).map_or(Value::Null, |text| Value::String(cut(text, MAX_MESSAGE)));
        self.trimmed |= self.attributes.trim();
    }

    /// About how many bytes of memory it takes of its own.
    pub(super) fn weight(&self) -> usize {
        size_of::<Self>() + super::value::weight(&self.body) + self.attributes.weight()
    }
}

/// The name of a `SpanKind`.
pub(super) fn span_kind(number: i64) -> Option<&'static str> {
    Some(match number {
        1 => "internal",
        2 => "server",
        3 => "client",
        4 => "producer",
        5 => "consumer",
        _ => return None,
    })
}

/// The name of a `StatusCode`.
pub(super) fn status_code(number: i64) -> Option<&'static str> {
    Some(match number {
        1 => "ok",
        2 => "error",
        _ => return None,
    })
}
