//! The members of an object, each of which may be missing or of the wrong type.

use super::value;
use crate::otlp::attributes::Attributes;
use crate::otlp::id;
use serde_json::{Map, Value};

/// The members of an object. Names are those of JSON; protobuf's (`time_unix_nano`) are found too.
#[derive(Debug, Default)]
pub(super) struct Members(Map<String, Value>);

impl Members {
    /// None unless it is an object.
    pub(super) fn of(value: Value) -> Option<Self> {
        match value {
            Value::Object(members) => Some(Self(members)),
            _ => None,
        }
    }

    /// Takes a member out; one that is missing is null.
    pub(super) fn take(&mut self, name: &str) -> Value {
        let found = self.0.remove(name);
        let found = found.or_else(|| self.0.remove(&snake_case(name)));
        found.unwrap_or(Value::Null)
    }

    /// Takes a text out; anything else is empty.
    pub(super) fn text(&mut self, name: &str) -> String {
        match self.take(name) {
            Value::String(text) => text,
            _ => String::new(),
        }
    }

    /// Takes nanoseconds out, written as a number or a string; anything else is 0.
    pub(super) fn nanoseconds(&mut self, name: &str) -> u64 {
        match self.take(name) {
            Value::String(text) => text.trim().parse().unwrap_or(0),
            Value::Number(number) => number
                .as_u64()
                // Some languages have no other numbers than doubles. The cast saturates.
                .or_else(|| Some(number.as_f64()? as u64))
                .unwrap_or(0),
            _ => 0,
        }
    }

    /// Takes a number of an enum out, or what `by_name` knows its name for.
    pub(super) fn enumerated(
        &mut self,
        name: &str,
        by_name: impl FnOnce(&str) -> Option<i64>,
    ) -> i64 {
        match self.take(name) {
            Value::String(text) => {
                let number = text.trim().parse().ok();
                number.or_else(|| by_name(text.trim())).unwrap_or(0)
            }
            Value::Number(number) => number.as_i64().unwrap_or(0),
            _ => 0,
        }
    }

    /// Takes an id out.
    pub(super) fn id(&mut self, name: &str) -> Option<String> {
        id::of_text(&self.text(name))
    }

    /// Takes the attributes out.
    pub(super) fn attributes(&mut self) -> Attributes {
        value::attributes(self.take("attributes"))
    }
}

/// The name in protobuf of a member (`timeUnixNano`: `time_unix_nano`).
fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    for character in name.chars() {
        if character.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(character.to_ascii_lowercase());
    }
    snake
}
