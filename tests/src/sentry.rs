//! What Sentry SDKs send and are answered.

use crate::value::{fresh_id, text};
use crate::{Answer, Server};
use reqwest::Method;
use serde_json::{Value, json};

/// The number of the first project and its DSN key.
///
/// # Panics
/// When the projects cannot be listed.
pub async fn project(server: &Server) -> (String, String) {
    let projects = server.data("/api/projects").await;
    let project = &projects["projects"][0];
    (
        project["number"].to_string(),
        text(&project["public_key"]).to_owned(),
    )
}

/// An id as SDKs write them.
#[must_use]
pub fn fresh_hex() -> String {
    fresh_id().simple().to_string()
}

/// An event of Python's SDK with this message, as a module of a shop would send it.
#[must_use]
pub fn event(message: &str) -> Value {
    json!({
        "level": "error", "platform": "python", "environment": "staging", "release": "1.2.3",
        "exception": { "values": [{
            "type": "ValueError", "value": message,
            "stacktrace": { "frames": [
                { "module": "shop.app", "function": "main", "filename": "shop/app.py", "lineno": 3, "in_app": true },
                { "module": "shop.cart", "function": "total", "filename": "shop/cart.py", "lineno": 14, "in_app": true,
                  "context_line": "    return sum(prices)" },
            ] },
        }] },
        "user": { "id": 7 }, "tags": { "region": "eu" },
        "breadcrumbs": { "values": [{ "message": "clicked", "timestamp": 1.5 }] },
    })
}

/// An envelope of this event id with these items, each with its length.
#[must_use]
pub fn envelope(id: &str, items: &[(&str, String)]) -> Vec<u8> {
    let mut text = json!({ "event_id": id }).to_string();
    for (kind, payload) in items {
        let header = json!({ "type": kind, "length": payload.len() });
        text.push_str(&format!("\n{header}\n{payload}"));
    }
    text.push('\n');
    text.into_bytes()
}

/// An envelope with one event of an id of its own.
#[must_use]
pub fn one_event(message: &str) -> Vec<u8> {
    let id = fresh_hex();
    envelope(&id, &[("event", event(message).to_string())])
}

/// A POST without an API key, with these headers.
pub async fn send(server: &Server, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
    let mut request = server.anonymous().request(Method::POST, path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Answer::to(request.body(body)).await
}

/// How many occurrences there are.
///
/// # Panics
/// When the errors cannot be listed.
pub async fn count(server: &Server) -> u64 {
    let errors = server.errors("").await;
    errors
        .iter()
        .map(|error| error["count"].as_u64().unwrap())
        .sum()
}

/// The id with which an SDK is told that its event was received.
///
/// # Panics
/// When it is not.
#[track_caller]
pub fn is_received(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let limits = answer.header("x-sentry-rate-limits");
    assert!(limits.starts_with("3600:transaction;span;"), "{limits}");
    assert!(limits.ends_with(":organization:unsupported"), "{limits}");
    let id = text(&answer.json()["id"]).to_owned();
    assert!(
        id.len() == 32
            && id
                .bytes()
                .all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase())
    );
    id
}

/// The answer refuses, in a way that SDKs understand.
///
/// # Panics
/// When it does not.
#[track_caller]
pub fn is_refused(answer: &Answer, status: u16, code: &str) {
    let refused = answer.refusal(status, code);
    assert_eq!(refused["detail"], refused["error"]);
    assert_eq!(answer.header("x-sentry-error"), text(&refused["error"]));
    assert_eq!(answer.header("access-control-allow-origin"), "*");
}
