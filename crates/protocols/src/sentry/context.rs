//! What is kept of an event beside the fields of its own: the occurrence's context.

use super::fields::{Object, cut, object, take_object, take_text, take_values, text};
use serde_json::Value;

/// Objects of an event that are kept as sent.
const OBJECTS: [&str; 3] = ["extra", "contexts", "modules"];
/// Texts of an event that are kept as sent.
const TEXTS: [&str; 3] = ["logger", "server_name", "dist"];
/// The longest of these texts, in characters.
const MAX_TEXT: usize = 1_000;

/// A context that is put together. Whatever is empty is left out.
#[derive(Debug, Default)]
pub(super) struct Context {
    object: Object,
}

impl Context {
    /// Takes what is kept as it is.
    pub(super) fn take(event: &mut Object) -> Self {
        let mut context = Self {
            object: Object::with_capacity(24),
        };
        context.put_list("breadcrumbs", take_values(event, "breadcrumbs"));
        for field in OBJECTS {
            context.put_object(field, take_object(event, field));
        }
        for field in TEXTS {
            context.put_text(field, take_text(event, field));
        }
        let transaction = take_text(event, "transaction").or_else(|| take_text(event, "culprit"));
        context.put_text("transaction", transaction);
        context.put_from_contexts();
        context
    }

    /// Puts what is looked for by itself: the trace and the feature flags.
    fn put_from_contexts(&mut self) {
        let Some(contexts) = object(&self.object, "contexts") else {
            return;
        };
        let trace = object(contexts, "trace");
        let of_trace = |name| trace.and_then(|trace| text(trace, name)).map(str::to_owned);
        let (trace_id, span_id) = (of_trace("trace_id"), of_trace("span_id"));
        let flags = object(contexts, "flags").and_then(|flags| flags.get("values"));
        let flags = flags.and_then(Value::as_array).cloned().unwrap_or_default();
        self.put_text("trace_id", trace_id);
        self.put_text("span_id", span_id);
        self.put_list("flags", flags);
    }

    /// The name of the transaction.
    pub(super) fn transaction(&self) -> Option<&str> {
        text(&self.object, "transaction")
    }

    /// Puts a text.
    pub(super) fn put_text(&mut self, name: &str, value: Option<String>) {
        if let Some(value) = value {
            self.object
                .insert(name.to_owned(), Value::String(cut(value, MAX_TEXT)));
        }
    }

    /// Puts a text that was cut already.
    pub(super) fn put_long_text(&mut self, name: &str, value: Option<String>) {
        if let Some(value) = value {
            self.object.insert(name.to_owned(), Value::String(value));
        }
    }

    /// Puts a boolean.
    pub(super) fn put_flag(&mut self, name: &str, value: Option<bool>) {
        if let Some(value) = value {
            self.object.insert(name.to_owned(), Value::Bool(value));
        }
    }

    /// Puts an object.
    pub(super) fn put_object(&mut self, name: &str, value: Option<Object>) {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            self.object.insert(name.to_owned(), Value::Object(value));
        }
    }

    /// Puts a list.
    pub(super) fn put_list(&mut self, name: &str, values: Vec<Value>) {
        if !values.is_empty() {
            self.object.insert(name.to_owned(), Value::Array(values));
        }
    }

    /// Returns the context.
    pub(super) fn into_object(self) -> Object {
        self.object
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn known_fields_are_kept_and_empty_ones_left_out() {
        let mut event = json!({
            "breadcrumbs": { "values": [{ "message": "b" }, null] },
            "extra": { "a": 1 }, "contexts": {
                "trace": { "trace_id": "t", "span_id": "s", "op": "o" },
                "flags": { "values": [{ "flag": "f", "result": true }] },
            },
            "modules": {}, "logger": "", "server_name": 5, "dist": "d", "culprit": "c", "other": 1,
        });
        let context = Context::take(event.as_object_mut().unwrap()).into_object();
        let expected = json!({
            "breadcrumbs": [{ "message": "b" }],
            "extra": { "a": 1 }, "contexts": {
                "trace": { "trace_id": "t", "span_id": "s", "op": "o" },
                "flags": { "values": [{ "flag": "f", "result": true }] },
            },
            "dist": "d", "transaction": "c", "trace_id": "t", "span_id": "s",
            "flags": [{ "flag": "f", "result": true }],
        });
        assert_eq!(Value::Object(context), expected);
    }
}
