//! Port: reads and deletes errors.

use super::activity::Activity;
use super::error_group::{ErrorDetail, ErrorFilter, ErrorSort};
use super::facets::Facets;
use super::figures::{TrendShape, Viewer};
use super::occurrence::{FeedEntry, Occurrence};
use super::similar::Likeness;
use crate::id::{ErrorId, ProjectId};
use crate::page::{Cursor, Page, PageStart};
use crate::search::Query;
use crate::store_error::StoreError;
use crate::tenancy::Scope;
use async_trait::async_trait;
use time::OffsetDateTime;

/// Query of one page of errors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorQuery {
    /// What the time is: trends end with it.
    pub now: OffsetDateTime,
    /// Filter.
    pub filter: ErrorFilter,
    /// Search, which must hold too.
    pub search: Option<Query>,
    /// These errors alone.
    pub ids: Option<Vec<ErrorId>>,
    /// Sort order.
    pub sort: ErrorSort,
    /// The counts of each error's trend.
    pub trend: TrendShape,
    /// Who asks.
    pub viewer: Viewer,
    /// The newest release of each project that has one, where the search speaks of it.
    pub latest_releases: Vec<(ProjectId, String)>,
    /// Start of the page.
    pub start: PageStart,
    /// Maximum number of errors, at least 1.
    pub limit: u32,
    /// Whether to load each error's complete latest occurrence too. A page then MUST end early rather than hold much
    /// more text than `PAGE_BYTES`.
    pub with_latest: bool,
}

impl Default for ErrorQuery {
    /// Asks for every error, 1970.
    fn default() -> Self {
        Self {
            now: OffsetDateTime::UNIX_EPOCH,
            filter: ErrorFilter::default(),
            search: None,
            ids: None,
            sort: ErrorSort::default(),
            trend: TrendShape::default(),
            viewer: Viewer::default(),
            latest_releases: Vec::new(),
            start: PageStart::default(),
            limit: 0,
            with_latest: false,
        }
    }
}

impl ErrorQuery {
    /// Returns all that must hold as one search.
    #[must_use]
    pub fn whole_search(&self) -> Query {
        let search = self.search.clone();
        search
            .unwrap_or_else(|| Query::all(self.now))
            .with(&self.filter)
    }

    /// Returns the end of trends: that of the range, else now.
    #[must_use]
    pub fn trend_end(&self, search: &Query) -> OffsetDateTime {
        search.until.unwrap_or(self.now)
    }
}

/// Reads and deletes errors within a [`Scope`]. Errors outside the scope count as not found.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait ErrorStore: Send + Sync {
    /// Lists one page of errors as [`Query::find`](crate::search::Query::find) finds them among the indexed occurrences,
    /// with their figures. MUST order by the sort key and then id, descending, and count all matches in `total`, at
    /// least up to 10,001. `next` MUST be `None` exactly on the last page. `latest` is `None` unless
    /// the query asks for it.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_errors(
        &self,
        scope: &Scope,
        query: &ErrorQuery,
    ) -> Result<Page<ErrorDetail>, StoreError>;

    /// Lists the ids of all errors that [`list_errors`](Self::list_errors) finds on whatever page, each once, as they
    /// are at one moment. Start, limit, trend and `with_latest` of the query are unused.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_error_ids(
        &self,
        scope: &Scope,
        query: &ErrorQuery,
    ) -> Result<Vec<ErrorId>, StoreError>;

    /// Counts the errors that a search finds by the values of their matching occurrences: of each key at most
    /// [`FACET_VALUES`](super::FACET_VALUES). Order, page and trend of the query are unused.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_facets(&self, scope: &Scope, query: &ErrorQuery) -> Result<Facets, StoreError>;

    /// Lists other errors of the error's project that may be similar to it, newest first, at most `limit`: of the same
    /// exception type or innermost own frame, or with a message that has a rare word in common. `like` is the error's.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_candidates(
        &self,
        project: ProjectId,
        error: ErrorId,
        like: &Likeness,
        limit: u32,
    ) -> Result<Vec<ErrorId>, StoreError>;

    /// Returns an error with its latest occurrence, without figures.
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
