//! Port: durable queue of accepted occurrences that are not stored yet.

use crate::errors::Occurrence;
use crate::id::TenantId;
use crate::store_error::StoreError;
use async_trait::async_trait;
use std::sync::Arc;

/// A queued occurrence and its tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queued {
    /// The tenant of its project.
    pub tenant: TenantId,
    /// The occurrence. It has its id already, so that storing it twice counts once.
    pub occurrence: Arc<Occurrence>,
}

/// A queue entry that a worker has claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// Id of the entry in the queue.
    pub handle: String,
    /// The occurrence and its tenant.
    pub queued: Queued,
}

/// Keeps occurrences until they are stored: at-least-once delivery, also when a worker dies.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait IngestQueue: Send + Sync {
    /// Adds entries. MUST have all of them as durable as the queue can when it returns `Ok`; after an `Err` some may
    /// have been added.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the queue is unreachable or full.
    async fn push(&self, entries: &[Queued]) -> Result<(), StoreError>;

    /// Claims up to `most` entries, oldest first.
    ///
    /// - MUST NOT give one entry to two callers, unless the first neither finished it nor set it aside within the
    ///   queue's time limit: then it MUST be claimable again.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    async fn claim(&self, most: usize) -> Result<Vec<Claimed>, StoreError>;

    /// Removes stored entries. MUST accept handles of entries that are removed already.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: the entries are claimed and stored again, which counts nothing.
    async fn finish(&self, handles: &[String]) -> Result<(), StoreError>;

    /// Moves an entry that can never be stored to a dead-letter queue, with the reason.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: the entry is claimed again.
    async fn set_aside(&self, entry: &Claimed, reason: &str) -> Result<(), StoreError>;

    /// Counts entries that are not finished: waiting or claimed.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    async fn depth(&self) -> Result<u64, StoreError>;
}
