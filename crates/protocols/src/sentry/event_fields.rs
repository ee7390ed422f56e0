//! Reads the JSON of an event: the fields that are known, each within a budget of values.

use super::fields::Object;
use crate::bounded::{Bounded, Budget};
use crate::repair::{Unreadable, parse_seed};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use std::cell::Cell;
use std::fmt;

/// The newest breadcrumbs that are kept.
const MAX_BREADCRUMBS: usize = 100;

/// Reads an event.
///
/// Returns its known fields, and whether some are not whole: an event of 8 MiB may hold four million values.
///
/// # Errors
/// [`Unreadable`] when it is no JSON object.
pub(super) fn read(bytes: &[u8]) -> Result<(Object, bool), Unreadable> {
    let trimmed = Cell::new(false);
    let event = parse_seed(bytes, || Event { trimmed: &trimmed })?;
    Ok((event, trimmed.get()))
}

/// How many values of a field are read; `None` for fields that are not.
fn budget_of(field: &str) -> Option<usize> {
    let field = field.strip_prefix("sentry.interfaces.").unwrap_or(field);
    Some(match field.to_ascii_lowercase().as_str() {
        "exception" => 100_000,
        "threads" | "stacktrace" => 50_000,
        "breadcrumbs" => 20_000,
        "extra" | "contexts" | "request" | "http" | "modules" | "debug_meta" => 10_000,
        "message" | "logentry" | "tags" | "user" | "sdk" | "fingerprint" => 2_000,
        "event_id" | "timestamp" | "level" | "logger" | "platform" | "transaction" | "culprit"
        | "server_name" | "dist" | "release" | "environment" | "type" => 10,
        _ => return None,
    })
}

struct Event<'a> {
    trimmed: &'a Cell<bool>,
}

impl<'de> DeserializeSeed<'de> for Event<'_> {
    type Value = Object;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Object, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Event<'_> {
    type Value = Object;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Object, A::Error> {
        let mut event = Object::with_capacity(32);
        while let Some(field) = fields.next_key::<String>()? {
            let Some(values) = budget_of(&field) else {
                fields.next_value::<IgnoredAny>()?;
                continue;
            };
            let budget = Budget::new(values);
            let seed =
                if field.eq_ignore_ascii_case("breadcrumbs") || field.ends_with(".Breadcrumbs") {
                    Bounded::with_last(&budget, MAX_BREADCRUMBS)
                } else {
                    Bounded::new(&budget)
                };
            let value = fields.next_value_seed(seed)?;
            if budget.is_exceeded() && seed.is_whole() {
                self.trimmed.set(true);
            }
            event.insert(field, value);
        }
        Ok(event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn known_fields_are_read() {
        let event = json!({ "message": "m", "_meta": { "x": 1 }, "sentry.interfaces.Http": { "url": "u" }, "extra": { "a": [1] } });
        let (read, trimmed) = read(event.to_string().as_bytes()).unwrap();
        let expected = json!({ "message": "m", "sentry.interfaces.Http": { "url": "u" }, "extra": { "a": [1] } });
        assert_eq!(Value::Object(read), expected);
        assert!(!trimmed);
    }

    #[test]
    fn the_newest_breadcrumbs_are_kept() {
        let crumbs: Vec<Value> = (0..150)
            .map(|n| json!({ "message": n.to_string() }))
            .collect();
        for form in [json!(crumbs), json!({ "values": crumbs })] {
            let event = json!({ "breadcrumbs": form }).to_string();
            let (event, trimmed) = read(event.as_bytes()).unwrap();
            let read = event["breadcrumbs"]
                .get("values")
                .unwrap_or(&event["breadcrumbs"]);
            let read = read.as_array().unwrap();
            assert_eq!((read.len(), read[0]["message"].as_str()), (100, Some("50")));
            assert!(!trimmed);
        }
    }

    #[test]
    fn an_event_of_many_values_is_trimmed() {
        let zeros = format!("[{}0]", "0,".repeat(1_000_000));
        let event = format!(
            r#"{{"extra":{{"zeros":{zeros}}},"exception":{zeros},"message":"m","x":{zeros}}}"#
        );
        let (event, trimmed) = read(event.as_bytes()).unwrap();
        assert_eq!(event["message"], "m");
        assert_eq!(event["extra"]["zeros"].as_array().unwrap().len(), 9_999);
        assert!(trimmed);
    }

    #[test]
    fn what_is_no_object_is_unreadable() {
        for text in ["[]", "5", "\"x\"", "null", "{", ""] {
            assert!(read(text.as_bytes()).is_err(), "{text}");
        }
    }
}
