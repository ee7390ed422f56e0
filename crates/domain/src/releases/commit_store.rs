//! Port: the commits of releases.

use super::commits::{CommitSummary, ReleaseCommits};
use crate::store_error::StoreError;
use crate::tenancy::Scope;
use async_trait::async_trait;

/// Stores the commits of releases. They go with their release.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait CommitStore: Send + Sync {
    /// Sets the commits of a release, in place of those it had; returns whether the release is known.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn set_commits(&self, commits: &ReleaseCommits) -> Result<bool, StoreError>;

    /// Summarizes the commits of the releases of the scope's projects that have any, in no order.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_commits(&self, scope: &Scope) -> Result<Vec<CommitSummary>, StoreError>;
}
