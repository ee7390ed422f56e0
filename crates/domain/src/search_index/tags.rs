//! Service: tags of errors.

use super::service::SearchIndex;
use super::tag_store::{ErrorTag, KnownValue, TagKey, TagStore, ValuesAfter};
use crate::id::ErrorId;
use crate::search::fold;
use crate::store_error::StoreError;
use crate::tenancy::Scope;
use std::sync::Arc;

/// Values of each tag where an error's tags are listed.
pub const VALUES_SHOWN: u32 = 10;

/// Values that begin with a text, where they are looked for.
pub const VALUES_FOUND: u32 = 20;

/// Reads tags of errors, including what was recorded just now.
pub struct Tags {
    store: Arc<dyn TagStore>,
    index: Arc<SearchIndex>,
}

impl Tags {
    /// Creates the service.
    #[must_use]
    pub fn new(store: Arc<dyn TagStore>, index: Arc<SearchIndex>) -> Self {
        Self { store, index }
    }

    /// Lists an error's tags by key, with their most frequent values; `None` when the error does not exist.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn of_error(
        &self,
        scope: &Scope,
        error: ErrorId,
    ) -> Result<Option<Vec<ErrorTag>>, StoreError> {
        self.index.refresh().await;
        self.store.list_error_tags(scope, error, VALUES_SHOWN).await
    }

    /// Returns a tag of an error with a page of its values; `None` when there is none.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn values_of_error(
        &self,
        scope: &Scope,
        error: ErrorId,
        key: &str,
        (after, limit): (Option<ValuesAfter>, u32),
    ) -> Result<Option<ErrorTag>, StoreError> {
        self.index.refresh().await;
        let store = &self.store;
        store.get_error_tag(scope, error, key, after, limit).await
    }

    /// Lists the keys of the scope, most errors first, then by key.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn keys(&self, scope: &Scope) -> Result<Vec<TagKey>, StoreError> {
        self.index.refresh().await;
        self.store.list_tag_keys(scope).await
    }

    /// Lists the most frequent values of a key whose folded text begins with the folded prefix.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn values(
        &self,
        scope: &Scope,
        key: &str,
        prefix: &str,
    ) -> Result<Vec<KnownValue>, StoreError> {
        self.index.refresh().await;
        let prefix = fold(prefix);
        let found = self
            .store
            .list_known_values(scope, key, &prefix, VALUES_FOUND);
        found.await
    }
}
