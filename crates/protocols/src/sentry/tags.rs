//! Tags of events.

use super::fields::{Object, cut, scalar, take_pairs};
use serde_json::Value;

/// The longest key or value of a tag, in characters.
const MAX_TAG: usize = 200;
/// The most tags of an event.
const MAX_TAGS: usize = 200;

/// Takes `tags` out of an event: an object of texts. Numbers and booleans become their JSON; values of other types
/// are left out.
pub(super) fn take(event: &mut Object) -> Option<Object> {
    let tags = take_pairs(event, "tags")?;
    let read = |(name, value): (String, Value)| {
        let value = match value {
            Value::String(text) => text,
            other => scalar(&other)?,
        };
        Some((cut(name, MAX_TAG), Value::String(cut(value, MAX_TAG))))
    };
    let tags: Object = tags.into_iter().filter_map(read).take(MAX_TAGS).collect();
    (!tags.is_empty()).then_some(tags)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn tags_are_texts() {
        let expected = json!({ "a": "x", "b": "5", "c": "true", "d": "1.50", "e": "" });
        for tags in [
            r#"{"a":"x","b":5,"c":true,"d":1.50,"e":"","f":null,"g":{},"h":[1]}"#,
            r#"[["a","x"],["b",5],["c",true],["d",1.50],["e",""],["f",null],null]"#,
        ] {
            let tags: Value = serde_json::from_str(tags).unwrap();
            let tags = take(json!({ "tags": tags }).as_object_mut().unwrap());
            assert_eq!(tags.map(Value::Object).unwrap(), expected);
        }
        for tags in [json!(null), json!({}), json!("a"), json!({ "a": null })] {
            assert_eq!(
                take(json!({ "tags": tags }).as_object_mut().unwrap()),
                None,
                "{tags}"
            );
        }
    }

    #[test]
    fn long_tags_are_cut() {
        let tags = take(
            json!({ "tags": { "a": "ü".repeat(300) } })
                .as_object_mut()
                .unwrap(),
        )
        .unwrap();
        assert_eq!(tags["a"].as_str().unwrap().chars().count(), 200);
    }
}
