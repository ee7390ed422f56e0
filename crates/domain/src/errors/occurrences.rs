//! Service: single occurrences of an error.

use super::feedback_store::FeedbackStore;
use super::finder::ErrorFinder;
use super::occurrence::Occurrence;
use super::occurrence_search::OccurrenceSearch;
use super::occurrence_store::{Company, FoundOccurrence, OccurrencePlace, OccurrenceStore};
use crate::id::ErrorId;
use crate::page::{Cursor, Page, page_length};
use crate::search::Query;
use crate::store_error::StoreError;
use crate::tenancy::Scope;
use std::sync::Arc;
use uuid::Uuid;

/// Reads occurrences of errors, including what was recorded just now.
pub struct Occurrences {
    store: Arc<dyn OccurrenceStore>,
    feedback: Arc<dyn FeedbackStore>,
    finder: Arc<ErrorFinder>,
}

impl Occurrences {
    /// Creates the service.
    #[must_use]
    pub fn new(
        store: Arc<dyn OccurrenceStore>,
        feedback: Arc<dyn FeedbackStore>,
        finder: Arc<ErrorFinder>,
    ) -> Self {
        Self {
            store,
            feedback,
            finder,
        }
    }

    /// Takes what concerns occurrences out of a search.
    async fn search(&self, scope: &Scope, query: &Query) -> Result<OccurrenceSearch, StoreError> {
        Ok(OccurrenceSearch {
            latest_releases: self.finder.latest_releases(scope, query).await?,
            ..OccurrenceSearch::of(query)
        })
    }

    /// Returns an occurrence with its feedback and its place among those that a search finds; `None` when the error
    /// does not exist or has no such occurrence.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn find(
        &self,
        scope: &Scope,
        error: ErrorId,
        place: OccurrencePlace,
        query: &Query,
    ) -> Result<Option<FoundOccurrence>, StoreError> {
        self.finder.refresh().await;
        let search = self.search(scope, query).await?;
        let found = self.store.find_occurrence(scope, error, place, &search);
        let Some(mut found) = found.await? else {
            return Ok(None);
        };
        let own = std::slice::from_mut(&mut found.occurrence);
        add_feedback(&*self.feedback, scope, own).await?;
        Ok(Some(found))
    }

    /// Lists the occurrences of an error that a search finds with their feedback, last received first; `None` inside
    /// where too much would have to be read, and outside when the error does not exist.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn list(
        &self,
        scope: &Scope,
        error: ErrorId,
        query: &Query,
        (after, limit): (Option<Cursor>, u32),
    ) -> Result<Option<Option<Page<Occurrence>>>, StoreError> {
        self.finder.refresh().await;
        let search = self.search(scope, query).await?;
        let store = &self.store;
        let found = store.search_occurrences(scope, error, &search, after, limit);
        let mut page = match found.await? {
            Some(Some(page)) => page,
            not_listed => return Ok(not_listed),
        };
        add_feedback(&*self.feedback, scope, &mut page.items).await?;
        Ok(Some(Some(with_feedback(page, limit))))
    }

    /// Lists other errors that were received in the minutes of an error's newest occurrences; `None` when it does not
    /// exist.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn company(
        &self,
        scope: &Scope,
        error: ErrorId,
    ) -> Result<Option<Vec<Company>>, StoreError> {
        self.store.list_company(scope, error).await
    }
}

/// Cuts a page that may hold too much with the feedback.
pub(super) fn with_feedback(mut page: Page<Occurrence>, limit: u32) -> Page<Occurrence> {
    let sizes = page.items.iter().map(Occurrence::text_bytes);
    let fits = page_length(sizes, limit);
    if fits < page.items.len() {
        page.items.truncate(fits);
        page = Page::ending(page.items, true, page.total, |one| one.id.0);
    }
    page
}

/// Adds feedback to occurrences of one error.
pub(super) async fn add_feedback(
    feedback: &dyn FeedbackStore,
    scope: &Scope,
    occurrences: &mut [Occurrence],
) -> Result<(), StoreError> {
    let Some(first) = occurrences.first() else {
        return Ok(());
    };
    let scope = scope.narrowed_to(first.project_id);
    let events: Vec<Uuid> = occurrences.iter().map(|one| one.event_id).collect();
    for one in feedback.list_feedback(&scope, &events).await? {
        let mut about = occurrences.iter_mut();
        if let Some(occurrence) = about.find(|about| about.event_id == one.event_id) {
            occurrence.feedback.push(one);
        }
    }
    Ok(())
}
