//! Recording occurrences.

use super::aggregate::Aggregator;
use crate::errors::{ErrorState, Occurrence};
use crate::store_error::StoreError;
use async_trait::async_trait;
use std::sync::Arc;
use time::OffsetDateTime;

/// Occurrences to be written together.
#[derive(Clone)]
pub struct Batch {
    /// When the batch is written.
    pub at: OffsetDateTime,
    /// The occurrences, in the order in which they arrived.
    pub occurrences: Vec<Arc<Occurrence>>,
    /// Turns those that count into what changes.
    pub aggregator: Arc<dyn Aggregator>,
}

impl std::fmt::Debug for Batch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Batch")
            .field("len", &self.occurrences.len())
            .finish_non_exhaustive()
    }
}

/// What became of one occurrence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recorded {
    /// Its error just after this occurrence: `count` is this occurrence's own.
    pub error: ErrorState,
    /// The occurrence had been stored before, so that nothing was counted.
    pub duplicate: bool,
}

/// Takes occurrences in. The only write path of reports.
///
/// An adapter writes a batch in ONE transaction: occurrences, errors, fingerprints, roll-ups and the
/// activity rows of regressions.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait EventStore: Send + Sync {
    /// Stores a batch and returns one outcome per occurrence, in the batch's order.
    ///
    /// - MUST have everything durable when it returns `Ok`, and nothing stored when it returns `Err`
    ///   (except where the connection broke while committing; a repeat then counts nothing twice,
    ///   because occurrence ids are unique).
    /// - MUST give each occurrence its own count: n equal occurrences get n consecutive counts.
    /// - MUST stay exact when several batches with the same fingerprint run at once.
    /// - MUST count nothing for an occurrence whose `event_id` or `id` is already stored in its
    ///   project (or stands earlier in the batch), and return the error as it is.
    /// - MUST reopen a resolved error (`resolved = false`, `regressed = true`, one `Regressed`
    ///   activity) when an occurrence's timestamp lies after `resolved_at`, and MUST NOT otherwise.
    /// - MUST keep the summary of the occurrence with the greatest timestamp as the error's latest.
    /// - MUST start a new error for a fingerprint whose error was deleted.
    ///
    /// # Errors
    /// [`StoreError::Rejected`] when the data itself is at fault, [`StoreError::Unavailable`] when the
    /// store is.
    async fn record(&self, batch: &Batch) -> Result<Vec<Recorded>, StoreError>;
}
