//! From an event to a report.

use super::collector::Shared;
use super::context;
use super::event::{EXCEPTION_MESSAGE, EXCEPTION_STACK_TRACE, EXCEPTION_TYPE, Event};
use super::event_id::EventIds;
use super::item::MAX_MESSAGE;
use super::scope::Resource;
use super::url;
use super::value::scalar_text;
use crate::origin::Origin;
use crate::size::cut;
use faultbook_domain::ingest::Report;
use serde_json::{Map, Value};
use std::borrow::Cow;
use time::{Duration, OffsetDateTime};

/// The source of a resource without `service.name`, as the conventions of OpenTelemetry have it.
const UNKNOWN_SERVICE: &str = "unknown_service";

/// The message of an event that says nothing.
const UNLABELED: &str = "<unlabeled event>";

/// How far the clock of a client may be ahead.
const MAX_CLOCK_SKEW: Duration = Duration::minutes(1);

/// Makes the report of an event that takes about `weight` bytes of memory with what it shares.
pub(super) fn report_of(
    mut event: Event,
    weight: usize,
    shared: Shared<'_>,
    origin: &Origin<'_>,
    ids: &mut EventIds,
) -> Report {
    let resource = shared.resource;
    let service = resource.attributes.text("service.name");
    let source = service
        .as_deref()
        .or(origin.source)
        .unwrap_or(UNKNOWN_SERVICE);
    let timestamp = timestamp(&event, origin.received_at);
    let event_id = ids.id_of(&event, source, event_time(&event, timestamp));
    let (level, severity) = event.settled_severity().level();
    let (message, log_message) = messages(&mut event);
    let request = |keys: &[&str]| {
        let text = event
            .text(keys)
            .or_else(|| resource.attributes.first_text(keys));
        text.map(Cow::into_owned)
    };
    let mut report = Report::new(source, message)
        .with_level(level)
        .with_event_id(event_id)
        .with_timestamp(timestamp);
    report.severity = severity;
    report.environment = program_text(
        &event,
        resource,
        &["deployment.environment.name", "deployment.environment"],
    );
    report.release = program_text(&event, resource, &["service.version"]);
    report.url = url::of(&event);
    report.user_agent = request(&["user_agent.original", "http.user_agent"]);
    report.ip_address = request(&["client.address", "http.client_ip"]);
    report.user = request(&["user.id", "enduser.id"])
        .map(|id| Map::from_iter([("id".to_owned(), Value::String(id))]));
    report.stack_trace = event.attributes.take_string(EXCEPTION_STACK_TRACE);
    report.context = context::of(event, log_message, weight, shared);
    report
}

/// What a program says of itself, which a collector may have moved to its events.
fn program_text(event: &Event, resource: &Resource, keys: &[&str]) -> Option<String> {
    let text = resource
        .attributes
        .first_text(keys)
        .or_else(|| event.text(keys));
    text.map(Cow::into_owned)
}

/// When it happened, else when it was seen, else when it was received. A time ahead is none.
fn timestamp(event: &Event, received_at: OffsetDateTime) -> OffsetDateTime {
    [event.time, event.observed]
        .into_iter()
        .filter(|nanoseconds| *nanoseconds > 0)
        .filter_map(|nanoseconds| {
            OffsetDateTime::from_unix_timestamp_nanos(nanoseconds.into()).ok()
        })
        .find(|at| *at <= received_at + MAX_CLOCK_SKEW)
        .unwrap_or(received_at)
}

/// The time that tells an event from others: as sent where one was sent, so that it is the same when it is sent again.
fn event_time(event: &Event, timestamp: OffsetDateTime) -> i128 {
    [event.time, event.observed]
        .into_iter()
        .find(|nanoseconds| *nanoseconds > 0)
        .map_or_else(|| timestamp.unix_timestamp_nanos(), i128::from)
}

/// The message, and the text of the body where that is not the message.
fn messages(event: &mut Event) -> (String, Option<String>) {
    let body = body_text(&event.body).map(|text| cut(text, MAX_MESSAGE));
    let title = match (
        event.text(&[EXCEPTION_TYPE]),
        event.text(&[EXCEPTION_MESSAGE]),
    ) {
        (Some(kind), Some(message)) => Some(format!("{kind}: {message}")),
        (one, other) => one.or(other).map(Cow::into_owned),
    };
    if let Some(title) = title {
        // It is in the message.
        event.attributes.take_string(EXCEPTION_MESSAGE);
        return (cut(title, MAX_MESSAGE), body);
    }
    let name = event.span.as_ref().map_or(&event.name, |span| &span.name);
    let message = body.unwrap_or_else(|| match name.trim() {
        "" => UNLABELED.to_owned(),
        name => cut(name.to_owned(), MAX_MESSAGE),
    });
    (message, None)
}

/// The text of a body: of a map, what is named as one.
pub(super) fn body_text(body: &Value) -> Option<String> {
    if let Some(text) = scalar_text(body) {
        return Some(text.into_owned());
    }
    match body {
        Value::Object(members) if !members.is_empty() => {
            let named = ["message", "msg", "event", "error"]
                .iter()
                .find_map(|name| scalar_text(members.get(*name)?));
            Some(named.map_or_else(|| body.to_string(), Cow::into_owned))
        }
        Value::Array(elements) if !elements.is_empty() => Some(body.to_string()),
        _ => None,
    }
}
