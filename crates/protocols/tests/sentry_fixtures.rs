//! Bodies as SDKs of all ages send them, each with the occurrence that it becomes.
//!
//! `UPDATE_FIXTURES=1` writes what is expected anew; read the difference before it is committed.

use faultbook_domain::id_source::IdSource;
use faultbook_domain::ingest::Report;
use faultbook_domain::stack_trace::sent::stack_trace;
use faultbook_protocols::origin::Origin;
use faultbook_protocols::sentry::SecurityQuery;
use faultbook_protocols::sentry::{Malformed, Received, read_envelope, read_security, read_store};
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

struct SameId;

impl IdSource for SameId {
    fn next_id(&self, _: OffsetDateTime) -> Uuid {
        Uuid::from_u128(1)
    }

    fn secret_bytes(&self) -> [u8; 32] {
        [0; 32]
    }
}

/// A request from 203.0.113.9 at noon.
fn origin() -> Origin<'static> {
    Origin {
        received_at: time::macros::datetime!(2026-11-20 12:00 UTC),
        client_address: Some("203.0.113.9"),
        user_agent: Some("the client's library"),
        source: None,
        max_event: 8 << 20,
    }
}

fn read(name: &str, body: &[u8]) -> Result<Received, Malformed> {
    let origin = origin();
    if name.ends_with(".envelope") {
        read_envelope(body, &origin, &SameId)
    } else if name.ends_with(".csp.json") {
        read_security(body, &SecurityQuery::default(), &origin, &SameId)
    } else {
        read_store(body, &origin, 64 << 20, &SameId)
    }
}

fn shown(received: &Received) -> Value {
    let mut all = Map::new();
    let id = received.event_id.map(|id| id.simple().to_string());
    all.insert("event_id".to_owned(), json!(id));
    let reports: Vec<Value> = received.reports.iter().map(shown_report).collect();
    all.insert("reports".to_owned(), json!(reports));
    let discards = received.client_discards.iter();
    let discards: Vec<String> = discards.map(|one| format!("{one:?}")).collect();
    all.insert("client_discards".to_owned(), json!(discards));
    all.insert("dropped".to_owned(), json!(received.dropped));
    Value::Object(all)
}

fn shown_report(report: &Report) -> Value {
    let lines = report
        .stack_trace
        .as_deref()
        .map(|text| text.lines().collect::<Vec<_>>());
    let at = report.timestamp.and_then(|at| at.format(&Rfc3339).ok());
    let shown = json!({
        "level": report.level.as_str(),
        "severity": report.severity.map(|severity| severity.as_str()),
        "message": report.message,
        "message_template": report.message_template,
        "stack_trace": lines,
        "source": report.source,
        "environment": report.environment,
        "release": report.release,
        "url": report.url,
        "user_agent": report.user_agent,
        "ip_address": report.ip_address,
        "event_id": report.event_id.map(|id| id.simple().to_string()),
        "timestamp": at,
        "fingerprint": report.fingerprint,
        "tags": report.tags,
        "user": report.user,
        "context": report.context,
    });
    let Value::Object(shown) = shown else {
        unreachable!("an object")
    };
    Value::Object(
        shown
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .collect(),
    )
}

fn bodies() -> std::io::Result<Vec<PathBuf>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut bodies = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if !path.to_string_lossy().ends_with(".expected.json") {
            bodies.push(path);
        }
    }
    bodies.sort();
    Ok(bodies)
}

#[test]
fn every_body_becomes_its_occurrence() {
    let mut wrong = Vec::new();
    for path in bodies().unwrap() {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let stem = name.split('.').next().unwrap();
        let received = shown(&read(&name, &std::fs::read(&path).unwrap()).unwrap());
        let expected_path = path.with_file_name(format!("{stem}.expected.json"));
        if std::env::var_os("UPDATE_FIXTURES").is_some() {
            let text = serde_json::to_string_pretty(&received).unwrap();
            std::fs::write(&expected_path, text + "\n").unwrap();
        }
        let expected: Value =
            serde_json::from_slice(&std::fs::read(&expected_path).unwrap()).unwrap();
        if received != expected {
            wrong.push(format!("{name}:\n{received:#}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_kept_of_exceptions_has_the_frames_of_the_report() {
    let mut compared = 0;
    for path in bodies().unwrap() {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        for report in read(&name, &std::fs::read(&path).unwrap()).unwrap().reports {
            let context = report.context.unwrap_or_default();
            let Some(kept) = context.get("exception") else {
                continue;
            };
            let mut kept = stack_trace(kept, context.get("platform").and_then(Value::as_str));
            for frame in kept.exceptions.iter_mut().flat_map(|one| &mut one.frames) {
                frame.pre_context.clear();
                frame.context_line = None;
                frame.post_context.clear();
                frame.vars = None;
            }
            assert_eq!(Some(kept), report.exceptions, "{name}");
            compared += 1;
        }
    }
    assert!(compared > 10);
}
