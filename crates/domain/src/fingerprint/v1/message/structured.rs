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
    if !text.starts_with('{') {
        return None;
    }
    if !text.ends_with('}') {
        return of_cut(text);
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

/// The sentence of an object whose end was cut off, as far as its fields are whole.
fn of_cut(text: &str) -> Option<String> {
    let mut rest = &text[1..];
    let mut best: Option<(usize, &str)> = None;
    while let Some((key, value, after)) = field(rest) {
        let rank = SENTENCES.iter().position(|field| *field == key);
        if let Some(rank) = rank.filter(|_| value.starts_with('"'))
            && best.is_none_or(|(known, _)| rank < known)
        {
            best = Some((rank, value));
        }
        rest = after;
    }
    serde_json::from_str(best?.1).ok()
}

/// The first field of what is left of an object: its key, its value as written, and what follows.
fn field(text: &str) -> Option<(&str, &str, &str)> {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
    let key = &text[..string(text)?];
    let rest = text[key.len()..].trim_ascii_start().strip_prefix(':')?;
    let rest = rest.trim_ascii_start();
    let end = match rest.as_bytes().first()? {
        b'"' => string(rest)?,
        b'{' | b'[' => nested(rest)?,
        _ => rest.find([',', '}'])?,
    };
    Some((key.trim_matches('"'), &rest[..end], &rest[end..]))
}

/// Length of the string here, with its quotes. `None` when it does not end.
fn string(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = usize::from(bytes.first() == Some(&b'"'));
    if at == 0 {
        return None;
    }
    loop {
        at += memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes[at] == b'"' {
            return Some(at + 1);
        }
        at += 2;
    }
}

/// Length of the object or array here. `None` when it does not end.
fn nested(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut at, mut depth) = (0, 0_usize);
    loop {
        match bytes.get(at)? {
            b'"' => at += string(&text[at..])?,
            b'{' | b'[' => {
                depth += 1;
                at += 1;
            }
            b'}' | b']' => {
                depth -= 1;
                at += 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => at += 1,
        }
    }
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
            (
                r#"{"id":"7","n":[{"msg":"x"}],"message":"disk \"a\" full","trace":[{"file":"/a"#,
                Some("disk \"a\" full"),
            ),
            (r#"{"id":"7","message":"disk fu"#, None),
        ];
        for (text, expected) in cases {
            assert_eq!(sentence(text).as_deref(), expected, "{text}");
        }
    }
}
