//! Port: what happened in a range that may explain its figures.

use super::mark::TrendMark;
use super::range::HourRange;
use crate::id::ErrorId;
use crate::store_error::StoreError;
use crate::tenancy::Scope;
use async_trait::async_trait;

/// Lists marks, newest first, at most [`MARKS_MAX`](super::MARKS_MAX).
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait MarkStore: Send + Sync {
    /// Lists the deploys of the scope's projects: `VERSION ENVIRONMENT`.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_deploy_marks(
        &self,
        scope: &Scope,
        range: HourRange,
    ) -> Result<Vec<TrendMark>, StoreError>;

    /// Lists when an error was resolved and when it regressed, labelled with what the activity log holds of it.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_decision_marks(
        &self,
        scope: &Scope,
        error: ErrorId,
        range: HourRange,
    ) -> Result<Vec<TrendMark>, StoreError>;
}
