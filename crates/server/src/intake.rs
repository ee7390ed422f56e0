//! The way of a report into the store, put together: lane, queue, and the workers behind them.

use crate::settings::Settings;
use crate::{wire, worker};
use faultbook_domain::aggregate::HourlyAggregator;
use faultbook_domain::fingerprint::Fingerprinter;
use faultbook_domain::port::{Clock, EventStore, HealthProbe, IdSource, IngestQueue};
use faultbook_domain::scrub::DefaultScrubber;
use faultbook_domain::service::drain::Drain;
use faultbook_domain::service::ingest::Ingest;
use faultbook_domain::service::intake::Intake;
use faultbook_domain::service::lane::{LaneLimits, LaneWriter, lane};
use faultbook_domain::service::queue_lane::queue_lane;
use faultbook_domain::service::read_cache::ReadCache;
use std::sync::Arc;

/// What takes reports in, and what goes on behind it.
pub struct Reception {
    /// Where routes hand reports in.
    pub intake: Intake,
    /// Writes what is handed in, once somebody drives it.
    pub writer: LaneWriter,
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
    let limits = LaneLimits {
        waiting: settings.ingest.max_waiting,
        waiting_bytes: settings.ingest.max_waiting_bytes,
        batch: settings.ingest.max_batch,
        ..LaneLimits::default()
    };
    let aggregator = Arc::new(HourlyAggregator);
    let (lane, writer) = lane(
        limits,
        events,
        aggregator,
        Arc::clone(cache),
        Arc::clone(clock),
    );
    let ingest = Ingest::new(
        lane.clone(),
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
            waiting: Arc::new(lane.probe()),
        });
    };
    let waiting: Arc<dyn HealthProbe> = queue.clone();
    let queue: Arc<dyn IngestQueue> = queue;
    let (to_queue, pusher) = queue_lane(limits, Arc::clone(&queue));
    tokio::spawn(pusher.run());
    let drain = Drain::new(queue, lane, settings.ingest.max_batch);
    Ok(Reception {
        intake: Intake::new(ingest, Some(to_queue), Arc::clone(clock)),
        writer,
        drainer: Some(worker::Drainer::start(drain)),
        waiting,
    })
}
