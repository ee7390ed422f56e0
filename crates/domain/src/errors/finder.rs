//! Service: finds errors by searches, with the figures of what matches.

use super::error_group::ErrorDetail;
use super::error_store::{ErrorQuery, ErrorStore};
use super::facets::Facets;
use super::figures::{ErrorFigures, TrendShape};
use super::similar::{Likeness, SIMILAR_MAX, Similarity};
use crate::clock::Clock;
use crate::id::{ErrorId, ProjectId};
use crate::page::Page;
use crate::releases::{Known, ReleaseStore, newest};
use crate::search::{Hint, Query};
use crate::search_index::{SearchIndex, TagStore};
use crate::store_error::StoreError;
use crate::tenancy::Scope;
use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

/// Errors that are compared with one to find the similar ones.
const CANDIDATES: u32 = 100;

/// Finds errors. [`refresh`](Self::refresh) has what was recorded just now found, too: lists and facets leave it to their
/// callers, who look into the cache in between.
pub struct ErrorFinder {
    errors: Arc<dyn ErrorStore>,
    tags: Arc<dyn TagStore>,
    releases: Arc<dyn ReleaseStore>,
    index: Arc<SearchIndex>,
    clock: Arc<dyn Clock>,
}

impl ErrorFinder {
    /// Creates the service.
    #[must_use]
    pub fn new(
        errors: Arc<dyn ErrorStore>,
        tags: Arc<dyn TagStore>,
        releases: Arc<dyn ReleaseStore>,
        index: Arc<SearchIndex>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            errors,
            tags,
            releases,
            index,
            clock,
        }
    }

    /// Indexes what was recorded just now, which makes cached reads old.
    pub async fn refresh(&self) {
        self.index.refresh().await;
    }

    /// Lists one page of errors, of what is indexed.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn list(
        &self,
        scope: &Scope,
        query: &ErrorQuery,
    ) -> Result<Page<ErrorDetail>, StoreError> {
        let query = self.with_latest_releases(scope, query).await?;
        self.errors.list_errors(scope, &query).await
    }

    /// Lists the ids of all errors that a list finds now, on whatever page.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn ids(&self, scope: &Scope, query: &ErrorQuery) -> Result<Vec<ErrorId>, StoreError> {
        self.refresh().await;
        let query = self.with_latest_releases(scope, query).await?;
        self.errors.list_error_ids(scope, &query).await
    }

    /// Counts the errors of a list by the values of their indexed occurrences.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn facets(&self, scope: &Scope, query: &ErrorQuery) -> Result<Facets, StoreError> {
        let query = self.with_latest_releases(scope, query).await?;
        self.errors.list_facets(scope, &query).await
    }

    /// Adds each project's newest release where the query speaks of it.
    pub(crate) async fn with_latest_releases<'a>(
        &self,
        scope: &Scope,
        query: &'a ErrorQuery,
    ) -> Result<Cow<'a, ErrorQuery>, StoreError> {
        let Some(search) = query.search.as_ref() else {
            return Ok(Cow::Borrowed(query));
        };
        let latest_releases = self.latest_releases(scope, search).await?;
        if latest_releases.is_empty() {
            return Ok(Cow::Borrowed(query));
        }
        Ok(Cow::Owned(ErrorQuery {
            latest_releases,
            ..query.clone()
        }))
    }

    /// Returns the newest release of each project that has one, where a search speaks of it.
    pub(super) async fn latest_releases(
        &self,
        scope: &Scope,
        search: &Query,
    ) -> Result<Vec<(ProjectId, String)>, StoreError> {
        if !search.names_latest_release() {
            return Ok(Vec::new());
        }
        let all = self.releases.list_releases(scope).await?;
        let latest = scope.projects().iter().filter_map(|project| {
            let own = all.iter().filter(|release| release.project_id == *project);
            let own: Vec<Known<'_>> = own.map(|release| release.known()).collect();
            Some((*project, newest(&own)?.version.to_string()))
        });
        Ok(latest.collect())
    }

    /// Returns an error's own figures; `None` when it does not exist.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn figures(
        &self,
        scope: &Scope,
        id: ErrorId,
        trend: TrendShape,
    ) -> Result<Option<ErrorFigures>, StoreError> {
        let query = ErrorQuery {
            now: self.clock.now(),
            ids: Some(vec![id]),
            trend,
            limit: 1,
            ..ErrorQuery::default()
        };
        self.refresh().await;
        let page = self.list(scope, &query).await?;
        Ok(page.items.into_iter().find_map(|detail| detail.figures))
    }

    /// Lists errors of the same project that are similar to one, best first, then newest; `None` when it does not exist.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn similar(
        &self,
        scope: &Scope,
        query: &ErrorQuery,
        id: ErrorId,
    ) -> Result<Option<Vec<(ErrorDetail, Similarity)>>, StoreError> {
        let only = |ids: Vec<ErrorId>| ErrorQuery {
            limit: u32::try_from(ids.len()).unwrap_or(u32::MAX),
            ids: Some(ids),
            ..query.clone()
        };
        self.refresh().await;
        let own = self.list(scope, &only(vec![id])).await?;
        let Some(own) = own.items.into_iter().next() else {
            return Ok(None);
        };
        let like = likeness(&own);
        let project = own.error.project_id;
        let candidates = self
            .errors
            .list_candidates(project, id, &like, CANDIDATES)
            .await?;
        if candidates.is_empty() {
            return Ok(Some(Vec::new()));
        }
        let others = self.errors.list_errors(scope, &only(candidates)).await?;
        let mut similar: Vec<(ErrorDetail, Similarity)> = others
            .items
            .into_iter()
            .filter_map(|other| {
                let similarity = like.compare(&likeness(&other))?;
                Some((other, similarity))
            })
            .collect();
        // Stable: the list is newest first.
        similar.sort_by(|(_, one), (_, other)| other.score.total_cmp(&one.score));
        similar.truncate(SIMILAR_MAX);
        Ok(Some(similar))
    }

    /// Names the keys of a query that neither the language nor an occurrence has.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn hints(&self, scope: &Scope, query: &ErrorQuery) -> Result<Vec<Hint>, StoreError> {
        let Some(search) = &query.search else {
            return Ok(Vec::new());
        };
        // Only tags can be unknown.
        if search.hints(&HashSet::new()).is_empty() {
            return Ok(Vec::new());
        }
        Ok(search.hints(&self.tags.list_key_names(scope).await?))
    }
}

/// Returns what an error is compared by.
fn likeness(detail: &ErrorDetail) -> Likeness {
    let figures = detail.figures.as_ref();
    Likeness {
        exception_type: figures.and_then(|figures| figures.exception_type.clone()),
        culprit: figures.and_then(|figures| figures.culprit.clone()),
        message: detail.error.summary.message.clone(),
    }
}
