//! Port: reads single occurrences of an error, and what occurred beside them.

use super::error_group::ErrorGroup;
use super::occurrence::Occurrence;
use super::occurrence_search::OccurrenceSearch;
use crate::id::{ErrorId, OccurrenceId};
use crate::page::{Cursor, Page};
use crate::store_error::StoreError;
use crate::tenancy::Scope;
use async_trait::async_trait;

/// Rows of an index that one call may read where no counter answers.
pub const READ_MAX: u64 = 100_000;

/// Which occurrence of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OccurrencePlace {
    /// This one.
    Id(OccurrenceId),
    /// The last received.
    Latest,
    /// The first received.
    First,
}

/// An occurrence within those of its error that a search finds, ordered by receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundOccurrence {
    /// The occurrence.
    pub occurrence: Occurrence,
    /// Its number, 1 for the first received; `None` where the search does not find it, or where that is not known.
    pub position: Option<u64>,
    /// How many are found; `None` where that is not known.
    pub total: Option<u64>,
    /// The next one received; `None` for the last.
    pub newer: Option<OccurrenceId>,
    /// The one received before; `None` for the first.
    pub older: Option<OccurrenceId>,
    /// Whether neighbors were looked for in vain because too much would have had to be read.
    pub capped: bool,
}

/// An error that occurred in the same minutes as another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Company {
    /// The error.
    pub error: ErrorGroup,
    /// Type of its newest occurrence's exception.
    pub exception_type: Option<String>,
    /// Minutes in which both were received.
    pub minutes: u64,
}

/// Occurrences of an error whose minutes are looked at: the newest.
pub const COMPANY_OCCURRENCES: i64 = 20;
/// Occurrences of a project that are looked at in each minute: the first.
pub const COMPANY_MINUTE: i64 = 100;
/// Minutes that an error must share to be company.
pub const COMPANY_FROM: u64 = 2;
/// Errors that are company at most.
pub const COMPANY_MAX: usize = 5;

/// Reads occurrences of errors within a [`Scope`], as far as they are stored and indexed. Errors outside the scope count
/// as not found.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait OccurrenceStore: Send + Sync {
    /// Returns an occurrence of an error with its place among those that the search finds; `None` when the error does
    /// not exist or has no such occurrence. [`OccurrencePlace::Latest`] and [`OccurrencePlace::First`] MUST be among
    /// those found. Order MUST be that of ids. Without a search, `total` MUST be known, and `position` where the error
    /// has at most [`READ_MAX`] occurrences that were received on the same UTC day; with one, both where the error has
    /// at most [`READ_MAX`] occurrences within the range.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn find_occurrence(
        &self,
        scope: &Scope,
        error: ErrorId,
        place: OccurrencePlace,
        search: &OccurrenceSearch,
    ) -> Result<Option<FoundOccurrence>, StoreError>;

    /// Lists the occurrences of an error that a search finds, last received first, with their number in `total`;
    /// `None` inside where more than [`READ_MAX`] would have to be read, and outside when the error does not exist.
    /// Pages end as those of [`list_occurrences`](super::ErrorStore::list_occurrences).
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn search_occurrences(
        &self,
        scope: &Scope,
        error: ErrorId,
        search: &OccurrenceSearch,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Option<Option<Page<Occurrence>>>, StoreError>;

    /// Lists other errors of the project that were received in the UTC minutes of receipt of the error's newest
    /// [`COMPANY_OCCURRENCES`] occurrences, in at least [`COMPANY_FROM`] of them: most minutes first, then newest
    /// `last_seen`, then greatest id, at most [`COMPANY_MAX`]; `None` when the error does not exist. Of each minute the
    /// first [`COMPANY_MINUTE`] occurrences MUST be looked at, and no others.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_company(
        &self,
        scope: &Scope,
        error: ErrorId,
    ) -> Result<Option<Vec<Company>>, StoreError>;
}
