//! Attributes of a resource, a scope, a log record, a span or a span event.

use super::event::{EXCEPTION_MESSAGE, EXCEPTION_PREFIX, EXCEPTION_STACK_TRACE};
use super::item::{MAX_CONTEXT, MAX_MESSAGE, MAX_STACK_TRACE};
use super::trim::{STRING_LIMITS, cut_middle, cut_strings};
use super::value;
use crate::size::{cut, json_size};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// Named values in the order in which they came. Of equal names the last counts.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Attributes(Vec<(String, Value)>);

impl Attributes {
    /// Adds one; without a name or a value it is none.
    pub(super) fn push(&mut self, key: String, value: Value) {
        if !key.is_empty() && !value.is_null() && value::is_usable_key(&key) {
            self.0.push((key, value));
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<&Value> {
        let mut last_first = self.0.iter().rev();
        last_first
            .find(|(name, _)| name == key)
            .map(|(_, value)| value)
    }

    /// The text of a scalar that is not blank.
    pub(super) fn text(&self, key: &str) -> Option<Cow<'_, str>> {
        value::scalar_text(self.get(key)?)
    }

    /// The first of some names that has a text.
    pub(super) fn first_text(&self, keys: &[&str]) -> Option<Cow<'_, str>> {
        keys.iter().find_map(|key| self.text(key))
    }

    /// Takes a string out.
    pub(super) fn take_string(&mut self, key: &str) -> Option<String> {
        let at = self.0.iter().rposition(|(name, _)| name == key)?;
        if !self.0[at].1.is_string() {
            return None;
        }
        match self.0.remove(at).1 {
            Value::String(text) if !text.trim().is_empty() => Some(text),
            _ => None,
        }
    }

    pub(super) fn has_prefix(&self, prefix: &str) -> bool {
        self.0.iter().any(|(name, _)| name.starts_with(prefix))
    }

    /// About how many bytes of memory they take.
    pub(super) fn weight(&self) -> usize {
        self.0
            .iter()
            .map(|(key, value)| value::entry_weight(key, value))
            .sum()
    }

    /// Cuts what is longer than what is stored; what does not fit even then is left out. Returns whether
    /// anything but the message of an exception was.
    pub(super) fn trim(&mut self) -> bool {
        let mut trimmed = false;
        let (mut weight, mut size) = (0, 0);
        for (key, value) in &mut self.0 {
            match value {
                Value::String(text) if key == EXCEPTION_MESSAGE => {
                    *text = cut(std::mem::take(text), MAX_MESSAGE);
                }
                Value::String(text) if key == EXCEPTION_STACK_TRACE => {
                    trimmed |= text.len() > MAX_STACK_TRACE;
                    cut_middle(text, MAX_STACK_TRACE);
                }
                _ => weight += value::entry_weight(key, value),
            }
        }
        if weight <= MAX_CONTEXT {
            return trimmed;
        }
        for (key, value) in &mut self.0 {
            if key != EXCEPTION_STACK_TRACE {
                cut_strings(value, STRING_LIMITS[0]);
            }
        }
        self.0.retain(|(key, value)| {
            if key.starts_with(EXCEPTION_PREFIX) {
                return true;
            }
            let larger = size + key.len() + json_size(value);
            let fits = larger <= MAX_CONTEXT;
            if fits {
                size = larger;
            }
            fits
        });
        true
    }

    /// Puts these over what an object holds.
    pub(super) fn into_object(self, mut object: Map<String, Value>) -> Map<String, Value> {
        object.extend(self.0);
        object
    }

    pub(super) fn to_object(&self) -> Map<String, Value> {
        self.0.iter().cloned().collect()
    }
}

impl FromIterator<(String, Value)> for Attributes {
    fn from_iter<I: IntoIterator<Item = (String, Value)>>(entries: I) -> Self {
        let mut attributes = Self::default();
        for (key, value) in entries {
            attributes.push(key, value);
        }
        attributes
    }
}
