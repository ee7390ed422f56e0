//! Rows of artifacts.

use super::corrupt;
use crate::schema::{
    artifact_blobs, artifact_chunks, artifact_entries, artifact_files, artifact_places, artifacts,
};
use crate::types::{DbId, DbTime};
use diesel::{Insertable, Queryable, QueryableByName, Selectable};
use faultbook_domain::artifacts::{
    Artifact, ArtifactState, ChunkDigest, Entry, EntryKind, FileDigest, FoundEntry, KnownBlob,
    NewArtifact, Place, url_key,
};
use faultbook_domain::id::{ArtifactId, BlobId, ProjectId, TenantId};
use faultbook_domain::store_error::StoreError;
use time::OffsetDateTime;

macro_rules! content_row {
    ($(#[$doc:meta])* $name:ident, $digest:ident, $table:ident) => {
        $(#[$doc])*
        #[derive(Queryable, Selectable, Insertable)]
        #[diesel(table_name = $table)]
        pub struct $name {
            pub tenant_id: DbId,
            pub digest: Vec<u8>,
            pub blob_id: DbId,
            pub size: i64,
            pub stored: i64,
            pub added_at: DbTime,
        }

        impl $name {
            /// The row of a tenant's content.
            #[must_use]
            pub fn of(tenant: TenantId, known: KnownBlob<$digest>, at: OffsetDateTime) -> Self {
                Self {
                    tenant_id: DbId(tenant.0),
                    digest: known.digest.0.to_vec(),
                    blob_id: DbId(known.blob.0),
                    size: i64::try_from(known.size).unwrap_or(i64::MAX),
                    stored: i64::try_from(known.stored).unwrap_or(i64::MAX),
                    added_at: DbTime(at),
                }
            }
        }

        impl TryFrom<$name> for KnownBlob<$digest> {
            type Error = StoreError;

            fn try_from(row: $name) -> Result<Self, StoreError> {
                let digest = row.digest.try_into();
                Ok(Self {
                    digest: $digest(digest.map_err(|_| corrupt(stringify!($table), "digest", &"of another length"))?),
                    blob: BlobId(row.blob_id.0),
                    size: row.size.unsigned_abs(),
                    stored: row.stored.unsigned_abs(),
                })
            }
        }
    };
}

content_row! {
    /// A row of `artifact_chunks`.
    ChunkRow, ChunkDigest, artifact_chunks
}
content_row! {
    /// A row of `artifact_files`.
    FileRow, FileDigest, artifact_files
}

/// A row of `artifact_blobs`.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = artifact_blobs)]
pub struct BlobRow {
    pub id: DbId,
    pub place: i32,
    pub data: Vec<u8>,
}

/// A row of `artifacts`, without the node that it is given to.
#[derive(Queryable, QueryableByName, Selectable, Insertable)]
#[diesel(table_name = artifacts, treat_none_as_default_value = false)]
pub struct ArtifactRow {
    pub id: DbId,
    pub tenant_id: DbId,
    pub checksum: Vec<u8>,
    pub state: String,
    pub failure: Option<String>,
    pub chunks: Vec<u8>,
    pub size: i64,
    pub files: i32,
    pub debug_ids: i32,
    pub uploaded_by: String,
    pub uploaded_at: DbTime,
    pub last_used: Option<DbTime>,
}

/// Reads the digests of an artifact's chunks.
#[must_use]
pub fn chunk_digests(bytes: &[u8]) -> Vec<ChunkDigest> {
    let (digests, _) = bytes.as_chunks::<20>();
    digests.iter().map(|digest| ChunkDigest(*digest)).collect()
}

impl From<&NewArtifact> for ArtifactRow {
    fn from(new: &NewArtifact) -> Self {
        Self {
            id: DbId(new.id.0),
            tenant_id: DbId(new.tenant_id.0),
            checksum: new.checksum.0.to_vec(),
            state: "created".to_owned(),
            failure: None,
            chunks: new.chunks.iter().flat_map(|digest| digest.0).collect(),
            size: 0,
            files: 0,
            debug_ids: 0,
            uploaded_by: new.uploaded_by.clone(),
            uploaded_at: DbTime(new.at),
            last_used: None,
        }
    }
}

impl ArtifactRow {
    /// Converts the row, with the places of its artifact.
    ///
    /// # Errors
    /// When a column holds what none can.
    pub fn at_places(self, mut places: Vec<Place>) -> Result<Artifact, StoreError> {
        places.sort_unstable();
        let checksum = self.checksum.try_into();
        let state = match self.state.as_str() {
            "created" => ArtifactState::Created,
            "stored" => ArtifactState::Stored,
            "failed" => ArtifactState::Failed(self.failure.unwrap_or_default()),
            other => return Err(corrupt("artifacts", "state", &other)),
        };
        Ok(Artifact {
            id: ArtifactId(self.id.0),
            tenant_id: TenantId(self.tenant_id.0),
            checksum: ChunkDigest(
                checksum.map_err(|_| corrupt("artifacts", "checksum", &"of another length"))?,
            ),
            state,
            size: self.size.unsigned_abs(),
            files: self.files.unsigned_abs(),
            debug_ids: self.debug_ids.unsigned_abs(),
            uploaded_at: self.uploaded_at.0,
            last_used: self.last_used.map(|at| at.0),
            uploaded_by: self.uploaded_by,
            places,
        })
    }
}

/// A row of `artifact_places`.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = artifact_places)]
pub struct PlaceRow {
    pub artifact_id: DbId,
    pub project_id: DbId,
    pub release: String,
    pub dist: String,
}

impl PlaceRow {
    /// The row of a place of an artifact.
    #[must_use]
    pub fn of(artifact: DbId, place: &Place) -> Self {
        Self {
            artifact_id: artifact,
            project_id: DbId(place.project_id.0),
            release: place.release.clone().unwrap_or_default(),
            dist: place.dist.clone().unwrap_or_default(),
        }
    }
}

impl From<PlaceRow> for Place {
    fn from(row: PlaceRow) -> Self {
        Self {
            project_id: ProjectId(row.project_id.0),
            release: some(row.release),
            dist: some(row.dist),
        }
    }
}

fn some(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

/// A row of `artifact_entries`.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = artifact_entries, treat_none_as_default_value = false)]
pub struct EntryRow {
    pub artifact_id: DbId,
    pub place: i32,
    pub tenant_id: DbId,
    pub url: String,
    pub url_key: DbId,
    pub kind: String,
    pub debug_id: Option<DbId>,
    pub digest: Vec<u8>,
    pub size: i64,
    pub source_map: Option<String>,
}

impl EntryRow {
    /// The row of an entry of an artifact.
    #[must_use]
    pub fn of(artifact: &Artifact, place: i32, entry: &Entry) -> Self {
        Self {
            artifact_id: DbId(artifact.id.0),
            place,
            tenant_id: DbId(artifact.tenant_id.0),
            url: entry.url.clone(),
            url_key: DbId(url_key(&entry.url)),
            kind: entry.kind.as_str().to_owned(),
            debug_id: entry.debug_id.map(DbId),
            digest: entry.digest.0.to_vec(),
            size: i64::try_from(entry.size).unwrap_or(i64::MAX),
            source_map: entry.source_map.clone(),
        }
    }
}

impl TryFrom<EntryRow> for Entry {
    type Error = StoreError;

    fn try_from(row: EntryRow) -> Result<Self, StoreError> {
        let digest = row.digest.try_into();
        Ok(Self {
            url: row.url,
            kind: row.kind.parse().unwrap_or(EntryKind::Other),
            debug_id: row.debug_id.map(|id| id.0),
            digest: FileDigest(
                digest.map_err(|_| corrupt("artifact_entries", "digest", &"of another length"))?,
            ),
            size: row.size.unsigned_abs(),
            source_map: row.source_map,
        })
    }
}

/// An entry with its place of use and its content.
#[derive(Queryable)]
pub struct FoundEntryRow {
    pub entry: EntryRow,
    pub release: String,
    pub dist: String,
    pub blob_id: DbId,
}

impl TryFrom<FoundEntryRow> for FoundEntry {
    type Error = StoreError;

    fn try_from(row: FoundEntryRow) -> Result<Self, StoreError> {
        Ok(Self {
            artifact: ArtifactId(row.entry.artifact_id.0),
            release: some(row.release),
            dist: some(row.dist),
            blob: BlobId(row.blob_id.0),
            entry: row.entry.try_into()?,
        })
    }
}
