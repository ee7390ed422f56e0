//! Looking at errors and changing them.

use super::activity::{Activity, Actor};
use super::error_group::{ErrorDetail, ErrorFilter, ErrorSort};
use super::occurrence::{FeedEntry, Occurrence};
use crate::id::ErrorId;
use crate::page::{Cursor, Page, PageStart};
use crate::store_error::StoreError;
use crate::tenancy::Scope;
use async_trait::async_trait;
use time::OffsetDateTime;

/// What a resolution sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resolution {
    /// Resolved, or open again.
    pub resolved: bool,
    /// Who decides.
    pub actor: Actor,
    /// When.
    pub at: OffsetDateTime,
}

/// Which page of which errors.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ErrorQuery {
    /// Which errors.
    pub filter: ErrorFilter,
    /// In which order.
    pub sort: ErrorSort,
    /// From where.
    pub start: PageStart,
    /// How many, at least 1.
    pub limit: u32,
    /// Whether to fetch each error's latest occurrence too (its heavy columns). A page then MUST end early
    /// rather than hold much more text than `PAGE_BYTES`.
    pub with_latest: bool,
}

/// Errors of the projects in a [`Scope`]. What lies outside the scope does not exist.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait ErrorStore: Send + Sync {
    /// One page of errors. MUST apply every part of the filter together, order by the sort's rank and
    /// then id, greatest first, and count all that match in `total`. `next` MUST be `None` exactly on
    /// the last page. An error's `latest` is `None` unless the query asks for it.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_errors(
        &self,
        scope: &Scope,
        query: &ErrorQuery,
    ) -> Result<Page<ErrorDetail>, StoreError>;

    /// One error with its latest occurrence.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn get_error(
        &self,
        scope: &Scope,
        id: ErrorId,
    ) -> Result<Option<ErrorDetail>, StoreError>;

    /// An error's occurrences, newest received first; `None` when there is no such error. The cursor's
    /// id is an occurrence's; its rank is not used. A page MUST end early, with a `next`, rather than hold more
    /// text than `PAGE_BYTES`, but MUST hold at least one occurrence where there is one.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_occurrences(
        &self,
        scope: &Scope,
        id: ErrorId,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Option<Page<Occurrence>>, StoreError>;

    /// Occurrences of all errors, newest received first, messages cut by `summary_message`. The cursor's id is
    /// an occurrence's; its rank is not used. `total` is what the errors' counts add up to.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_feed(
        &self,
        scope: &Scope,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<FeedEntry>, StoreError>;

    /// An error's history, newest first, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_activity(
        &self,
        scope: &Scope,
        id: ErrorId,
        limit: u32,
    ) -> Result<Vec<Activity>, StoreError>;

    /// Resolves or reopens errors and returns the ids found. MUST be idempotent: an error already in
    /// that state keeps its `resolved_at` and gets no activity. Clears `regressed`.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn resolve_errors(
        &self,
        scope: &Scope,
        ids: &[ErrorId],
        resolution: Resolution,
    ) -> Result<Vec<ErrorId>, StoreError>;

    /// Deletes errors with their occurrences, fingerprints, event ids and history, and returns the ids
    /// found. MUST take their occurrences out of every roll-up.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn delete_errors(
        &self,
        scope: &Scope,
        ids: &[ErrorId],
    ) -> Result<Vec<ErrorId>, StoreError>;
}
