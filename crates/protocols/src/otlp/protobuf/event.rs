//! Events of `LogRecord` and `Span`.

use super::value::{Values, key_of, text};
use super::wire::{Field, Fields, Malformed};
use crate::otlp::event::{EXCEPTION, EXCEPTION_PREFIX, Event, Span, span_kind, status_code};
use crate::otlp::id;
use crate::otlp::severity::Severity;
use std::rc::Rc;

/// Reads a `LogRecord`; none where it is neither an exception nor as severe.
pub(super) fn of_log_record(
    message: &[u8],
    min_severity: Severity,
) -> Result<Option<Event>, Malformed> {
    if !may_matter(message, min_severity)? {
        return Ok(None);
    }
    let mut event = Event::default();
    let mut values = Values::new();
    for field in Fields::of(message) {
        match field? {
            (1, field) => event.time = field.fixed64()?,
            (11, field) => event.observed = field.fixed64()?,
            (5, field) => event.body = values.any_value(field.bytes()?)?,
            (6, field) => values.attribute(field, &mut event.attributes)?,
            (9, field) => event.trace_id = id::of_bytes(field.bytes()?),
            (10, field) => event.span_id = id::of_bytes(field.bytes()?),
            (12, field) => event.name = text(field.bytes()?),
            _ => {}
        }
    }
    event.severity = severity(message)?;
    event.trimmed = values.is_exceeded();
    Ok(Some(event).filter(|event| event.matters(min_severity)))
}

/// Looks whether a `LogRecord` may become a report, without reading it.
fn may_matter(message: &[u8], min_severity: Severity) -> Result<bool, Malformed> {
    if severity(message)?.unwrap_or(Severity::INFO) >= min_severity {
        return Ok(true);
    }
    for field in Fields::of(message) {
        if let (6, field) = field?
            && key_of(field.bytes()?)?.starts_with(EXCEPTION_PREFIX.as_bytes())
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The severity by number, else by text.
fn severity(message: &[u8]) -> Result<Option<Severity>, Malformed> {
    let (mut number, mut word) = (0, &[][..]);
    for field in Fields::of(message) {
        match field? {
            (2, field) => number = field.varint()?.cast_signed(),
            (3, field) => word = field.bytes()?,
            _ => {}
        }
    }
    Ok(Severity::from_number(number).or_else(|| Severity::from_word(&text(word))))
}

/// Reads the exception events of a `Span`.
pub(super) fn of_span(message: &[u8]) -> Result<Vec<Event>, Malformed> {
    let mut exceptions = Vec::new();
    for field in Fields::of(message) {
        if let (11, field) = field?
            && let event = field.bytes()?
            && is_exception(event)?
        {
            exceptions.push(event);
        }
    }
    if exceptions.is_empty() {
        return Ok(Vec::new());
    }
    let mut span = Span::default();
    let (mut trace_id, mut span_id) = (None, None);
    let mut values = Values::new();
    for field in Fields::of(message) {
        match field? {
            (1, field) => trace_id = id::of_bytes(field.bytes()?),
            (2, field) => span_id = id::of_bytes(field.bytes()?),
            (5, field) => span.name = text(field.bytes()?),
            (6, field) => span.kind = span_kind(field.varint()?.cast_signed()),
            (9, field) => values.attribute(field, &mut span.attributes)?,
            (15, field) => read_status(field, &mut span)?,
            _ => {}
        }
    }
    let span = Rc::new(span);
    exceptions
        .into_iter()
        .map(|message| {
            let mut event = Event {
                trace_id: trace_id.clone(),
                span_id: span_id.clone(),
                severity: Some(Severity::ERROR),
                span: Some(Rc::clone(&span)),
                ..Event::default()
            };
            for field in Fields::of(message) {
                match field? {
                    (1, field) => event.time = field.fixed64()?,
                    (3, field) => values.attribute(field, &mut event.attributes)?,
                    _ => {}
                }
            }
            event.trimmed = values.is_exceeded();
            Ok(event)
        })
        .collect()
}

/// Whether a `Span.Event` is an exception.
fn is_exception(event: &[u8]) -> Result<bool, Malformed> {
    let mut name: &[u8] = &[];
    for field in Fields::of(event) {
        if let (2, field) = field? {
            name = field.bytes()?;
        }
    }
    Ok(name == EXCEPTION.as_bytes())
}

/// Reads a `Status`.
fn read_status(status: Field<'_>, span: &mut Span) -> Result<(), Malformed> {
    for field in Fields::of(status.bytes()?) {
        match field? {
            (2, field) => span.status_message = text(field.bytes()?),
            (3, field) => span.status = status_code(field.varint()?.cast_signed()),
            _ => {}
        }
    }
    Ok(())
}
