//! Events of log records and spans.

use super::item;
use super::members::Members;
use super::value::any_value;
use crate::otlp::event::{EXCEPTION, Event, Span, span_kind, status_code};
use crate::otlp::severity::Severity;
use crate::repair::Unreadable;
use serde_json::Value;
use std::rc::Rc;

/// Reads a log record; none where it is neither an exception nor as severe.
pub(super) fn of_log_record(
    text: &str,
    min_severity: Severity,
) -> Result<Option<Event>, Unreadable> {
    let (Some(mut record), trimmed) = item(text)? else {
        return Ok(None);
    };
    let number = record.enumerated("severityNumber", |name| {
        let severity: Severity = name.parse().ok()?;
        Some(severity.number().into())
    });
    let word = record.text("severityText");
    let severity = Severity::from_number(number).or_else(|| Severity::from_word(&word));
    let attributes = record.attributes();
    let mut event = Event {
        severity,
        attributes,
        trimmed,
        ..Event::default()
    };
    if !event.matters(min_severity) {
        return Ok(None);
    }
    event.time = record.nanoseconds("timeUnixNano");
    event.observed = record.nanoseconds("observedTimeUnixNano");
    event.body = any_value(record.take("body"));
    event.name = record.text("eventName");
    event.trace_id = record.id("traceId");
    event.span_id = record.id("spanId");
    Ok(Some(event))
}

/// Reads the exception events of a span.
pub(super) fn of_span(text: &str) -> Result<Vec<Event>, Unreadable> {
    // Most spans have none. An escaped letter may be one of the word's.
    if !text.contains(EXCEPTION) && !text.contains("\\u") {
        return Ok(Vec::new());
    }
    let (Some(mut span), trimmed) = item(text)? else {
        return Ok(Vec::new());
    };
    let Value::Array(events) = span.take("events") else {
        return Ok(Vec::new());
    };
    let mut exceptions = events
        .into_iter()
        .filter_map(Members::of)
        .filter_map(|mut event| (event.text("name") == EXCEPTION).then_some(event))
        .peekable();
    if exceptions.peek().is_none() {
        return Ok(Vec::new());
    }
    let (trace_id, span_id) = (span.id("traceId"), span.id("spanId"));
    let span = Rc::new(read_span(span));
    let events = exceptions.map(|mut event| Event {
        time: event.nanoseconds("timeUnixNano"),
        severity: Some(Severity::ERROR),
        trace_id: trace_id.clone(),
        span_id: span_id.clone(),
        attributes: event.attributes(),
        trimmed,
        span: Some(Rc::clone(&span)),
        ..Event::default()
    });
    Ok(events.collect())
}

fn read_span(mut span: Members) -> Span {
    let mut status = Members::of(span.take("status")).unwrap_or_default();
    Span {
        name: span.text("name"),
        kind: span_kind(span.enumerated("kind", |name| number_of(name, "SPAN_KIND_", span_kind))),
        status: status_code(
            status.enumerated("code", |name| number_of(name, "STATUS_CODE_", status_code)),
        ),
        status_message: status.text("message"),
        attributes: span.attributes(),
    }
}

/// The number of an enum's name, with or without its prefix, in any case.
fn number_of(name: &str, prefix: &str, known: fn(i64) -> Option<&'static str>) -> Option<i64> {
    let upper = name.to_ascii_uppercase();
    let name = upper.strip_prefix(prefix).unwrap_or(&upper);
    (1..=5).find(|number| known(*number).is_some_and(|known| known.eq_ignore_ascii_case(name)))
}
