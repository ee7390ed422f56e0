//! The write path of reports: validation, scrubbing, fingerprint, group commit, and the queue for outages.

mod aggregate;
mod builder;
mod disk_full;
mod drain;
mod event_store;
mod feedback;
mod group_commit;
mod ingest_queue;
mod prepare;
mod queue_batcher;
mod report;
mod service;
mod store_breaker;

pub use aggregate::{
    Aggregate, Aggregator, GroupDelta, HourKey, HourlyAggregator, ProjectHourKey, ROLLUP_TEXT_MAX,
    hour_key, hour_of, rollup_text,
};
pub use builder::{IngestBuilder, IngestWriter};
pub use disk_full::{DiskFull, DiskState, NoRoom, PROBE_BYTES};
pub use drain::{Drain, Round};
pub use event_store::{Batch, EventStore, Recorded};
pub use feedback::attach_feedback;
pub use group_commit::{
    GroupCommit, GroupCommitError, GroupCommitLimits, GroupCommitProbe, GroupCommitWriter,
    TenantOccurrence, group_commit,
};
pub use ingest_queue::{Claimed, IngestQueue, Queued};
pub use prepare::DEFAULT_ENVIRONMENT;
pub use queue_batcher::{QueueBatcher, queue_batcher};
pub use report::{MAX_CLOCK_SKEW, Report, ReportProblem};
pub use service::{Destination, Ingest, IngestError, IngestOutcome, StoredReport, WriteMode};

#[cfg(feature = "testing")]
pub use {event_store::MockEventStore, ingest_queue::MockIngestQueue};
