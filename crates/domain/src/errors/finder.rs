//! Service: finds errors by searches, with the figures of what matches.

use super::error_group::ErrorDetail;
use super::error_store::{ErrorQuery, ErrorStore};
use super::facets::Facets;
use super::figures::{ErrorFigures, TrendShape};
use crate::clock::Clock;
use crate::id::ErrorId;
use crate::page::Page;
use crate::search::Hint;
use crate::search_index::{SearchIndex, TagStore};
use crate::store_error::StoreError;
use crate::tenancy::Scope;
use std::collections::HashSet;
use std::sync::Arc;

/// Finds errors, among what was recorded just now, too.
pub struct ErrorFinder {
    errors: Arc<dyn ErrorStore>,
    tags: Arc<dyn TagStore>,
    index: Arc<SearchIndex>,
    clock: Arc<dyn Clock>,
}

impl ErrorFinder {
    /// Creates the service.
    #[must_use]
    pub fn new(
        errors: Arc<dyn ErrorStore>,
        tags: Arc<dyn TagStore>,
        index: Arc<SearchIndex>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            errors,
            tags,
            index,
            clock,
        }
    }

    /// Lists one page of errors.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn list(
        &self,
        scope: &Scope,
        query: &ErrorQuery,
    ) -> Result<Page<ErrorDetail>, StoreError> {
        self.index.catch_up().await?;
        self.errors.list_errors(scope, query).await
    }

    /// Counts the errors of a list by the values of their occurrences.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn facets(&self, scope: &Scope, query: &ErrorQuery) -> Result<Facets, StoreError> {
        self.index.catch_up().await?;
        self.errors.list_facets(scope, query).await
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
        let page = self.list(scope, &query).await?;
        Ok(page.items.into_iter().find_map(|detail| detail.figures))
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
        let known = self.tags.list_tag_keys(scope).await?;
        Ok(search.hints(&known.into_iter().map(|key| key.key).collect()))
    }
}
