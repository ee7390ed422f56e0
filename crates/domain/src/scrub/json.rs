//! Secrets in JSON values.

use serde_json::{Map, Value};

use super::keys::KeySet;
use super::text::Anchors;
use super::{FILTERED, card, text};

/// Scrubs `value` in place. Works off a list instead of recursing, so that depth costs no stack.
pub(super) fn scrub(value: &mut Value, keys: &KeySet, anchors: &Anchors) {
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        match value {
            Value::Null | Value::Bool(_) => {}
            Value::Number(number) => {
                if number.as_u64().is_some_and(card::is_card) {
                    *value = Value::String(FILTERED.to_owned());
                }
            }
            Value::String(string) => {
                if let Some(clean) = scrub_string(string, keys, anchors) {
                    *string = clean;
                }
            }
            Value::Array(items) => open.extend(items.iter_mut()),
            Value::Object(map) => {
                scrub_names(map, keys, anchors);
                for (key, member) in map.iter_mut() {
                    if !keys.is_sensitive(key) {
                        open.push(member);
                    } else if !member.is_null() && member != FILTERED {
                        *member = Value::String(FILTERED.to_owned());
                    }
                }
            }
        }
    }
}

fn scrub_string(string: &str, keys: &KeySet, anchors: &Anchors) -> Option<String> {
    if memchr::memchr(0, string.as_bytes()).is_none() {
        return text::scrub(string, keys, anchors);
    }
    let string = string.replace('\0', "\u{FFFD}");
    Some(text::scrub(&string, keys, anchors).unwrap_or(string))
}

/// Scrubs the names of members. Members whose names become equal are kept apart by appended U+FFFD.
fn scrub_names(map: &mut Map<String, Value>, keys: &KeySet, anchors: &Anchors) {
    if !map
        .keys()
        .any(|key| scrub_string(key, keys, anchors).is_some())
    {
        return;
    }
    for (key, member) in std::mem::take(map) {
        let mut key = scrub_string(&key, keys, anchors).unwrap_or(key);
        while map.contains_key(&key) {
            key.push('\u{FFFD}');
        }
        map.insert(key, member);
    }
}
