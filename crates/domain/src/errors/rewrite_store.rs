//! Port: rewrites stored occurrences whose frames became readable, and has an error take up the fingerprint they have now.

use super::json_text::JsonText;
use crate::fingerprint::{Fingerprint, FingerprintVersion};
use crate::id::{ErrorId, OccurrenceId, ProjectId};
use crate::store_error::StoreError;
use async_trait::async_trait;

/// What of an occurrence is rewritten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewrite {
    /// The stack trace as text.
    pub stack_trace: Option<String>,
    /// The context.
    pub context: JsonText,
}

/// Rewrites occurrences. None of it counts anything, reopens an error or writes history.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait RewriteStore: Send + Sync {
    /// Finds the error that a fingerprint belongs to.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn find_error_of(
        &self,
        project: ProjectId,
        fingerprint: Fingerprint,
    ) -> Result<Option<ErrorId>, StoreError>;

    /// Rewrites an occurrence, and returns whether it is still there. Its fingerprint and everything else MUST stay.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn rewrite_occurrence(
        &self,
        project: ProjectId,
        id: OccurrenceId,
        rewrite: &Rewrite,
    ) -> Result<bool, StoreError>;

    /// Gives an error a fingerprint that no error has, and returns which error has it then; `None` when neither is there.
    /// The next occurrence of the fingerprint MUST count for that error, on every node.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn adopt_fingerprint(
        &self,
        project: ProjectId,
        error: ErrorId,
        fingerprint: (Fingerprint, FingerprintVersion),
    ) -> Result<Option<ErrorId>, StoreError>;
}
