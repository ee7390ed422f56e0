//! The other side: the same rows through the same store, a transaction for each report and no HTTP.

use super::client::{Load, Measured};
use anyhow::Context;
use faultbook_domain::aggregate::HourlyAggregator;
use faultbook_domain::entity::{Occurrence, OccurrenceId, ProjectId, Report};
use faultbook_domain::fingerprint::v1::FingerprinterV1;
use faultbook_domain::fingerprint::{FingerprintInput, Fingerprinter};
use faultbook_domain::port::{Batch, Clock, EventStore, IdSource, Upkeep};
use faultbook_domain::system::{SystemClock, SystemIds};
use faultbook_postgres::{PostgresSettings, PostgresStore};
use faultbook_sqlite::{SqliteSettings, SqliteStore};
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

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
    store.maintain(SystemClock.now()).await?;
    Ok(Arc::new(store))
}

/// Records the same reports, one a transaction, from as many tasks as the load has connections.
///
/// # Errors
/// When the store fails.
pub async fn run(store: Arc<dyn EventStore>, load: Load) -> anyhow::Result<Measured> {
    let ids = Arc::new(SystemIds::default());
    let project = ProjectId(ids.next_id(SystemClock.now()));
    let templates: Arc<Vec<Occurrence>> = Arc::new(
        (0..load.errors)
            .map(|number| template(project, number))
            .collect::<Result<_, _>>()?,
    );
    let started = Instant::now();
    let until = started + load.duration;
    let tasks: Vec<_> = (0..load.connections)
        .map(|place| {
            let (store, ids, templates) =
                (Arc::clone(&store), Arc::clone(&ids), Arc::clone(&templates));
            tokio::spawn(async move {
                let mut latencies = Vec::new();
                for template in templates.iter().cycle().skip(place) {
                    let sent = Instant::now();
                    if sent >= until {
                        break;
                    }
                    let at = SystemClock.now();
                    let id = ids.next_id(at);
                    let occurrence = Occurrence {
                        id: OccurrenceId(id),
                        event_id: id,
                        ..template.clone()
                    };
                    let occurrences = vec![Arc::new(occurrence)];
                    let batch = Batch {
                        at,
                        occurrences,
                        aggregator: Arc::new(HourlyAggregator),
                    };
                    store.record(&batch).await?;
                    latencies.push(sent.elapsed());
                }
                anyhow::Ok(latencies)
            })
        })
        .collect();
    let mut latencies = Vec::new();
    for task in tasks {
        latencies.extend(task.await??);
    }
    Ok(Measured::new(started.elapsed(), latencies))
}

/// An occurrence of the load's error `number`.
///
/// # Errors
/// When the report cannot be read.
pub fn template(project_id: ProjectId, number: usize) -> anyhow::Result<Occurrence> {
    let body: Value = serde_json::from_str(&super::client::body(number, number))?;
    let text = |field: &str| body[field].as_str().map(str::to_owned);
    let message = text("message").context("no message")?;
    let stack_trace = text("stack_trace");
    let input = FingerprintInput {
        source: "backend",
        message: &message,
        stack_trace: stack_trace.as_deref(),
        custom: None,
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
        level,
        severity: level.default_severity(),
        message,
        source: "backend".to_owned(),
        environment: "production".to_owned(),
        stack_trace,
        context: Some(faultbook_domain::entity::JsonText::of(&body["context"])),
        url: text("url"),
        user_agent: None,
        ip_address: Some("127.0.0.1".to_owned()),
        release: None,
        tags: None,
        user: None,
        custom_fingerprint: None,
    })
}
