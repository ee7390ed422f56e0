//! Builder of [`Ingest`].

use super::aggregate::{Aggregator, HourlyAggregator};
use super::event_store::EventStore;
use super::group_commit::{GroupCommitLimits, GroupCommitWriter, group_commit};
use super::ingest_queue::IngestQueue;
use super::prepare::Preparer;
use super::queue_batcher::{QueueBatcher, queue_batcher};
use super::service::{Ingest, Queue};
use super::store_breaker::StoreBreaker;
use crate::cache::ReadCache;
use crate::clock::Clock;
use crate::errors::FeedbackStore;
use crate::fingerprint::Fingerprinter;
use crate::fingerprint::v1::FingerprinterV1;
use crate::id_source::IdSource;
use crate::scrub::{DefaultScrubber, Scrubber};
use crate::stream::Publisher;
use crate::system::{SystemClock, SystemIds};
use std::sync::Arc;
use tokio::sync::Notify;

/// Builds an [`Ingest`]. Defaults to the built-in fingerprinter and scrubber, the system clock and UUIDv7 ids.
pub struct IngestBuilder {
    store: Arc<dyn EventStore>,
    preparer: Preparer,
    aggregator: Arc<dyn Aggregator>,
    limits: GroupCommitLimits,
    cache: Option<Arc<ReadCache>>,
    committed: Option<Arc<Notify>>,
    changes: Option<Arc<Publisher>>,
    queue: Option<Arc<dyn IngestQueue>>,
    feedback: Option<Arc<dyn FeedbackStore>>,
}

impl Ingest {
    /// Starts building an [`Ingest`] over a store.
    #[must_use]
    pub fn builder(store: Arc<dyn EventStore>) -> IngestBuilder {
        IngestBuilder::new(store)
    }
}

impl IngestBuilder {
    fn new(store: Arc<dyn EventStore>) -> Self {
        Self {
            store,
            preparer: Preparer {
                fingerprinter: Arc::new(FingerprinterV1),
                scrubber: Arc::new(DefaultScrubber::default()),
                clock: Arc::new(SystemClock),
                ids: Arc::new(SystemIds::default()),
            },
            aggregator: Arc::new(HourlyAggregator),
            limits: GroupCommitLimits::default(),
            cache: None,
            committed: None,
            changes: None,
            queue: None,
            feedback: None,
        }
    }

    /// Replaces the fingerprint algorithm.
    #[must_use]
    pub fn fingerprinter(mut self, fingerprinter: Arc<dyn Fingerprinter>) -> Self {
        self.preparer.fingerprinter = fingerprinter;
        self
    }

    /// Replaces the scrubber.
    #[must_use]
    pub fn scrubber(mut self, scrubber: Arc<dyn Scrubber>) -> Self {
        self.preparer.scrubber = scrubber;
        self
    }

    /// Replaces the aggregator.
    #[must_use]
    pub fn aggregator(mut self, aggregator: Arc<dyn Aggregator>) -> Self {
        self.aggregator = aggregator;
        self
    }

    /// Replaces the clock.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.preparer.clock = clock;
        self
    }

    /// Replaces the source of ids.
    #[must_use]
    pub fn ids(mut self, ids: Arc<dyn IdSource>) -> Self {
        self.preparer.ids = ids;
        self
    }

    /// Bounds the waiting reports and the batches.
    #[must_use]
    pub fn limits(mut self, limits: GroupCommitLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Invalidates cached reads of a tenant at each commit, before callers get their outcome.
    #[must_use]
    pub fn cache(mut self, cache: Arc<ReadCache>) -> Self {
        self.cache = Some(cache);
        self
    }

    /// Publishes what was recorded.
    #[must_use]
    pub fn changes(mut self, changes: Arc<Publisher>) -> Self {
        self.changes = Some(changes);
        self
    }

    /// Notifies one waiter after each commit.
    #[must_use]
    pub fn committed(mut self, committed: Arc<Notify>) -> Self {
        self.committed = Some(committed);
        self
    }

    /// Queues reports in asynchronous mode, or while the store is unavailable.
    #[must_use]
    pub fn queue(mut self, queue: Arc<dyn IngestQueue>) -> Self {
        self.queue = Some(queue);
        self
    }

    /// Keeps feedback; without a store for it, it is dropped.
    #[must_use]
    pub fn feedback(mut self, store: Arc<dyn FeedbackStore>) -> Self {
        self.feedback = Some(store);
        self
    }

    /// Builds the [`Ingest`] and its writer task.
    #[must_use]
    pub fn build(self) -> (Ingest, IngestWriter) {
        let clock = Arc::clone(&self.preparer.clock);
        let (group_commit, writer) =
            group_commit(self.limits, self.store, self.aggregator, Arc::clone(&clock));
        let writer = writer
            .with_cache(self.cache.clone())
            .with_feedback(self.feedback.clone())
            .notifying(self.committed)
            .publishing(self.changes);
        let (queue, batcher) = match self.queue {
            None => (None, None),
            Some(port) => {
                let (to_queue, batcher) = queue_batcher(self.limits, Arc::clone(&port));
                let queue = Queue {
                    port,
                    batcher: to_queue,
                    breaker: Arc::new(StoreBreaker::new(clock)),
                };
                (Some(queue), Some(batcher))
            }
        };
        let ingest = Ingest {
            preparer: self.preparer,
            group_commit,
            queue,
            feedback: self.feedback,
            cache: self.cache,
        };
        (ingest, IngestWriter { writer, batcher })
    }
}

/// The writer task of an [`Ingest`]. Reports are stored only while it runs.
pub struct IngestWriter {
    writer: GroupCommitWriter,
    batcher: Option<QueueBatcher>,
}

impl IngestWriter {
    /// Writes until every clone of the [`Ingest`] is dropped and no report is waiting.
    pub async fn run(self) {
        let Self { writer, batcher } = self;
        match batcher {
            Some(batcher) => drop(tokio::join!(writer.run(), batcher.run())),
            None => writer.run().await,
        }
    }
}
