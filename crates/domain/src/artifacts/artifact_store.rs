//! Port: artifacts.

use super::artifact::{Artifact, ArtifactFilter, NewArtifact};
use super::digest::ChunkDigest;
use super::entry::Entry;
use crate::id::{ArtifactId, ProjectId};
use crate::page::{Cursor, Page};
use crate::store_error::StoreError;
use crate::tenancy::{Scope, TenantScope};
use async_trait::async_trait;
use time::OffsetDateTime;
use uuid::Uuid;

/// A bundle that a node works on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assembling {
    /// The bundle.
    pub artifact: Artifact,
    /// Its chunks, in order.
    pub chunks: Vec<ChunkDigest>,
}

impl Assembling {
    /// Returns the right to work for the artifact's tenant, whose caller was authorized when the work began.
    #[must_use]
    pub const fn tenant_scope(&self) -> TenantScope {
        TenantScope::of(self.artifact.tenant_id)
    }
}

/// Stores artifacts, from the moment when all of their chunks are there.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait ArtifactStore: Send + Sync {
    /// Finds a tenant's artifact by its checksum.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn find_artifact(
        &self,
        tenant: TenantScope,
        checksum: ChunkDigest,
    ) -> Result<Option<Artifact>, StoreError>;

    /// Adds an artifact to be worked on, and returns it. Of one checksum a tenant MUST have one artifact, however many add
    /// it at once: a known one gets the places and the time of the new one; one that failed is worked on again.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn begin_artifact(&self, new: &NewArtifact) -> Result<Artifact, StoreError>;

    /// Gives a node the oldest artifact that is to be worked on until a time. MUST NOT give it to another before that time.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn claim_artifact(
        &self,
        node: Uuid,
        now: OffsetDateTime,
        until: OffsetDateTime,
    ) -> Result<Option<Assembling>, StoreError>;

    /// Stores the entries of an artifact that a node works on, or why nothing of it is kept. MUST change nothing for a
    /// node that it is no longer given to. Returns whether it did.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn finish_artifact(
        &self,
        artifact: &Artifact,
        node: Uuid,
        outcome: Result<Vec<Entry>, String>,
    ) -> Result<bool, StoreError>;

    /// Lists stored artifacts of all tenants whose coming, or one of whose places, nobody was told yet, at most so many.
    /// MUST list one again that [`note_told`](Self::note_told) was not called for, whatever ended before.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_untold(&self, most: u32) -> Result<Vec<Artifact>, StoreError>;

    /// Notes that whoever waits for an artifact was told of it as it is given. MUST NOT hold for places that were added
    /// since.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn note_told(&self, artifact: &Artifact) -> Result<(), StoreError>;

    /// Lists stored artifacts with a place in one of the scope's projects, of the newest upload first, with these places
    /// alone. The cursor's id is an artifact's, its rank the time of the upload in microseconds.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_artifacts(
        &self,
        scope: &Scope,
        filter: &ArtifactFilter,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Artifact>, StoreError>;

    /// Returns a stored artifact with a place in one of the scope's projects.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn get_artifact(
        &self,
        scope: &Scope,
        id: ArtifactId,
    ) -> Result<Option<Artifact>, StoreError>;

    /// Lists the entries of an artifact from a place on, in the order of its manifest.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_entries(
        &self,
        id: ArtifactId,
        from: u32,
        limit: u32,
    ) -> Result<Vec<Entry>, StoreError>;

    /// Removes the places of an artifact in the scope's projects, and the artifact itself with the last of its places.
    /// Returns whether there were any.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn remove_artifact(&self, scope: &Scope, id: ArtifactId) -> Result<bool, StoreError>;

    /// Removes all places of a release in a project, and artifacts with the last of their places.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn remove_artifacts_of_release(
        &self,
        scope: &Scope,
        project: ProjectId,
        release: &str,
    ) -> Result<(), StoreError>;

    /// Removes artifacts that were neither uploaded nor used since a time, at most so many, and returns how many.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn remove_old_artifacts(
        &self,
        before: OffsetDateTime,
        most: u32,
    ) -> Result<u64, StoreError>;
}
