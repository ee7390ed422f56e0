//! Port: reads and deletes errors.

use super::activity::Activity;
use super::error_group::{ErrorDetail, ErrorFilter, ErrorSort};
use super::occurrence::{FeedEntry, Occurrence};
use crate::id::ErrorId;
use crate::page::{Cursor, Page, PageStart};
use crate::store_error::StoreError;
use crate::tenancy::Scope;
use async_trait::async_trait;

/// Query of one page of errors.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ErrorQuery {
    /// Filter.
    pub filter: ErrorFilter,
    /// Sort order.
    pub sort: ErrorSort,
    /// Start of the page.
    pub start: PageStart,
    /// Maximum number of errors, at least 1.
    pub limit: u32,
    /// Whether to load each error's complete latest occurrence too. A page then MUST end early rather than hold much
    /// more text than `PAGE_BYTES`.
    pub with_latest: bool,
}

/// Reads and deletes errors within a [`Scope`]. Errors outside the scope count as not found.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait ErrorStore: Send + Sync {
    /// Lists one page of errors. MUST apply all fields of the filter, order by the sort key and then id, descending,
    /// and count all matches in `total`. `next` MUST be `None` exactly on the last page. `latest` is `None` unless
    /// the query asks for it.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_errors(
        &self,
        scope: &Scope,
        query: &ErrorQuery,
    ) -> Result<Page<ErrorDetail>, StoreError>;

    /// Returns an error with its latest occurrence.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn get_error(
        &self,
        scope: &Scope,
        id: ErrorId,
    ) -> Result<Option<ErrorDetail>, StoreError>;

    /// Lists an error's occurrences, last received first; `None` when the error does not exist. The cursor's id is an
    /// occurrence id; its rank is unused. A page MUST end early, with a `next`, rather than hold more text than
    /// `PAGE_BYTES`, but MUST hold at least one occurrence where there is one.
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

    /// Lists occurrences of all errors, last received first, messages cut by `summary_message`. The cursor's id is an
    /// occurrence id; its rank is unused. `total` is the sum of the errors' counts.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_feed(
        &self,
        scope: &Scope,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<FeedEntry>, StoreError>;

    /// Lists the stored entries of an error's activity log, newest first; none when the error does not exist. The
    /// cursor's id is an entry's; its rank is unused.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_activity(
        &self,
        scope: &Scope,
        id: ErrorId,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Activity>, StoreError>;

    /// Deletes errors with their occurrences, fingerprints, event ids, activities and whatever else belongs to them,
    /// and returns the ids found. MUST subtract their occurrences from every roll-up.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn delete_errors(
        &self,
        scope: &Scope,
        ids: &[ErrorId],
    ) -> Result<Vec<ErrorId>, StoreError>;
}
