//! `AnyValue` and `KeyValue` of `opentelemetry/proto/common/v1/common.proto` as JSON.

use super::wire::{Field, Fields, Malformed};
use crate::otlp::attributes::Attributes;
use crate::otlp::item::MAX_VALUES;
use crate::otlp::value;
use serde_json::{Map, Value};

/// How deep values may lie within values, which is what the parser of JSON follows.
const MAX_DEPTH: usize = 32;

/// Counts the values of an item, so that an item of few bytes takes no memory without bound.
#[derive(Debug)]
pub(super) struct Values {
    left: usize,
    exceeded: bool,
}

impl Values {
    pub(super) const fn new() -> Self {
        Self {
            left: MAX_VALUES,
            exceeded: false,
        }
    }

    /// Whether something was left out.
    pub(super) const fn is_exceeded(&self) -> bool {
        self.exceeded
    }

    const fn take_one(&mut self) -> bool {
        match self.left.checked_sub(1) {
            Some(left) => self.left = left,
            None => self.exceeded = true,
        }
        !self.exceeded
    }

    /// Reads an `AnyValue`; one that is not set is null.
    pub(super) fn any_value(&mut self, message: &[u8]) -> Result<Value, Malformed> {
        self.nested_value(message, MAX_DEPTH)
    }

    fn nested_value(&mut self, message: &[u8], depth: usize) -> Result<Value, Malformed> {
        let depth = depth.checked_sub(1).ok_or(Malformed::TooDeep)?;
        if !self.take_one() {
            return Ok(Value::Null);
        }
        let mut read = Value::Null;
        for field in Fields::of(message) {
            read = match field? {
                (1, field) => Value::String(text(field.bytes()?)),
                (2, field) => Value::Bool(field.varint()? != 0),
                // int64 is written as its two's complement.
                (3, field) => Value::from(field.varint()?.cast_signed()),
                (4, field) => value::double(f64::from_bits(field.fixed64()?)),
                (5, field) => self.array(field.bytes()?, depth)?,
                (6, field) => self.object(field.bytes()?, depth)?,
                (7, field) => value::bytes(field.bytes()?),
                _ => continue,
            };
        }
        Ok(read)
    }

    fn array(&mut self, message: &[u8], depth: usize) -> Result<Value, Malformed> {
        let mut elements = Vec::new();
        for field in Fields::of(message) {
            if let (1, field) = field? {
                let element = self.nested_value(field.bytes()?, depth)?;
                if self.exceeded {
                    break;
                }
                elements.push(element);
            }
        }
        Ok(Value::Array(elements))
    }

    fn object(&mut self, message: &[u8], depth: usize) -> Result<Value, Malformed> {
        let mut members = Map::new();
        for field in Fields::of(message) {
            if let (1, field) = field?
                && let (key, value) = self.key_value(field.bytes()?, depth)?
                && value::is_usable_key(&key)
            {
                if self.exceeded {
                    break;
                }
                members.insert(key, value);
            }
        }
        Ok(Value::Object(members))
    }

    fn key_value(&mut self, message: &[u8], depth: usize) -> Result<(String, Value), Malformed> {
        let (mut key, mut value) = (String::new(), Value::Null);
        self.take_one();
        for field in Fields::of(message) {
            match field? {
                (1, field) => key = text(field.bytes()?),
                (2, field) => value = self.nested_value(field.bytes()?, depth)?,
                _ => {}
            }
        }
        Ok((key, value))
    }

    /// Reads one attribute, a `KeyValue`. What is beyond the bound is left out.
    pub(super) fn attribute(
        &mut self,
        field: Field<'_>,
        to: &mut Attributes,
    ) -> Result<(), Malformed> {
        if !self.exceeded {
            let (key, value) = self.key_value(field.bytes()?, MAX_DEPTH)?;
            to.push(key, value);
        }
        Ok(())
    }
}

/// The key of a `KeyValue`.
pub(super) fn key_of(message: &[u8]) -> Result<&[u8], Malformed> {
    let mut key: &[u8] = &[];
    for field in Fields::of(message) {
        if let (1, field) = field? {
            key = field.bytes()?;
        }
    }
    Ok(key)
}

/// A string. Not every exporter ensures UTF-8, and no text of a store holds NUL.
pub(super) fn text(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    if memchr::memchr(0, bytes).is_some() {
        text.replace('\0', "\u{FFFD}")
    } else {
        text.into_owned()
    }
}
