//! An artifact: an uploaded bundle.

use super::digest::ChunkDigest;
use crate::id::{ArtifactId, ProjectId, TenantId};
use time::OffsetDateTime;
use uuid::Uuid;

/// Where a bundle is used: a project, and which of its events find it by URL.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The project.
    pub project_id: ProjectId,
    /// The release; events without one find nothing by URL that has one.
    pub release: Option<String>,
    /// The distribution of the release.
    pub dist: Option<String>,
}

/// How far the work on a bundle has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArtifactState {
    /// All chunks are there, and the work goes on.
    Created,
    /// Its files are stored.
    Stored,
    /// Nothing of it is kept: a sentence says why.
    Failed(String),
}

/// An uploaded bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// Its id.
    pub id: ArtifactId,
    /// The tenant.
    pub tenant_id: TenantId,
    /// The SHA-1 of the whole bundle, unique within the tenant.
    pub checksum: ChunkDigest,
    /// How far it is.
    pub state: ArtifactState,
    /// Its size as uploaded, in bytes.
    pub size: u64,
    /// The entries of its manifest.
    pub files: u32,
    /// How many distinct debug ids they have.
    pub debug_ids: u32,
    /// When it was last uploaded.
    pub uploaded_at: OffsetDateTime,
    /// When an event last used it, exact to a day.
    pub last_used: Option<OffsetDateTime>,
    /// Who uploaded it first.
    pub uploaded_by: String,
    /// Where it is used, in ascending order.
    pub places: Vec<Place>,
}

/// A bundle whose chunks are there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewArtifact {
    /// Its id, unless the bundle is known.
    pub id: ArtifactId,
    /// The tenant.
    pub tenant_id: TenantId,
    /// The SHA-1 of the whole bundle.
    pub checksum: ChunkDigest,
    /// Its chunks, in order.
    pub chunks: Vec<ChunkDigest>,
    /// Where it is used.
    pub places: Vec<Place>,
    /// Who uploads it.
    pub uploaded_by: String,
    /// When.
    pub at: OffsetDateTime,
}

/// Which artifacts are listed. Fields that are there must all hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ArtifactFilter {
    /// Of this release.
    pub release: Option<String>,
    /// Of this distribution.
    pub dist: Option<String>,
    /// With an entry of this debug id.
    pub debug_id: Option<Uuid>,
    /// With an entry of this URL.
    pub url: Option<String>,
}
