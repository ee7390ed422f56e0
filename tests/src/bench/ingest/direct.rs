//! The other side: the same rows - occurrences, errors, roll-ups - through the same store, without HTTP.

use crate::load::{self, Load, Measured, Sender, drive};
use anyhow::Context;
use faultbook_domain::clock::Clock;
use faultbook_domain::errors::{EventSummary, JsonText, Occurrence};
use faultbook_domain::fingerprint::v1::FingerprinterV1;
use faultbook_domain::fingerprint::{FingerprintInput, Fingerprinter};
use faultbook_domain::id::{OccurrenceId, ProjectId};
use faultbook_domain::id_source::IdSource;
use faultbook_domain::ingest::HourlyAggregator;
use faultbook_domain::ingest::Report;
use faultbook_domain::ingest::{Batch, EventStore};
use faultbook_domain::releases::ReleaseLimits;
use faultbook_domain::retention::StoreMaintenance;
use faultbook_domain::system::{SystemClock, SystemIds};
use faultbook_postgres::{PostgresSettings, PostgresStore};
use faultbook_sqlite::{SqliteSettings, SqliteStore};
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;

/// Connections of the pool that writes: what applications are commonly set up with.
pub const POOL: usize = 16;

/// An embedded store in this file.
///
/// # Errors
/// When it cannot be opened.
pub async fn sqlite(path: &Path) -> anyhow::Result<Arc<dyn EventStore>> {
    let settings = SqliteSettings::new(path);
    let store = SqliteStore::open(
        settings,
        Arc::new(SystemIds::default()),
        Arc::new(SystemClock),
    )?;
    store.migrate().await?;
    Ok(Arc::new(store))
}

/// A store on this server.
///
/// # Errors
/// When it cannot be reached.
pub async fn postgres(url: &str) -> anyhow::Result<Arc<dyn EventStore>> {
    let settings = PostgresSettings {
        writers: POOL,
        ..PostgresSettings::new(url)
    };
    let ids = Arc::new(SystemIds::default());
    let store = PostgresStore::connect(&settings, ids, Arc::new(SystemClock)).await?;
    store.migrate().await?;
    store.run_maintenance(SystemClock.now()).await?;
    Ok(Arc::new(store))
}

/// Records so many a transaction.
struct Writer {
    store: Arc<dyn EventStore>,
    ids: Arc<SystemIds>,
    templates: Arc<Vec<Occurrence>>,
    many: usize,
}

impl Sender for Writer {
    async fn send(&mut self, turn: usize) -> anyhow::Result<()> {
        let at = SystemClock.now();
        let occurrence = |template: &Occurrence| {
            let id = self.ids.next_id(at);
            Arc::new(Occurrence {
                id: OccurrenceId(id),
                event_id: id,
                ..template.clone()
            })
        };
        let first = turn * self.many % self.templates.len();
        let templates = self.templates.iter().cycle().skip(first);
        let batch = Batch {
            at,
            occurrences: templates.take(self.many).map(occurrence).collect(),
            aggregator: Arc::new(HourlyAggregator),
            release_limit: ReleaseLimits::default().releases,
        };
        self.store.record(&batch).await?;
        Ok(())
    }
}

/// Records the load's reports, `many` a transaction, from as many tasks as the load has connections.
///
/// # Errors
/// When the store fails.
pub async fn run(store: &Arc<dyn EventStore>, load: Load, many: usize) -> anyhow::Result<Measured> {
    let ids = Arc::new(SystemIds::default());
    let templates = Arc::new(templates(load.errors)?);
    let writers = (0..load.connections).map(|_| Writer {
        store: Arc::clone(store),
        ids: Arc::clone(&ids),
        templates: Arc::clone(&templates),
        many,
    });
    drive(writers, load.duration).await
}

/// An occurrence of each of the load's errors, in a project of their own.
///
/// # Errors
/// When a report cannot be read.
pub fn templates(errors: usize) -> anyhow::Result<Vec<Occurrence>> {
    let project = ProjectId(SystemIds::default().next_id(SystemClock.now()));
    (0..errors)
        .map(|number| template(project, number))
        .collect()
}

/// An occurrence of the load's error `number`.
fn template(project_id: ProjectId, number: usize) -> anyhow::Result<Occurrence> {
    let body: Value = serde_json::from_str(&load::body(number, number))?;
    let text = |field: &str| body[field].as_str().map(str::to_owned);
    let message = text("message").context("no message")?;
    let stack_trace = text("stack_trace");
    let input = FingerprintInput {
        source: "backend",
        message: &message,
        stack_trace: stack_trace.as_deref(),
        ..FingerprintInput::default()
    };
    let now = SystemClock.now();
    let id = SystemIds::default().next_id(now);
    let level = Report::default().level;
    Ok(Occurrence {
        id: OccurrenceId(id),
        project_id,
        event_id: id,
        fingerprint: FingerprinterV1.fingerprint(&input),
        fingerprint_version: FingerprinterV1.version(),
        timestamp: now,
        received_at: now,
        summary: EventSummary {
            level,
            severity: level.default_severity(),
            message,
            source: "backend".to_owned(),
            environment: "production".to_owned(),
            url: text("url"),
            user_agent: None,
            ip_address: Some("127.0.0.1".to_owned()),
            release: None,
        },
        stack_trace,
        context: Some(JsonText::of(&body["context"])),
        tags: None,
        user: None,
        custom_fingerprint: None,
        feedback: Vec::new(),
    })
}
