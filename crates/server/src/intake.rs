//! The way of a report into the store, put together: lane, queue, and the workers behind them.

use crate::settings::Settings;
use crate::{wire, worker};
use faultbook_domain::cache::ReadCache;
use faultbook_domain::clock::Clock;
use faultbook_domain::fingerprint::Fingerprinter;
use faultbook_domain::id_source::IdSource;
use faultbook_domain::ingest::Drain;
use faultbook_domain::ingest::HourlyAggregator;
use faultbook_domain::ingest::Ingest;
use faultbook_domain::ingest::Intake;
use faultbook_domain::ingest::queue_batcher;
use faultbook_domain::ingest::{EventStore, IngestQueue};
use faultbook_domain::ingest::{GroupCommitLimits, GroupCommitWriter, group_commit};
use faultbook_domain::monitoring::HealthProbe;
use faultbook_domain::scrub::DefaultScrubber;
use std::sync::Arc;

/// What takes reports in, and what goes on behind it.
pub struct Reception {
    /// Where routes hand reports in.
    pub intake: Intake,
    /// Writes what is handed in, once somebody drives it.
    pub writer: GroupCommitWriter,
    /// Stores what is queued, where there is a queue.
    pub drainer: Option<worker::Drainer>,
    /// A look at how much waits.
    pub waiting: Arc<dyn HealthProbe>,
}

/// Puts it together.
///
/// # Errors
/// When the settings can never work.
pub fn receive(
    settings: &Settings,
    events: Arc<dyn EventStore>,
    cache: &Arc<ReadCache>,
    fingerprinter: Arc<dyn Fingerprinter>,
    (clock, ids): (&Arc<dyn Clock>, &Arc<dyn IdSource>),
) -> anyhow::Result<Reception> {
    let limits = GroupCommitLimits {
        waiting: settings.ingest.max_waiting,
        waiting_bytes: settings.ingest.max_waiting_bytes,
        batch: settings.ingest.max_batch,
        ..GroupCommitLimits::default()
    };
    let aggregator = Arc::new(HourlyAggregator);
    let (group_commit, writer) = group_commit(
        limits,
        events,
        aggregator,
        Arc::clone(cache),
        Arc::clone(clock),
    );
    let ingest = Ingest::new(
        group_commit.clone(),
        fingerprinter,
        Arc::new(DefaultScrubber::new(&settings.scrub_keys)),
        Arc::clone(clock),
        Arc::clone(ids),
    );
    let Some(queue) = wire::ingest_queue(settings, ids, clock)? else {
        return Ok(Reception {
            intake: Intake::new(ingest, None, Arc::clone(clock)),
            writer,
            drainer: None,
            waiting: Arc::new(group_commit.probe()),
        });
    };
    let waiting: Arc<dyn HealthProbe> = queue.clone();
    let queue: Arc<dyn IngestQueue> = queue;
    let (to_queue, pusher) = queue_batcher(limits, Arc::clone(&queue));
    tokio::spawn(pusher.run());
    let drain = Drain::new(queue, group_commit, settings.ingest.max_batch);
    Ok(Reception {
        intake: Intake::new(ingest, Some(to_queue), Arc::clone(clock)),
        writer,
        drainer: Some(worker::Drainer::start(drain)),
        waiting,
    })
}
