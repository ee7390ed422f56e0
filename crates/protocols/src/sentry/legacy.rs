//! Fields of clients that spell interfaces out: `sentry.interfaces.Http` is `request`.

use super::fields::Object;

const PREFIX: &str = "sentry.interfaces.";

/// Renames the fields. One that is there under its short name too stays.
pub(super) fn rename_interfaces(event: &mut Object) {
    if !event.keys().any(|key| key.starts_with(PREFIX)) {
        return;
    }
    let long: Vec<String> = event
        .keys()
        .filter(|key| key.starts_with(PREFIX))
        .cloned()
        .collect();
    for key in long {
        let Some(value) = event.remove(&key) else {
            continue;
        };
        let name = key[PREFIX.len()..].to_ascii_lowercase();
        let name = match name.as_str() {
            "http" => "request",
            "message" => "logentry",
            other => other,
        };
        if event.get(name).is_none_or(serde_json::Value::is_null) {
            event.insert(name.to_owned(), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn interfaces_get_their_short_names() {
        let mut event = json!({
            "message": "m",
            "user": { "id": 1 },
            "request": null,
            "sentry.interfaces.Http": { "url": "http://a" },
            "sentry.interfaces.Message": { "message": "t" },
            "sentry.interfaces.Exception": { "type": "T" },
            "sentry.interfaces.Stacktrace": { "frames": [] },
            "sentry.interfaces.User": { "id": 2 },
        });
        let event = event.as_object_mut().unwrap();
        rename_interfaces(event);
        let expected = json!({
            "message": "m",
            "user": { "id": 1 },
            "request": { "url": "http://a" },
            "logentry": { "message": "t" },
            "exception": { "type": "T" },
            "stacktrace": { "frames": [] },
        });
        assert_eq!(*event, *expected.as_object().unwrap());
    }
}
