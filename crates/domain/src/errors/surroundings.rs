//! What an occurrence's context says of what went before it and of the web request during which it happened.

use super::json_text::JsonText;
use super::occurrence::Occurrence;
use crate::instant::{checked_instant, parse_instant};
use serde_json::{Map, Value};
use time::OffsetDateTime;

/// What happened before an occurrence.
#[derive(Debug, Clone, PartialEq)]
pub struct Breadcrumb {
    /// When.
    pub timestamp: Option<OffsetDateTime>,
    /// Its kind, such as `http` or `navigation`.
    pub kind: Option<String>,
    /// What it concerns, such as `db.query`.
    pub category: Option<String>,
    /// Its level as sent.
    pub level: Option<String>,
    /// What it says.
    pub message: Option<String>,
    /// Whatever was sent with it.
    pub data: Option<Map<String, Value>>,
}

/// A web request.
#[derive(Debug, Clone, PartialEq)]
pub struct WebRequest {
    /// The method.
    pub method: Option<String>,
    /// The URL.
    pub url: Option<String>,
    /// The query: a text, or an object.
    pub query: Option<Value>,
    /// The headers by name.
    pub headers: Option<Map<String, Value>>,
    /// The body as sent.
    pub body: Option<Value>,
}

impl Breadcrumb {
    /// Reads the breadcrumbs of an occurrence, oldest first; none of what is no list.
    #[must_use]
    pub fn all(occurrence: &Occurrence) -> Vec<Self> {
        let context = occurrence.context.as_ref().map(JsonText::members);
        let sent = context.and_then(|context| context.value("breadcrumbs"));
        let list = match sent {
            Some(Value::Array(list)) => list,
            Some(Value::Object(mut object)) => match object.remove("values") {
                Some(Value::Array(list)) => list,
                _ => Vec::new(),
            },
            _ => Vec::new(),
        };
        let objects = list.into_iter().filter_map(|one| match one {
            Value::Object(object) => Some(object),
            _ => None,
        });
        let mut all: Vec<Self> = objects.map(Self::read).collect();
        // As sent where a time is unknown.
        if all.iter().all(|one| one.timestamp.is_some()) {
            all.sort_by_key(|one| one.timestamp);
        }
        all
    }

    fn read(mut sent: Map<String, Value>) -> Self {
        Self {
            timestamp: sent.get("timestamp").and_then(instant),
            kind: text(&mut sent, "type"),
            category: text(&mut sent, "category"),
            level: text(&mut sent, "level"),
            message: text(&mut sent, "message"),
            data: object(&mut sent, "data"),
        }
    }
}

impl WebRequest {
    /// Reads the request of an occurrence; `None` where nothing is said of one.
    #[must_use]
    pub fn of(occurrence: &Occurrence) -> Option<Self> {
        let context = occurrence.context.as_ref().map(JsonText::members)?;
        let Some(Value::Object(mut sent)) = context.value("request") else {
            return None;
        };
        let mut any = |names: [&str; 2]| {
            let mut found = names.into_iter().filter_map(|name| sent.remove(name));
            found.find(|value| !value.is_null())
        };
        let query = any(["query_string", "query"]);
        let body = any(["data", "body"]);
        let query = query.filter(|query| query.as_str() != Some(""));
        let request = Self {
            method: text(&mut sent, "method"),
            url: text(&mut sent, "url"),
            query,
            headers: headers(sent.remove("headers")),
            body,
        };
        let Self {
            method,
            url,
            query,
            headers,
            body,
        } = &request;
        let is_said = method.is_some() || url.is_some() || query.is_some();
        (is_said || headers.is_some() || body.is_some()).then_some(request)
    }
}

/// Takes a text that is not blank.
fn text(sent: &mut Map<String, Value>, name: &str) -> Option<String> {
    match sent.remove(name) {
        Some(Value::String(text)) if !text.trim().is_empty() => Some(text),
        _ => None,
    }
}

/// Takes an object that is not empty.
fn object(sent: &mut Map<String, Value>, name: &str) -> Option<Map<String, Value>> {
    match sent.remove(name) {
        Some(Value::Object(object)) if !object.is_empty() => Some(object),
        _ => None,
    }
}

/// Reads headers that are an object or a list of pairs.
fn headers(sent: Option<Value>) -> Option<Map<String, Value>> {
    let headers: Map<String, Value> = match sent? {
        Value::Object(headers) => headers,
        Value::Array(pairs) => {
            let pairs = pairs.into_iter().filter_map(|pair| match pair {
                Value::Array(pair) => {
                    let mut pair = pair.into_iter();
                    Some((pair.next()?.as_str()?.to_owned(), pair.next()?))
                }
                _ => None,
            });
            pairs.collect()
        }
        _ => return None,
    };
    (!headers.is_empty()).then_some(headers)
}

/// Reads a time: RFC 3339, the same without offset for UTC, or seconds since 1970.
fn instant(sent: &Value) -> Option<OffsetDateTime> {
    let seconds = match sent {
        Value::Number(seconds) => seconds.to_string().parse::<f64>().ok()?,
        Value::String(text) => {
            let written = parse_instant(text).or_else(|| parse_instant(&format!("{text}Z")));
            return written.or_else(|| of_seconds(text.parse::<f64>().ok()?));
        }
        _ => return None,
    };
    of_seconds(seconds)
}

fn of_seconds(seconds: f64) -> Option<OffsetDateTime> {
    let span = time::Duration::checked_seconds_f64(seconds)?;
    checked_instant(OffsetDateTime::UNIX_EPOCH.checked_add(span)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::errors::{EventSummary, Level, Severity};
    use crate::fingerprint::{Fingerprint, FingerprintVersion};
    use crate::id::{OccurrenceId, ProjectId};
    use serde_json::json;
    use time::macros::datetime;
    use uuid::Uuid;

    fn an_occurrence_with(context: &Value) -> Occurrence {
        let text = || String::from("s");
        Occurrence {
            id: OccurrenceId(Uuid::nil()),
            project_id: ProjectId(Uuid::nil()),
            event_id: Uuid::nil(),
            fingerprint: Fingerprint::from_bytes([0; 16]),
            fingerprint_version: FingerprintVersion(1),
            timestamp: OffsetDateTime::UNIX_EPOCH,
            received_at: OffsetDateTime::UNIX_EPOCH,
            summary: EventSummary {
                level: Level::Error,
                severity: Severity::Critical,
                message: text(),
                source: text(),
                environment: text(),
                url: None,
                user_agent: None,
                ip_address: None,
                release: None,
            },
            stack_trace: None,
            context: Some(JsonText::of(context)),
            tags: None,
            user: None,
            custom_fingerprint: None,
            feedback: Vec::new(),
        }
    }

    #[test]
    fn breadcrumbs_come_oldest_first() {
        let crumbs = json!([
            { "timestamp": 1_764_201_601.5, "type": "http", "category": "fetch", "data": { "status": 500 } },
            { "timestamp": "2025-11-26T23:59:59", "message": "clicked", "level": "info" },
            "none", { "timestamp": "2025-11-27T00:00:00Z", "message": 5, "data": {} },
        ]);
        for sent in [crumbs.clone(), json!({ "values": crumbs })] {
            let occurrence = an_occurrence_with(&json!({ "breadcrumbs": sent }));
            let all = Breadcrumb::all(&occurrence);
            assert_eq!(all.len(), 3);
            assert_eq!(all[0].message.as_deref(), Some("clicked"));
            assert_eq!(all[1].timestamp, Some(datetime!(2025-11-27 00:00 UTC)));
            assert_eq!((all[1].message.as_deref(), &all[1].data), (None, &None));
            assert_eq!(all[2].kind.as_deref(), Some("http"));
            assert_eq!(all[2].data.as_ref().unwrap()["status"], 500);
        }
        for none in [
            json!({}),
            json!({ "breadcrumbs": "x" }),
            json!({ "breadcrumbs": null }),
        ] {
            assert!(Breadcrumb::all(&an_occurrence_with(&none)).is_empty());
        }
    }

    #[test]
    fn a_request_is_read_in_whatever_form() {
        let sent = json!({ "request": {
            "method": "POST", "url": "https://a/b", "query_string": "x=1",
            "headers": [["Host", "a"], 5], "data": { "n": 1 },
        } });
        let read = WebRequest::of(&an_occurrence_with(&sent)).unwrap();
        assert_eq!(read.method.as_deref(), Some("POST"));
        assert_eq!(read.query, Some(json!("x=1")));
        assert_eq!(read.headers.unwrap()["Host"], "a");
        assert_eq!(read.body, Some(json!({ "n": 1 })));
        for none in [
            json!({}),
            json!({ "request": {} }),
            json!({ "request": "GET /" }),
        ] {
            assert_eq!(WebRequest::of(&an_occurrence_with(&none)), None);
        }
    }
}
