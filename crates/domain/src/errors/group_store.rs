//! Correcting the grouping by hand.

use super::activity::Actor;
use super::error_group::ErrorGroup;
use crate::fingerprint::{Fingerprint, FingerprintVersion};
use crate::id::ErrorId;
use crate::store_error::StoreError;
use crate::tenancy::Scope;
use async_trait::async_trait;
use time::OffsetDateTime;

/// What a merge did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Merge {
    /// The target, with the other's fingerprints and counts.
    Done(Box<ErrorGroup>),
    /// One of the two does not exist.
    NotFound,
    /// The two belong to different projects.
    OtherProject,
}

/// What a split did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Split {
    /// The fingerprint's own, new error.
    Done(Box<ErrorGroup>),
    /// There is no such error.
    NotFound,
    /// The error does not own that fingerprint.
    NotOwned,
    /// It is the error's only fingerprint: nothing to split.
    OnlyOne,
}

/// Moves fingerprints between errors. Occurrences belong to fingerprints, so they come along without
/// being touched.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait GroupStore: Send + Sync {
    /// Moves every fingerprint of `from` into `into` and removes `from`. MUST add the counts exactly
    /// (concurrent ingestion included), take the earlier first and the later last sight with its
    /// summary, stay open if either was, move `from`'s history over, and write one `Merged` activity on
    /// `into` whose detail is `from`'s id. Merging an error into itself changes nothing.
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

    /// Gives one fingerprint of an error an error of its own. MUST leave both with exact counts and
    /// sights, and write a `Split` activity on both whose detail is the fingerprint.
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

    /// The fingerprints an error owns, ascending; empty when there is no such error.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_fingerprints(
        &self,
        scope: &Scope,
        id: ErrorId,
    ) -> Result<Vec<(Fingerprint, FingerprintVersion)>, StoreError>;
}
