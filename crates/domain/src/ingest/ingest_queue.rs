//! Occurrences that were accepted and are not stored yet.

use crate::errors::Occurrence;
use crate::id::TenantId;
use crate::store_error::StoreError;
use async_trait::async_trait;
use std::sync::Arc;

/// An accepted occurrence and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queued {
    /// The tenant of its project.
    pub tenant: TenantId,
    /// As it will be stored. It has its id already, so that storing it twice counts once.
    pub occurrence: Arc<Occurrence>,
}

/// An entry that somebody is working on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// The queue's name for the entry.
    pub handle: String,
    /// What was queued.
    pub queued: Queued,
}

/// Keeps occurrences until somebody has stored them: each at least once, also when a worker dies.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait IngestQueue: Send + Sync {
    /// Adds entries. MUST have all of them as durable as the queue can when it returns `Ok`; after an
    /// `Err` some may have been added.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the queue is away or full.
    async fn push(&self, entries: &[Queued]) -> Result<(), StoreError>;

    /// Takes up to `most` entries, oldest first, that nobody works on.
    ///
    /// - MUST NOT give one entry to two callers, unless the first neither finished it nor set it aside
    ///   within the queue's time limit: then it MUST give it to somebody again.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    async fn claim(&self, most: usize) -> Result<Vec<Claimed>, StoreError>;

    /// Removes entries that are stored. MUST accept handles that are gone already.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: the entries come back and are stored again, which counts nothing.
    async fn finish(&self, handles: &[String]) -> Result<(), StoreError>;

    /// Takes an entry that can never be stored out of the way and keeps it for people to look at,
    /// with the reason.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: the entry comes back.
    async fn set_aside(&self, entry: &Claimed, reason: &str) -> Result<(), StoreError>;

    /// Entries that are not finished: waiting, or being worked on.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    async fn depth(&self) -> Result<u64, StoreError>;
}
