//! Port: tags of errors, with their values and counts.

use crate::id::ErrorId;
use crate::store_error::StoreError;
use crate::tenancy::Scope;
use async_trait::async_trait;
use std::collections::HashSet;
use time::OffsetDateTime;

/// A value of a tag, with the occurrences that have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagValue {
    /// The value, of at most [`MAX_TAG_VALUE`](crate::search::MAX_TAG_VALUE) characters.
    pub value: String,
    /// Occurrences.
    pub count: u64,
    /// Time of the earliest.
    pub first_seen: OffsetDateTime,
    /// Time of the latest.
    pub last_seen: OffsetDateTime,
}

/// A tag of an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorTag {
    /// Its key.
    pub key: String,
    /// Occurrences that have it.
    pub total: u64,
    /// Values that are kept.
    pub distinct: u64,
    /// Occurrences whose value is not kept, because the key has too many.
    pub other: u64,
    /// Some values, most frequent first, then by value.
    pub values: Vec<TagValue>,
}

/// A key, with the errors that have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagKey {
    /// The key.
    pub key: String,
    /// Errors with an occurrence that has it.
    pub errors: u64,
}

/// A value of a key in several projects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownValue {
    /// The value.
    pub value: String,
    /// Occurrences.
    pub count: u64,
    /// Time of the latest.
    pub last_seen: OffsetDateTime,
}

/// The start of a page of values: behind this count and value.
pub type ValuesAfter = (u64, String);

/// Reads tags of indexed occurrences. Keys that only queries use (`@...`) are none.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait TagStore: Send + Sync {
    /// Lists an error's tags by key, each with at most `values` values; `None` when the error does not exist.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_error_tags(
        &self,
        scope: &Scope,
        error: ErrorId,
        values: u32,
    ) -> Result<Option<Vec<ErrorTag>>, StoreError>;

    /// Returns one tag of an error with at most `limit` values after a value; `None` when the error does not exist or
    /// none of its occurrences has the tag.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn get_error_tag(
        &self,
        scope: &Scope,
        error: ErrorId,
        key: &str,
        after: Option<ValuesAfter>,
        limit: u32,
    ) -> Result<Option<ErrorTag>, StoreError>;

    /// Lists the names of the keys of the scope, in any order. Costs no more than there are keys.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_key_names(&self, scope: &Scope) -> Result<HashSet<String>, StoreError>;

    /// Lists the keys of the scope, most errors first, then by key.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_tag_keys(&self, scope: &Scope) -> Result<Vec<TagKey>, StoreError>;

    /// Lists at most `limit` values of a key whose folded text begins with a folded text, most frequent first, then by
    /// value.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_known_values(
        &self,
        scope: &Scope,
        key: &str,
        prefix: &str,
        limit: u32,
    ) -> Result<Vec<KnownValue>, StoreError>;
}
