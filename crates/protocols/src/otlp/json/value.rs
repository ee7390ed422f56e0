//! `AnyValue` and attributes in JSON.

use super::members::Members;
use crate::otlp::attributes::Attributes;
use crate::otlp::value::{double, is_usable_key};
use serde_json::Value;

/// Reads an `AnyValue`. One that is not set is null; what is no object stands for itself.
pub(super) fn any_value(value: Value) -> Value {
    let members = match value {
        Value::Object(members) => members,
        bare => return bare,
    };
    // Only one is set. An unknown one is read as if it were not.
    members
        .into_iter()
        .filter(|(_, value)| !value.is_null())
        .find_map(|(name, value)| of_kind(&name, value))
        .unwrap_or(Value::Null)
}

fn of_kind(name: &str, value: Value) -> Option<Value> {
    Some(match name {
        "stringValue" | "string_value" | "bytesValue" | "bytes_value" => match value {
            Value::Number(_) | Value::Bool(_) => Value::String(value.to_string()),
            value => value,
        },
        "boolValue" | "bool_value" => match value.as_str() {
            Some(word) => Value::Bool(word.eq_ignore_ascii_case("true")),
            None => value,
        },
        "intValue" | "int_value" => match &value {
            Value::String(digits) => digits.trim().parse::<i64>().map_or(value, Value::from),
            _ => value,
        },
        "doubleValue" | "double_value" => double_value(value),
        "arrayValue" | "array_value" => {
            Value::Array(list(value).into_iter().map(any_value).collect())
        }
        "kvlistValue" | "kvlist_value" => Value::Object(entries(value).collect()),
        _ => return None,
    })
}

fn double_value(value: Value) -> Value {
    let number = match &value {
        Value::Number(number) => number.as_f64(),
        // `NaN`, `Infinity` and `-Infinity` parse too.
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.map_or(value, double)
}

/// The elements of a list, or of an object's `values`.
fn list(value: Value) -> Vec<Value> {
    match value {
        Value::Array(elements) => elements,
        Value::Object(mut members) => match members.remove("values") {
            Some(Value::Array(elements)) => elements,
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// Reads attributes: a list of keys and values, or an object.
pub(super) fn attributes(value: Value) -> Attributes {
    match value {
        Value::Object(members) if !members.contains_key("values") => members
            .into_iter()
            .map(|(key, value)| (key, any_value(value)))
            .collect(),
        value => entries(value).collect(),
    }
}

fn entries(value: Value) -> impl Iterator<Item = (String, Value)> {
    list(value).into_iter().filter_map(|entry| {
        let mut entry = Members::of(entry)?;
        let key = entry.text("key");
        is_usable_key(&key).then(|| (key, any_value(entry.take("value"))))
    })
}
