//! Port: figures of errors, out of counters, roll-ups and the search index.

use super::error_store::ErrorQuery;
use super::history::ErrorHistory;
use super::tally::{MatchCount, Tallies};
use crate::id::ErrorId;
use crate::store_error::StoreError;
use crate::tenancy::Scope;
use async_trait::async_trait;
use time::OffsetDateTime;

/// Errors of a list that are counted to find an error's place in it.
pub const NEIGHBORS_MAX: u32 = 1_000;

/// The place of an error in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Neighbors {
    /// Its number, from 1 on; `None` behind [`NEIGHBORS_MAX`], and where it is not in the list.
    pub position: Option<u64>,
    /// How many errors the list has; `None` where they are more than [`NEIGHBORS_MAX`].
    pub total: Option<u64>,
    /// The error before it, or before the place where it would be.
    pub previous: Option<ErrorId>,
    /// The error behind it.
    pub next: Option<ErrorId>,
}

/// Reads figures of errors within a [`Scope`]. Errors outside the scope count as not found.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait FigureStore: Send + Sync {
    /// Returns what an error's fingerprints say of its past; `None` when it does not exist. The counts of all its
    /// fingerprints MUST add up to the error's own, also after retention; releases MUST be those of all occurrences
    /// that were ever indexed, ties by id. `within` are whole hours.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn get_history(
        &self,
        scope: &Scope,
        error: ErrorId,
        within: (OffsetDateTime, OffsetDateTime),
    ) -> Result<Option<ErrorHistory>, StoreError>;

    /// Counts the scope's errors by state. MUST be exact after any recording, decision, merge, split or deletion,
    /// and MUST NOT cost more with more errors.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn get_tallies(&self, scope: &Scope) -> Result<Tallies, StoreError>;

    /// Counts the errors that [`list_errors`](super::ErrorStore::list_errors) finds by state, with their own
    /// occurrences.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn count_by_state(
        &self,
        scope: &Scope,
        query: &ErrorQuery,
    ) -> Result<Tallies, StoreError>;

    /// Counts the occurrences of what a list finds: those that match where occurrence filters or a range are given,
    /// else all that the errors ever had; and their users as [`count_users`](Self::count_users) does. What more than
    /// [`READ_MAX`](super::READ_MAX) rows would have to be read for is `None`.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn count_matches(
        &self,
        scope: &Scope,
        query: &ErrorQuery,
    ) -> Result<MatchCount, StoreError>;

    /// Counts the users of what a list finds: each MUST be counted once over all errors, of the stored occurrences that
    /// match.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn count_users(&self, scope: &Scope, query: &ErrorQuery) -> Result<u64, StoreError>;

    /// Finds an error's place in the list of a query, whose start and limit are unused; `None` when it does not exist.
    /// The place of an error that is not in the list is that which its own figures would give it.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn find_neighbors(
        &self,
        scope: &Scope,
        query: &ErrorQuery,
        error: ErrorId,
    ) -> Result<Option<Neighbors>, StoreError>;
}
