//! From a report to what is stored.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use faultbook_contract::builder::{NOON, new_id};
use faultbook_domain::cache::ReadCache;
use faultbook_domain::errors::{Level, Occurrence, Severity};
use faultbook_domain::fingerprint::v1::FingerprinterV1;
use faultbook_domain::id::{ProjectId, TenantId};
use faultbook_domain::ingest::HourlyAggregator;
use faultbook_domain::ingest::{Destination, Ingest, IngestError};
use faultbook_domain::ingest::{GroupCommitLimits, GroupCommitWriter, group_commit};
use faultbook_domain::ingest::{Report, ReportProblem};
use faultbook_domain::memory::{MemoryCache, MemoryStore};
use faultbook_domain::scrub::DefaultScrubber;
use faultbook_domain::system::SystemIds;
use faultbook_domain::testing::FixedClock;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use time::{Duration, macros::datetime};

fn ingest() -> (Ingest, GroupCommitWriter) {
    let clock = Arc::new(FixedClock::at(NOON));
    let ids = Arc::new(SystemIds::default());
    let cache = Arc::new(ReadCache::new(Arc::new(MemoryCache::default())));
    let store = Arc::new(MemoryStore::new(ids.clone()));
    let (group_commit, writer) = group_commit(
        GroupCommitLimits::default(),
        store,
        Arc::new(HourlyAggregator),
        cache,
        clock.clone(),
    );
    let scrubber = Arc::new(DefaultScrubber::default());
    (
        Ingest::new(
            group_commit,
            Arc::new(FingerprinterV1),
            scrubber,
            clock,
            ids,
        ),
        writer,
    )
}

fn report() -> Report {
    Report {
        message: "Database connection failed".into(),
        source: "backend".into(),
        ..Report::default()
    }
}

fn prepared(report: Report) -> Occurrence {
    ingest().0.prepare(ProjectId(new_id()), report).unwrap()
}

fn object(value: &Value) -> Option<Map<String, Value>> {
    value.as_object().cloned()
}

#[test]
fn what_is_left_out_gets_its_default() {
    let occurrence = prepared(report());
    assert_eq!(
        (occurrence.level, occurrence.severity),
        (Level::Error, Severity::Critical)
    );
    assert_eq!(occurrence.environment, "production");
    assert_eq!((occurrence.timestamp, occurrence.received_at), (NOON, NOON));
    assert_eq!(occurrence.event_id, occurrence.id.0);
    assert!(!occurrence.has_caller_event_id());
}

#[test]
fn the_callers_time_is_kept_in_utc_and_microseconds() {
    let timestamp = Some(datetime!(2026-11-20 10:00:00.123456789 +02:00));
    let occurrence = prepared(Report {
        timestamp,
        ..report()
    });
    assert_eq!(
        occurrence.timestamp,
        datetime!(2026-11-20 08:00:00.123456 UTC)
    );
    assert!(occurrence.timestamp.offset().is_utc());
}

#[test]
fn secrets_and_nul_never_become_part_of_an_occurrence() {
    let occurrence = prepared(Report {
        message: "nul \0 and Bearer abcdef0123456789abcdef".into(),
        url: Some("https://me:hunter2@example.com/x".into()),
        context: object(&json!({"password": "hunter2", "a\u{0}b": "c\u{0}d", "kept": 1})),
        user: object(&json!({"id": 7, "apiKey": "hunter2"})),
        ..report()
    });
    let text = format!("{occurrence:?}");
    assert!(
        !text.contains("hunter2") && !text.contains("abcdef0123456789"),
        "{text}"
    );
    assert!(!occurrence.message.contains('\0') && occurrence.message.contains('\u{FFFD}'));
    let context = occurrence.context.unwrap().to_string();
    assert!(
        context.contains("a\u{FFFD}b") && context.contains("\"kept\":1"),
        "{context}"
    );
}

#[test]
fn reports_that_break_a_rule_are_refused() {
    let (ingest, _writer) = ingest();
    let problem = |report| ingest.prepare(ProjectId(new_id()), report).unwrap_err();
    assert_eq!(
        problem(Report {
            message: " \n".into(),
            ..report()
        }),
        ReportProblem::Blank("message")
    );
    assert_eq!(
        problem(Report {
            source: String::new(),
            ..report()
        }),
        ReportProblem::Blank("source")
    );
    let late = Some(NOON + Duration::minutes(5) + Duration::SECOND);
    assert_eq!(
        problem(Report {
            timestamp: late,
            ..report()
        }),
        ReportProblem::InFuture
    );
    let early = Some(NOON + Duration::minutes(5));
    ingest
        .prepare(
            ProjectId(new_id()),
            Report {
                timestamp: early,
                ..report()
            },
        )
        .unwrap();
}

#[tokio::test]
async fn a_bad_report_never_costs_a_good_one() {
    let (ingest, writer) = ingest();
    let to = Destination {
        tenant: TenantId(new_id()),
        project: ProjectId(new_id()),
    };
    let bad = Report {
        message: String::new(),
        ..report()
    };
    let reports = vec![(to, report()), (to, bad), (to, report())];
    let submitting = async {
        let outcomes = ingest.submit_all(reports).await.unwrap();
        drop(ingest);
        outcomes
    };
    let (outcomes, ()) = tokio::join!(submitting, writer.run());
    let counts: Vec<Option<i64>> = outcomes
        .iter()
        .map(|outcome| {
            outcome
                .as_ref()
                .ok()
                .map(|accepted| accepted.recorded.error.count)
        })
        .collect();
    assert_eq!(counts, [Some(1), None, Some(2)]);
    assert!(matches!(
        outcomes[1],
        Err(IngestError::Invalid(ReportProblem::Blank("message")))
    ));
}
