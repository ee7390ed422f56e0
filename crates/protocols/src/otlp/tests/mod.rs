//! What becomes of requests, in both encodings.

mod bounds;
mod identity;
mod lenient;
mod logs;
mod properties;
mod protobuf;
mod traces;

use super::*;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::macros::datetime;

pub(super) const NOW: OffsetDateTime = datetime!(2026-11-20 12:00 UTC);
/// A minute before [`NOW`], in nanoseconds.
pub(super) const TIME: u64 = 1_795_175_940_000_000_000;
pub(super) const TRACE: &str = "5b8efff798038103d269b633813fc60c";
pub(super) const SPAN: &str = "eee19b7ec3c1b174";

pub(super) const ORIGIN: Origin<'static> = Origin {
    received_at: NOW,
    client_address: Some("192.0.2.1"),
    user_agent: Some("exporter"),
    source: None,
    max_event: 8 << 20,
};

/// Attributes as a request has them.
pub(super) fn attributes(members: Value) -> Value {
    let Value::Object(members) = members else {
        panic!("no object");
    };
    members
        .into_iter()
        .map(|(key, value)| json!({ "key": key, "value": any_value(value) }))
        .collect()
}

pub(super) fn any_value(value: Value) -> Value {
    match value {
        Value::String(text) => json!({ "stringValue": text }),
        Value::Bool(bool) => json!({ "boolValue": bool }),
        Value::Number(number) if number.is_i64() => json!({ "intValue": number }),
        Value::Number(number) => json!({ "doubleValue": number }),
        Value::Array(elements) => {
            let values: Vec<Value> = elements.into_iter().map(any_value).collect();
            json!({ "arrayValue": { "values": values } })
        }
        Value::Object(_) => json!({ "kvlistValue": { "values": attributes(value) } }),
        Value::Null => json!({}),
    }
}

/// A request with one group of log records.
pub(super) fn logs_of(resource: Value, records: impl IntoIterator<Item = Value>) -> Value {
    let records: Vec<Value> = records.into_iter().collect();
    json!({ "resourceLogs": [{
        "resource": { "attributes": attributes(resource) },
        "scopeLogs": [{ "scope": { "name": "app", "version": "2" }, "logRecords": records }]
    }] })
}

/// A request with one group of spans.
pub(super) fn traces_of(resource: Value, spans: impl IntoIterator<Item = Value>) -> Value {
    let spans: Vec<Value> = spans.into_iter().collect();
    json!({ "resourceSpans": [{
        "resource": { "attributes": attributes(resource) },
        "scopeSpans": [{ "scope": { "name": "tracer" }, "spans": spans }]
    }] })
}

/// What becomes of a request, the same in both encodings.
pub(super) fn received(request: &Value) -> Received {
    let (options, body) = (Options::default(), request.to_string());
    let read = if request.get("resourceLogs").is_some() {
        read_logs
    } else {
        read_traces
    };
    let json = read(body.as_bytes(), Encoding::Json, &options, &ORIGIN).unwrap();
    let protobuf = protobuf::encode(request);
    let twin = read(&protobuf, Encoding::Protobuf, &options, &ORIGIN).unwrap();
    assert_eq!(json, twin, "{request}");
    json
}

/// The only report of a request.
pub(super) fn report(request: &Value) -> Report {
    let mut received = received(request);
    assert_eq!(received.reports.len(), 1, "{received:?}");
    assert_eq!(received.dropped, [], "{received:?}");
    received.reports.remove(0)
}

/// The only report of a log record.
pub(super) fn report_of_log(record: Value) -> Report {
    report(&logs_of(json!({ "service.name": "shop" }), [record]))
}

pub(super) fn context(report: &Report) -> Value {
    report.context.clone().map_or(Value::Null, Value::Object)
}
