//! Port: finds what frames are symbolicated with.

use super::entry::FoundEntry;
use crate::id::{ArtifactId, ProjectId};
use crate::store_error::StoreError;
use async_trait::async_trait;
use time::OffsetDateTime;
use uuid::Uuid;

/// Finds entries of stored artifacts that have a place in a project. Those of other projects do not exist.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait EntryStore: Send + Sync {
    /// Finds scripts and maps of a project by their debug ids: of the newest upload first.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn find_by_debug_ids(
        &self,
        project: ProjectId,
        ids: &[Uuid],
    ) -> Result<Vec<FoundEntry>, StoreError>;

    /// Finds entries of a project by their URLs, whatever their release: of the newest upload first. At most 200.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn find_by_urls(
        &self,
        project: ProjectId,
        urls: &[String],
    ) -> Result<Vec<FoundEntry>, StoreError>;

    /// Finds entries of an artifact by their URLs.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn find_in_artifact(
        &self,
        artifact: ArtifactId,
        urls: &[String],
    ) -> Result<Vec<FoundEntry>, StoreError>;

    /// Notes that artifacts were used; their time MUST NOT move back.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn touch_artifacts(
        &self,
        artifacts: &[ArtifactId],
        at: OffsetDateTime,
    ) -> Result<(), StoreError>;
}
