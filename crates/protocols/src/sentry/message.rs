//! The message of an event that somebody wrote: `logentry` and `message`.

use super::fields::{Object, cut, take_text};
use super::placeholders;
use faultbook_domain::stack_trace::sent;
use serde_json::Value;

/// The longest message, in characters.
pub(super) const MAX_MESSAGE: usize = sent::MAX_TEXT;

/// What an event says beside its exceptions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct LogEntry {
    /// The text with its parameters in it.
    pub(super) text: Option<String>,
    /// The text before its parameters were put in, when it has any.
    pub(super) template: Option<String>,
}

impl LogEntry {
    /// Takes the first of `logentry` and `message` that says something.
    pub(super) fn take(event: &mut Object) -> Self {
        let entries = ["logentry", "message"].map(|field| event.remove(field));
        let mut read = entries.into_iter().flatten().map(Self::read);
        read.find(|entry| entry.text.is_some()).unwrap_or_default()
    }

    fn read(value: Value) -> Self {
        let mut entry = match value {
            Value::String(text) if !text.trim().is_empty() => {
                return Self {
                    text: Some(cut(text, MAX_MESSAGE)),
                    template: None,
                };
            }
            Value::Object(entry) => entry,
            _ => return Self::default(),
        };
        let formatted = take_text(&mut entry, "formatted");
        let message = take_text(&mut entry, "message");
        let params = entry.remove("params").filter(has_any);
        let put_in = || match (&message, &params) {
            (Some(message), Some(params)) => {
                Some(placeholders::put_in(message, params, MAX_MESSAGE * 4))
            }
            (message, _) => message.clone(),
        };
        let text = formatted
            .or_else(put_in)
            .filter(|text| !text.trim().is_empty());
        Self {
            text: text.map(|text| cut(text, MAX_MESSAGE)),
            template: message
                .filter(|_| params.is_some())
                .map(|text| cut(text, MAX_MESSAGE)),
        }
    }
}

fn has_any(params: &Value) -> bool {
    match params {
        Value::Array(params) => !params.is_empty(),
        Value::Object(params) => !params.is_empty(),
        Value::Null => false,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_form_of_a_message_is_read() {
        let cases = [
            (json!({ "message": "plain" }), Some("plain"), None),
            (json!({ "logentry": "plain" }), Some("plain"), None),
            (
                json!({ "logentry": { "formatted": "a 1" }, "message": "x" }),
                Some("a 1"),
                None,
            ),
            (
                json!({ "logentry": { "message": "a %s", "params": [1] } }),
                Some("a 1"),
                Some("a %s"),
            ),
            (
                json!({ "logentry": { "message": "a %s", "formatted": "a one", "params": [1] } }),
                Some("a one"),
                Some("a %s"),
            ),
            (
                json!({ "message": { "message": "a %(n)s", "params": { "n": "b" } } }),
                Some("a b"),
                Some("a %(n)s"),
            ),
            (
                json!({ "logentry": { "message": "100 %", "params": [] } }),
                Some("100 %"),
                None,
            ),
            (
                json!({ "logentry": { "message": "a %s", "params": null } }),
                Some("a %s"),
                None,
            ),
            (json!({ "logentry": {}, "message": "x" }), Some("x"), None),
            (json!({ "logentry": null, "message": "" }), None, None),
            (
                json!({ "logentry": { "message": 5 }, "message": 5 }),
                None,
                None,
            ),
            (json!({}), None, None),
        ];
        for (event, text, template) in cases {
            let entry = LogEntry::take(event.clone().as_object_mut().unwrap());
            assert_eq!(
                (entry.text.as_deref(), entry.template.as_deref()),
                (text, template),
                "{event}"
            );
        }
    }

    #[test]
    fn long_messages_are_cut() {
        let mut event = json!({ "message": "ü".repeat(10_000) });
        let entry = LogEntry::take(event.as_object_mut().unwrap());
        assert_eq!(entry.text.unwrap().chars().count(), MAX_MESSAGE);
    }
}
