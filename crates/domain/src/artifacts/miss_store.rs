//! Port: source maps that events wanted in vain.

use super::miss::{DueMiss, MissKey, NewMisses};
use crate::id::ProjectId;
use crate::store_error::StoreError;
use async_trait::async_trait;
use time::OffsetDateTime;

/// Remembers what events wanted in vain, by the fingerprint of their occurrences.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait MissStore: Send + Sync {
    /// Remembers misses, each once; those that are due are worked on whatever comes. Once the
    /// project has `most` of them, new ones MUST be left out.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn note_misses(&self, new: &NewMisses, most: u32) -> Result<(), StoreError>;

    /// Makes the misses of a project due that have one of these keys.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn raise_misses(
        &self,
        project: ProjectId,
        keys: &[MissKey],
        at: OffsetDateTime,
    ) -> Result<(), StoreError>;

    /// Gives a node a fingerprint with misses that are due. MUST NOT give it to another before that time, and MUST give it
    /// again afterwards unless it was finished.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn claim_miss(
        &self,
        now: OffsetDateTime,
        until: OffsetDateTime,
    ) -> Result<Option<DueMiss>, StoreError>;

    /// Forgets the misses that were given. MUST keep those that became due again meanwhile.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn finish_miss(&self, miss: &DueMiss) -> Result<(), StoreError>;

    /// Forgets misses from before a time, at most so many, and returns how many.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn remove_old_misses(&self, before: OffsetDateTime, most: u32)
    -> Result<u64, StoreError>;
}
