//! Writes requests in protobuf from the JSON of their definitions, so that one request tests both encodings.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// Writes fields of a message.
#[derive(Default)]
pub(super) struct Message(pub(super) Vec<u8>);

impl Message {
    pub(super) fn varint(mut self, number: u32, value: u64) -> Self {
        self.write(u64::from(number) << 3);
        self.write(value);
        self
    }

    pub(super) fn fixed64(mut self, number: u32, value: u64) -> Self {
        self.write(u64::from(number) << 3 | 1);
        self.0.extend(value.to_le_bytes());
        self
    }

    pub(super) fn bytes(mut self, number: u32, bytes: impl AsRef<[u8]>) -> Self {
        self.write(u64::from(number) << 3 | 2);
        self.write(bytes.as_ref().len() as u64);
        self.0.extend(bytes.as_ref());
        self
    }

    fn write(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }
}

/// How a member of JSON is written.
enum Kind {
    Text,
    Hex,
    Int,
    Fixed64,
    Double,
    Bool,
    Base64,
    One(&'static [Member]),
    Many(&'static [Member]),
}

struct Member(&'static str, u32, Kind);

static ANY_VALUE: [Member; 7] = [
    Member("stringValue", 1, Kind::Text),
    Member("boolValue", 2, Kind::Bool),
    Member("intValue", 3, Kind::Int),
    Member("doubleValue", 4, Kind::Double),
    Member("arrayValue", 5, Kind::One(&ARRAY)),
    Member("kvlistValue", 6, Kind::One(&KEY_VALUE_LIST)),
    Member("bytesValue", 7, Kind::Base64),
];
static ARRAY: [Member; 1] = [Member("values", 1, Kind::Many(&ANY_VALUE))];
static KEY_VALUE_LIST: [Member; 1] = [Member("values", 1, Kind::Many(&KEY_VALUE))];
static KEY_VALUE: [Member; 2] = [
    Member("key", 1, Kind::Text),
    Member("value", 2, Kind::One(&ANY_VALUE)),
];
static RESOURCE: [Member; 1] = [Member("attributes", 1, Kind::Many(&KEY_VALUE))];
static SCOPE: [Member; 3] = [
    Member("name", 1, Kind::Text),
    Member("version", 2, Kind::Text),
    Member("attributes", 3, Kind::Many(&KEY_VALUE)),
];
static LOG_RECORD: [Member; 9] = [
    Member("timeUnixNano", 1, Kind::Fixed64),
    Member("severityNumber", 2, Kind::Int),
    Member("severityText", 3, Kind::Text),
    Member("body", 5, Kind::One(&ANY_VALUE)),
    Member("attributes", 6, Kind::Many(&KEY_VALUE)),
    Member("traceId", 9, Kind::Hex),
    Member("spanId", 10, Kind::Hex),
    Member("observedTimeUnixNano", 11, Kind::Fixed64),
    Member("eventName", 12, Kind::Text),
];
static SPAN: [Member; 7] = [
    Member("traceId", 1, Kind::Hex),
    Member("spanId", 2, Kind::Hex),
    Member("name", 5, Kind::Text),
    Member("kind", 6, Kind::Int),
    Member("attributes", 9, Kind::Many(&KEY_VALUE)),
    Member("events", 11, Kind::Many(&SPAN_EVENT)),
    Member("status", 15, Kind::One(&STATUS)),
];
static SPAN_EVENT: [Member; 3] = [
    Member("timeUnixNano", 1, Kind::Fixed64),
    Member("name", 2, Kind::Text),
    Member("attributes", 3, Kind::Many(&KEY_VALUE)),
];
static STATUS: [Member; 2] = [
    Member("message", 2, Kind::Text),
    Member("code", 3, Kind::Int),
];
static REQUEST: [Member; 2] = [
    Member(
        "resourceLogs",
        1,
        Kind::Many(&[
            Member("resource", 1, Kind::One(&RESOURCE)),
            Member(
                "scopeLogs",
                2,
                Kind::Many(&[
                    Member("scope", 1, Kind::One(&SCOPE)),
                    Member("logRecords", 2, Kind::Many(&LOG_RECORD)),
                ]),
            ),
        ]),
    ),
    Member(
        "resourceSpans",
        1,
        Kind::Many(&[
            Member("resource", 1, Kind::One(&RESOURCE)),
            Member(
                "scopeSpans",
                2,
                Kind::Many(&[
                    Member("scope", 1, Kind::One(&SCOPE)),
                    Member("spans", 2, Kind::Many(&SPAN)),
                ]),
            ),
        ]),
    ),
];

/// The same request in protobuf.
pub(super) fn encode(request: &Value) -> Vec<u8> {
    message(request, &REQUEST)
}

fn message(object: &Value, members: &[Member]) -> Vec<u8> {
    let object = object.as_object().unwrap();
    let mut message = Message::default();
    for (name, value) in object {
        let Member(_, number, kind) = members
            .iter()
            .find(|member| member.0 == name)
            .unwrap_or_else(|| panic!("no member {name}"));
        message = write(message, *number, kind, value);
    }
    message.0
}

fn write(to: Message, number: u32, kind: &Kind, value: &Value) -> Message {
    let text = || value.as_str().unwrap();
    match kind {
        Kind::Text => to.bytes(number, text()),
        Kind::Hex => to.bytes(number, hex(text())),
        Kind::Base64 => to.bytes(number, STANDARD.decode(text()).unwrap()),
        Kind::Int => to.varint(number, value.as_i64().unwrap().cast_unsigned()),
        Kind::Bool => to.varint(number, value.as_bool().unwrap().into()),
        Kind::Fixed64 => to.fixed64(number, value.as_u64().unwrap()),
        Kind::Double => {
            let double = value.as_f64().or_else(|| text().parse().ok()).unwrap();
            to.fixed64(number, double.to_bits())
        }
        Kind::One(members) => to.bytes(number, message(value, members)),
        Kind::Many(members) => value
            .as_array()
            .unwrap()
            .iter()
            .fold(to, |to, one| to.bytes(number, message(one, members))),
    }
}

fn hex(digits: &str) -> Vec<u8> {
    (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap())
        .collect()
}
