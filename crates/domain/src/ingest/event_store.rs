//! Port: records batches of occurrences.

use super::aggregate::Aggregator;
use crate::errors::{ErrorState, Occurrence};
use crate::store_error::StoreError;
use async_trait::async_trait;
use std::sync::Arc;
use time::OffsetDateTime;

/// Occurrences to write in one transaction.
#[derive(Clone)]
pub struct Batch {
    /// When the batch is written.
    pub at: OffsetDateTime,
    /// The occurrences, in the order in which they arrived.
    pub occurrences: Vec<Arc<Occurrence>>,
    /// Aggregates the occurrences that are new.
    pub aggregator: Arc<dyn Aggregator>,
    /// Releases that a project may have: versions beyond it make none.
    pub release_limit: u32,
}

impl std::fmt::Debug for Batch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Batch")
            .field("len", &self.occurrences.len())
            .finish_non_exhaustive()
    }
}

/// Outcome of one occurrence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recorded {
    /// Its error just after this occurrence: `count` is exact for it.
    pub error: ErrorState,
    /// Whether the occurrence was stored before, so that it was not counted.
    pub duplicate: bool,
    /// Whether its error was resolved or ignored, and the batch reopened it.
    pub reopened: bool,
}

/// Records occurrences. The only write path of reports.
///
/// An adapter writes a batch in ONE transaction: occurrences, errors, fingerprints, roll-ups, releases and the
/// activity rows of regressions.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait EventStore: Send + Sync {
    /// Records a batch and returns one outcome per occurrence, in the batch's order.
    ///
    /// - MUST have everything durable when it returns `Ok`, and nothing stored when it returns `Err` (except where
    ///   the connection broke during COMMIT; a retry then counts nothing twice, because occurrence ids are unique).
    /// - MUST give each occurrence its own count: n equal occurrences get n consecutive counts.
    /// - MUST stay exact when several batches with the same fingerprint run at once.
    /// - MUST count nothing for an occurrence whose `event_id` or `id` is already stored in its project (or appears
    ///   earlier in the batch), and return the error unchanged.
    /// - MUST decide about errors that are resolved or ignored as [`decide`](crate::errors::decide) says, in the order
    ///   in which occurrences are recorded, under any concurrency, and write the activity that it names.
    /// - MUST remember of each occurrence whether it was recorded while its error was ignored, and count those by hour.
    /// - MUST say of each occurrence whether its batch reopened the error.
    /// - MUST keep the summary of the occurrence with the latest timestamp as the error's.
    /// - MUST create a new error for a fingerprint whose error was deleted.
    /// - MUST have the release of each counted occurrence known ([`ReleaseStore`](crate::releases::ReleaseStore)),
    ///   unless its version cannot be one or the project has about as many releases as it may, and MUST change no
    ///   release that is known.
    ///
    /// # Errors
    /// [`StoreError::Rejected`] when the data is at fault, [`StoreError::Unavailable`] when the store is.
    async fn record(&self, batch: &Batch) -> Result<Vec<Recorded>, StoreError>;
}
