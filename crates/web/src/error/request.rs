//! The web request during which an occurrence happened, its user, and the rest of its context.

use super::tree;
use crate::link::foreign;
use crate::ui::{Markup, scrubbed};
use faultbook_domain::errors::{JsonText, Occurrence, WebRequest};
use serde_json::Value;

/// Members of a context that are shown in parts of their own.
const SHOWN: [&str; 4] = ["exception", "breadcrumbs", "request", "threads"];

/// The web request.
pub struct Request {
    /// Its method.
    pub method: String,
    /// Its address.
    pub url: String,
    /// Its address where it may be followed.
    pub link: Option<String>,
    /// The rest by name.
    pub fields: Vec<(String, Markup)>,
    /// A command that repeats it.
    pub curl: String,
}

impl Request {
    /// The request of an occurrence.
    #[must_use]
    pub fn of(occurrence: &Occurrence) -> Option<Self> {
        let request = WebRequest::of(occurrence);
        let summary = &occurrence.summary;
        if request.is_none() && summary.url.is_none() {
            return None;
        }
        let (method, url, query, headers, body) = match request {
            Some(one) => (one.method, one.url, one.query, one.headers, one.body),
            None => (None, None, None, None, None),
        };
        let url = url.or_else(|| summary.url.clone()).unwrap_or_default();
        let method = method.unwrap_or_default();
        let headers = headers.unwrap_or_default();
        let curl = curl(&method, &url, (&headers, body.as_ref()));
        let text = |value: &Value| scrubbed(&cut(tree::line(value)));
        let mut fields = Vec::new();
        fields.extend(
            query
                .as_ref()
                .map(|query| ("Query".to_owned(), text(query))),
        );
        fields.extend(
            headers
                .iter()
                .take(40)
                .map(|(name, value)| (name.clone(), text(value))),
        );
        fields.extend(body.as_ref().map(|body| ("Body".to_owned(), text(body))));
        Some(Self {
            link: foreign(&url),
            method,
            url,
            fields,
            curl,
        })
    }
}

fn cut(mut text: String) -> String {
    if let Some((at, _)) = text.char_indices().nth(4_000) {
        text.truncate(at);
        text.push('…');
    }
    text
}

/// A command that sends the request again, as far as it is known. Every word is quoted for a shell.
fn curl(
    method: &str,
    url: &str,
    (headers, body): (&serde_json::Map<String, Value>, Option<&Value>),
) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "'\\''"));
    let mut words = vec!["curl".to_owned()];
    if !method.is_empty() {
        words.push(format!("-X {}", quoted(method)));
    }
    words.push(quoted(url));
    for (name, value) in headers.iter().take(40) {
        words.push(format!(
            "-H {}",
            quoted(&format!("{name}: {}", tree::line(value)))
        ));
    }
    if let Some(body) = body {
        words.push(format!("-d {}", quoted(&cut(tree::line(body)))));
    }
    words.join(" \\\n  ")
}

/// The user of an occurrence, by field.
#[must_use]
pub fn user(occurrence: &Occurrence) -> Vec<(String, String)> {
    let sent = occurrence
        .user
        .as_ref()
        .and_then(|user| serde_json::from_str::<Value>(user.as_str()).ok());
    let mut fields = Vec::new();
    if let Some(Value::Object(members)) = sent {
        fields.extend(
            members
                .iter()
                .take(20)
                .map(|(name, value)| (name.clone(), cut(tree::line(value)))),
        );
    }
    let address = occurrence.summary.ip_address.clone();
    fields.extend(address.map(|address| ("address".to_owned(), address)));
    fields.extend(
        occurrence
            .summary
            .user_agent
            .clone()
            .map(|agent| ("user agent".to_owned(), agent)),
    );
    fields
}

/// The rest of a context, as trees.
#[must_use]
pub fn context(occurrence: &Occurrence) -> Vec<Markup> {
    let Some(members) = occurrence.context.as_ref().map(JsonText::members) else {
        return Vec::new();
    };
    let mut names: Vec<&str> = members
        .names()
        .filter(|name| !SHOWN.contains(name))
        .collect();
    names.sort_unstable();
    let drawn = names
        .into_iter()
        .take(60)
        .filter_map(|name| Some(tree::draw(name, &members.value(name)?)));
    drawn.collect()
}
