//! Port: merges errors and splits fingerprints off.

use super::activity::Actor;
use super::error_group::ErrorGroup;
use crate::fingerprint::{Fingerprint, FingerprintVersion};
use crate::id::ErrorId;
use crate::store_error::StoreError;
use crate::tenancy::Scope;
use async_trait::async_trait;
use time::OffsetDateTime;

/// Outcome of a merge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Merge {
    /// Merged: the target with its new count and summary.
    Done(Box<ErrorGroup>),
    /// One of the errors does not exist.
    NotFound,
    /// The errors belong to different projects.
    OtherProject,
}

/// Outcome of a split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Split {
    /// Split: the new error.
    Done(Box<ErrorGroup>),
    /// The error does not exist.
    NotFound,
    /// The fingerprint does not belong to the error.
    NotOwned,
    /// The fingerprint is the only one of the error.
    OnlyOne,
}

/// Moves fingerprints between errors. Occurrences reference fingerprints, so they move along untouched.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait GroupStore: Send + Sync {
    /// Moves every fingerprint of `from` into `into` and deletes `from`. MUST add the counts exactly (concurrent
    /// ingestion included), keep the earlier `first_seen` and the later `last_seen` with its summary, decide about the
    /// target as [`TriageState::merged`](super::TriageState::merged) says (`by_system` for [`Actor::System`]), move the
    /// activities of `from` with one of its creation, and write one `Merged` activity on `into`. Merging an error into
    /// itself changes nothing.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn merge_errors(
        &self,
        scope: &Scope,
        from: ErrorId,
        into: ErrorId,
        actor: Actor,
        at: OffsetDateTime,
    ) -> Result<Merge, StoreError>;

    /// Moves one fingerprint of an error into a new error. MUST leave both with exact counts, `first_seen` and
    /// `last_seen`, give the new error the other's triage state, leave the activities with the other, and write a
    /// `Split` activity on both, each with the id of the other.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn split_error(
        &self,
        scope: &Scope,
        id: ErrorId,
        fingerprint: Fingerprint,
        actor: Actor,
        at: OffsetDateTime,
    ) -> Result<Split, StoreError>;

    /// Lists an error's fingerprints, ascending; empty when the error does not exist.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_fingerprints(
        &self,
        scope: &Scope,
        id: ErrorId,
    ) -> Result<Vec<(Fingerprint, FingerprintVersion)>, StoreError>;
}
