//! From a report to what is stored.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use faultbook_contract::builder::{NOON, new_id};
use faultbook_domain::errors::{Level, Occurrence, Severity};
use faultbook_domain::id::{ProjectId, TenantId};
use faultbook_domain::ingest::{
    Destination, Ingest, IngestError, IngestOutcome, IngestWriter, Report, ReportProblem, WriteMode,
};
use faultbook_domain::memory::MemoryStore;
use faultbook_domain::testing::FixedClock;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use time::{Duration, macros::datetime};

fn ingest() -> (Ingest, IngestWriter) {
    Ingest::builder(Arc::new(MemoryStore::default()))
        .clock(Arc::new(FixedClock::at(NOON)))
        .build()
}

fn to() -> Destination {
    Destination {
        tenant: TenantId(new_id()),
        project: ProjectId(new_id()),
    }
}

fn report() -> Report {
    Report::new("backend", "Database connection failed")
}

fn prepared(report: Report) -> Occurrence {
    let (_, occurrence) = ingest().0.prepare(to(), report).unwrap();
    Arc::unwrap_or_clone(occurrence)
}

fn object(value: &Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

#[test]
fn what_is_left_out_gets_its_default() {
    let occurrence = prepared(report());
    assert_eq!(
        (occurrence.summary.level, occurrence.summary.severity),
        (Level::Error, Severity::Critical)
    );
    assert_eq!(occurrence.summary.environment, "production");
    assert_eq!((occurrence.timestamp, occurrence.received_at), (NOON, NOON));
    assert_eq!(occurrence.event_id, occurrence.id.0);
    assert!(!occurrence.has_caller_event_id());
}

#[test]
fn the_callers_time_is_kept_in_utc_and_microseconds() {
    let timestamp = datetime!(2026-11-20 10:00:00.123456789 +02:00);
    let occurrence = prepared(report().with_timestamp(timestamp));
    assert_eq!(
        occurrence.timestamp,
        datetime!(2026-11-20 08:00:00.123456 UTC)
    );
    assert!(occurrence.timestamp.offset().is_utc());
}

#[test]
fn secrets_and_nul_never_become_part_of_an_occurrence() {
    let context = json!({"password": "hunter2", "a\u{0}b": "c\u{0}d", "kept": 1});
    let report = Report::new("backend", "nul \0 and Bearer abcdef0123456789abcdef")
        .with_url("https://me:hunter2@example.com/x")
        .with_context(object(&context))
        .with_user(object(&json!({"id": 7, "apiKey": "hunter2"})));
    let occurrence = prepared(report);
    let text = format!("{occurrence:?}");
    assert!(
        !text.contains("hunter2") && !text.contains("abcdef0123456789"),
        "{text}"
    );
    assert!(
        !occurrence.summary.message.contains('\0')
            && occurrence.summary.message.contains('\u{FFFD}')
    );
    let context = occurrence.context.unwrap().to_string();
    assert!(
        context.contains("a\u{FFFD}b") && context.contains("\"kept\":1"),
        "{context}"
    );
}

#[test]
fn reports_that_break_a_rule_are_refused() {
    let (ingest, _writer) = ingest();
    let problem = |report| ingest.prepare(to(), report).unwrap_err();
    assert_eq!(
        problem(Report::new("backend", " \n")),
        ReportProblem::Blank("message")
    );
    assert_eq!(
        problem(Report::new("", "Database connection failed")),
        ReportProblem::Blank("source")
    );
    let late = NOON + Duration::minutes(5) + Duration::SECOND;
    assert_eq!(
        problem(report().with_timestamp(late)),
        ReportProblem::InFuture
    );
    let early = NOON + Duration::minutes(5);
    ingest
        .prepare(to(), report().with_timestamp(early))
        .unwrap();
}

#[tokio::test]
async fn a_bad_report_never_costs_a_good_one() {
    let (ingest, writer) = ingest();
    let to = to();
    let bad = Report::new("backend", "");
    let reports = vec![(to, report()), (to, bad), (to, report())];
    let submitting = async {
        let outcomes = ingest.submit_all(reports, WriteMode::Sync).await.unwrap();
        drop(ingest);
        outcomes
    };
    let (outcomes, ()) = tokio::join!(submitting, writer.run());
    let counts: Vec<Option<i64>> = outcomes
        .iter()
        .map(|outcome| {
            outcome
                .clone()
                .ok()
                .and_then(IngestOutcome::stored)
                .map(|stored| stored.recorded.error.count)
        })
        .collect();
    assert_eq!(counts, [Some(1), None, Some(2)]);
    assert!(matches!(
        outcomes[1],
        Err(IngestError::Invalid(ReportProblem::Blank("message")))
    ));
}
