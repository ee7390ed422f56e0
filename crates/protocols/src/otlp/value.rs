//! What an `AnyValue` becomes, in either encoding.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Number, Value};
use std::borrow::Cow;

/// The beginning of the keys by which serde_json tells numbers and raw values from objects: a stored object with such
/// a key could not be read again.
const RESERVED: &str = "$serde_json::private::";

/// Whether an object may hold this key.
pub(super) fn is_usable_key(key: &str) -> bool {
    !key.starts_with(RESERVED)
}

/// A double. JSON has no number for the others, which the JSON encoding of protobuf writes as these texts.
pub(super) fn double(number: f64) -> Value {
    match Number::from_f64(number) {
        Some(number) => Value::Number(number),
        None if number.is_nan() => Value::from("NaN"),
        None if number > 0.0 => Value::from("Infinity"),
        None => Value::from("-Infinity"),
    }
}

/// Bytes, as the JSON encoding writes them.
pub(super) fn bytes(bytes: &[u8]) -> Value {
    Value::String(STANDARD.encode(bytes))
}

/// The text of a scalar that is not blank.
pub(super) fn scalar_text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(Cow::Borrowed(text)),
        Value::Number(_) | Value::Bool(_) => Some(Cow::Owned(value.to_string())),
        _ => None,
    }
}

/// Whether there is something to store in it.
pub(super) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(elements) => elements.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// About how many bytes of memory a value takes, and at least as many as its characters.
pub(super) fn weight(value: &Value) -> usize {
    size_of::<Value>()
        + match value {
            Value::String(text) => text.len(),
            Value::Array(elements) => elements.iter().map(weight).sum(),
            Value::Object(members) => members
                .iter()
                .map(|(key, value)| entry_weight(key, value))
                .sum(),
            // A number keeps its digits.
            Value::Number(_) => size_of::<Value>(),
            Value::Null | Value::Bool(_) => 0,
        }
}

/// The weight of a member of an object.
pub(super) fn entry_weight(key: &str, value: &Value) -> usize {
    size_of::<String>() + key.len() + weight(value)
}
