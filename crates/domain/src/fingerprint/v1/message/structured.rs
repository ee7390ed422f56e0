//! Reads messages that are one JSON object, as structured loggers and some APIs write them.

use serde_json::{Map, Value};

/// Fields that say what happened, the most telling first.
const SENTENCES: &[&str] = &[
    "message",
    "msg",
    "error",
    "err",
    "exception",
    "reason",
    "detail",
    "title",
    "description",
    "event",
    "text",
    "log",
];

/// Fields that say which error it is.
const KINDS: &[&str] = &[
    "name",
    "type",
    "code",
    "error_code",
    "errorCode",
    "status",
    "statusCode",
];

/// How deep the sentence is looked for (`{"error": {"message": "..."}}`).
const DEPTH: usize = 3;

/// The sentence of a message that is one JSON object; without one, the object's keys.
pub(super) fn sentence(text: &str) -> Option<String> {
    if !text.starts_with('{') || !text.ends_with('}') {
        return None;
    }
    let Ok(Value::Object(object)) = serde_json::from_str(text) else {
        return None;
    };
    let mut parts = Vec::new();
    collect(&object, DEPTH, &mut parts);
    if parts.is_empty() {
        parts.extend(object.keys().cloned());
    }
    Some(parts.join(" "))
}

fn collect(object: &Map<String, Value>, depth: usize, parts: &mut Vec<String>) {
    for kind in KINDS {
        match object.get(*kind) {
            Some(Value::String(text)) => parts.push(format!("{kind} {text}")),
            Some(Value::Number(number)) => parts.push(format!("{kind} {number}")),
            _ => {}
        }
    }
    let found = SENTENCES.iter().find_map(|field| object.get(*field));
    match found {
        Some(Value::String(text)) => parts.push(text.clone()),
        Some(Value::Object(inner)) if depth > 1 => collect(inner, depth - 1, parts),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_telling_fields_are_read() {
        let cases = [
            (r#"{"time":1,"msg":"disk full"}"#, Some("disk full")),
            (
                r#"{"error":{"code":404,"message":"gone"}}"#,
                Some("code 404 gone"),
            ),
            (r#"{"a":1,"b":2}"#, Some("a b")),
            (r#"{"a":1} and more"#, None),
            ("{not json}", None),
        ];
        for (text, expected) in cases {
            assert_eq!(sentence(text).as_deref(), expected, "{text}");
        }
    }
}
