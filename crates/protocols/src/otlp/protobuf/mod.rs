//! OTLP in protobuf: `opentelemetry/proto/{logs,trace,metrics}/v1/*.proto`, whose requests are alike down to their
//! items.
//!
//! The messages are read from their fields, one item at a time, and what becomes no report is passed over. Structs
//! for all of a request would let bytes grow into memory: an empty span is two bytes and a struct of 200.

mod event;
mod value;
mod wire;

use super::Undecodable;
use super::attributes::Attributes;
use super::collector::{Collector, Shared};
use super::scope::{Resource, Scope};
use super::signal::Signal;
use value::{Values, text};
use wire::Fields;

use wire::Malformed;

impl From<Malformed> for Undecodable {
    fn from(malformed: Malformed) -> Self {
        Self::Unreadable(malformed.to_string())
    }
}

/// Reads a request: `ExportLogsServiceRequest` and its like.
pub(super) fn read(
    body: &[u8],
    signal: Signal,
    collector: &mut Collector<'_>,
) -> Result<(), Undecodable> {
    for field in Fields::of(body) {
        if let (1, field) = field? {
            read_resource_group(field.bytes()?, signal, collector)?;
        }
    }
    Ok(())
}

/// `ResourceLogs`, `ResourceSpans`, `ResourceMetrics`.
fn read_resource_group(
    message: &[u8],
    signal: Signal,
    collector: &mut Collector<'_>,
) -> Result<(), Undecodable> {
    let mut resource = Resource::default();
    // Fields may come in any order.
    for field in Fields::of(message) {
        if let (1, field) = field? {
            resource = read_resource(field.bytes()?)?;
        }
    }
    for field in Fields::of(message) {
        if let (2, field) = field? {
            read_scope_group(field.bytes()?, signal, &resource, collector)?;
        }
    }
    Ok(())
}

/// `ScopeLogs`, `ScopeSpans`, `ScopeMetrics`.
fn read_scope_group(
    message: &[u8],
    signal: Signal,
    resource: &Resource,
    collector: &mut Collector<'_>,
) -> Result<(), Undecodable> {
    let mut scope = Scope::default();
    for field in Fields::of(message) {
        if let (1, field) = field? {
            scope = read_scope(field.bytes()?)?;
        }
    }
    let shared = Shared {
        resource,
        scope: &scope,
    };
    for field in Fields::of(message) {
        if let (2, field) = field? {
            read_item(field.bytes()?, signal, shared, collector)?;
        }
    }
    Ok(())
}

fn read_item(
    message: &[u8],
    signal: Signal,
    shared: Shared<'_>,
    collector: &mut Collector<'_>,
) -> Result<(), Undecodable> {
    if message.len() > collector.max_item() {
        collector.drop_too_large();
        return Ok(());
    }
    let events = match signal {
        Signal::Logs => event::of_log_record(message, collector.min_severity())?
            .into_iter()
            .collect(),
        Signal::Traces => event::of_span(message)?,
        Signal::Metrics => check(message).map(|()| Vec::new())?,
    };
    if events.is_empty() {
        collector.drop_item();
    }
    for event in events {
        let event = collector.admit(event)?;
        collector.add(event, shared)?;
    }
    Ok(())
}

/// Looks at the fields of a message of which nothing is kept.
fn check(message: &[u8]) -> Result<(), Malformed> {
    Fields::of(message).try_for_each(|field| field.map(|_| ()))
}

fn read_resource(message: &[u8]) -> Result<Resource, Malformed> {
    let mut attributes = Attributes::default();
    let mut values = Values::new();
    for field in Fields::of(message) {
        if let (1, field) = field? {
            values.attribute(field, &mut attributes)?;
        }
    }
    Ok(Resource::new(attributes))
}

fn read_scope(message: &[u8]) -> Result<Scope, Malformed> {
    let (mut name, mut version) = (String::new(), String::new());
    let mut attributes = Attributes::default();
    let mut values = Values::new();
    for field in Fields::of(message) {
        match field? {
            (1, field) => name = text(field.bytes()?),
            (2, field) => version = text(field.bytes()?),
            (3, field) => values.attribute(field, &mut attributes)?,
            _ => {}
        }
    }
    Ok(Scope::new(name, version, attributes))
}
