//! Log records of OpenTelemetry in protobuf, and reports of the same content.
//!
//! The numbers of fields are those of opentelemetry-proto's `logs/v1/logs.proto` and `common/v1/common.proto`.

use crate::load::name;
use crate::request::{NO_EVENT_ID, NO_TRACE_ID};
use serde_json::{Value, json};

/// A request with a record of each of these errors: which one it is, and what varies in it.
pub fn request(errors: impl Iterator<Item = (usize, usize)>) -> Vec<u8> {
    let mut resource = Vec::new();
    for (key, value) in resource_attributes() {
        field(&mut resource, 1, &attribute(key, value));
    }
    let mut scope_logs = Vec::new();
    for (number, serial) in errors {
        field(&mut scope_logs, 2, &record(number, serial));
    }
    let mut resource_logs = Vec::new();
    field(&mut resource_logs, 1, &resource);
    field(&mut resource_logs, 2, &scope_logs);
    let mut request = Vec::new();
    field(&mut request, 1, &resource_logs);
    request
}

/// A record with the current time left out, which servers take from their own clock.
fn record(number: usize, serial: usize) -> Vec<u8> {
    // Field 2, a varint: the severity, of which 17 is an error.
    let mut record = vec![2 << 3, 17];
    let mut body = Vec::new();
    field(&mut body, 1, b"step failed");
    field(&mut record, 5, &body);
    for (key, value) in exception(number, serial) {
        field(&mut record, 6, &attribute(key, &value));
    }
    field(&mut record, 9, NO_TRACE_ID);
    field(&mut record, 10, b"SPAN-ID8");
    record
}

/// The same as a report of our own.
pub fn report(number: usize, serial: usize) -> Value {
    let [(_, kind), (_, message), (stack_key, stack)] = exception(number, serial);
    json!({
        "event_id": NO_EVENT_ID,
        "level": "error",
        "message": format!("{kind}: {message}"),
        "source": "backend",
        "stack_trace": stack,
        "release": "1.4.2",
        "environment": "production",
        "context": {
            "trace_id": "771a43a4192642f0b136d5159a501700",
            "span_id": "b0e6f15b45c36b12",
            "log_message": "step failed",
            "attributes": { "exception.type": kind, "exception.message": message, stack_key: stack },
            "resource": resource_attributes().into_iter().collect::<std::collections::BTreeMap<_, _>>(),
        },
    })
}

const fn resource_attributes() -> [(&'static str, &'static str); 3] {
    [
        ("service.name", "backend"),
        ("service.version", "1.4.2"),
        ("deployment.environment.name", "production"),
    ]
}

fn exception(number: usize, serial: usize) -> [(&'static str, String); 3] {
    let frames: String = (0..10)
        .map(|depth| {
            format!(
                "\n    at com.shop.Layer{}.handle(Layer.java:{})",
                name(depth),
                depth + 10
            )
        })
        .collect();
    let message = format!("Order {serial} failed in step {}", name(number));
    let first = format!(
        "com.shop.StepError: {message}\n    at com.shop.Step.run_{}(Step.java:9)",
        name(number)
    );
    [
        ("exception.type", "com.shop.StepError".to_owned()),
        ("exception.message", message),
        ("exception.stacktrace", format!("{first}{frames}")),
    ]
}

/// A `KeyValue` with a text.
fn attribute(key: &str, value: &str) -> Vec<u8> {
    let mut any = Vec::new();
    field(&mut any, 1, value.as_bytes());
    let mut attribute = Vec::new();
    field(&mut attribute, 1, key.as_bytes());
    field(&mut attribute, 2, &any);
    attribute
}

/// Writes a field of bytes: its number with wire type 2, the length as a varint, the bytes.
fn field(out: &mut Vec<u8>, number: u8, bytes: &[u8]) {
    out.push(number << 3 | 2);
    let mut length = bytes.len();
    while length >= 0x80 {
        out.push((length & 0x7F) as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
    out.extend_from_slice(bytes);
}
