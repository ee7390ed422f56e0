//! Service: takes bundles in chunks and stores what they are of.

mod pieces;
mod unpack;

use crate::bundle::{BundleLimits, bytes_text};
use faultbook_domain::artifacts::{
    Artifact, ArtifactState, ArtifactStore, BlobStore, ChunkDigest, ChunkStore, FileStore,
    KnownBlob, NewArtifact, Place,
};
use faultbook_domain::clock::Clock;
use faultbook_domain::id::{ArtifactId, BlobId};
use faultbook_domain::id_source::IdSource;
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::TenantScope;
use sha1::{Digest, Sha1};
use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::timeout;
use uuid::Uuid;

/// The size of the chunks that bundles arrive in.
pub const CHUNK: usize = 512 << 10;
/// How long a caller waits for the work on a bundle.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long a failure is answered before the bundle is worked on again.
const FAILURE_STANDS: Duration = Duration::from_secs(60);
/// How long a node may work on a bundle before another does.
const TURN: Duration = Duration::from_secs(600);
/// How often it is looked whether other nodes left work.
pub const LOOK: Duration = Duration::from_secs(10);

/// How long chunks without a bundle are kept.
const CHUNKS_KEPT: time::Duration = time::Duration::hours(24);
/// How long files without a bundle are kept: longer than the work on a bundle takes.
const FILES_KEPT: time::Duration = time::Duration::hours(1);
/// Records that are removed in one step.
const STEP: u32 = 500;

/// Bounds of the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadLimits {
    /// What a bundle may hold.
    pub bundle: BundleLimits,
    /// Bytes that the files of a tenant may take up.
    pub quota: u64,
    /// Days that a bundle is kept after it was last uploaded or used.
    pub keep_days: u32,
    /// Where bundles are put together; the system's folder for such files by default.
    pub folder: Option<PathBuf>,
}

impl Default for UploadLimits {
    fn default() -> Self {
        Self {
            bundle: BundleLimits::default(),
            quota: 20 << 30,
            keep_days: 90,
            folder: None,
        }
    }
}

/// Why a chunk or a bundle is not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UploadError {
    /// The chunk is not what its name says.
    #[error("The chunk named {0} has another SHA-1")]
    WrongDigest(ChunkDigest),
    /// The tenant's files take up what they may.
    #[error("The uploaded files take up all that artifacts.quota allows ({})", bytes_text(*.0))]
    QuotaExceeded(u64),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A request to put a bundle together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assembly {
    /// The SHA-1 of the whole bundle.
    pub checksum: ChunkDigest,
    /// Its chunks, in order.
    pub chunks: Vec<ChunkDigest>,
    /// Where it is to be used.
    pub places: Vec<Place>,
    /// Who uploads it.
    pub uploaded_by: String,
}

/// How far a bundle is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// These chunks are missing.
    Missing(Vec<ChunkDigest>),
    /// It is worked on.
    Created,
    /// Its files are stored.
    Stored,
    /// Nothing of it is kept.
    Failed(String),
}

/// What a request to put a bundle together came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assembled {
    /// How far the bundle is.
    pub progress: Progress,
    /// Whether the bundle, or a place of it, is new with this request.
    pub is_new: bool,
}

impl Assembled {
    const fn known(progress: Progress) -> Self {
        Self {
            progress,
            is_new: false,
        }
    }

    const fn new(progress: Progress) -> Self {
        Self {
            progress,
            is_new: true,
        }
    }
}

/// The stores that the service needs.
pub struct UploadStores {
    /// Chunks.
    pub chunks: Arc<dyn ChunkStore>,
    /// Artifacts.
    pub artifacts: Arc<dyn ArtifactStore>,
    /// Files.
    pub files: Arc<dyn FileStore>,
    /// Contents.
    pub blobs: Arc<dyn BlobStore>,
}

/// Takes chunks, and works on the bundles that they are of: one at a time.
pub struct Uploads {
    stores: UploadStores,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    limits: UploadLimits,
    node: Uuid,
    /// There is work, or somebody to be told of a bundle.
    begun: Notify,
    /// Work was done.
    finished: Notify,
}

impl Uploads {
    /// Creates the service.
    #[must_use]
    pub fn new(
        stores: UploadStores,
        (clock, ids): (Arc<dyn Clock>, Arc<dyn IdSource>),
        limits: UploadLimits,
    ) -> Self {
        let node = ids.next_id(clock.now());
        Self {
            stores,
            clock,
            ids,
            limits,
            node,
            begun: Notify::new(),
            finished: Notify::new(),
        }
    }

    /// The bounds.
    #[must_use]
    pub const fn limits(&self) -> &UploadLimits {
        &self.limits
    }

    /// Takes a chunk of at most [`CHUNK`] bytes.
    ///
    /// # Errors
    /// [`UploadError`]
    pub async fn add_chunk(
        &self,
        tenant: TenantScope,
        digest: ChunkDigest,
        bytes: Vec<u8>,
    ) -> Result<(), UploadError> {
        if <[u8; 20]>::from(Sha1::digest(&bytes)) != digest.0 {
            return Err(UploadError::WrongDigest(digest));
        }
        self.check_quota(tenant).await?;
        let now = self.clock.now();
        let known = self.stores.chunks.find_chunks(tenant, &[digest]).await?;
        let size = bytes.len() as u64;
        let chunk = match known.first() {
            Some(known) => *known,
            None => {
                let blob = BlobId(self.ids.next_id(now));
                self.stores.blobs.write_piece(blob, 0, bytes).await?;
                KnownBlob {
                    digest,
                    blob,
                    size,
                    stored: size,
                }
            }
        };
        let is_own = self.stores.chunks.add_chunk(tenant, chunk, now).await?;
        if !is_own && known.is_empty() {
            // Another upload of the same chunk was faster.
            self.stores.blobs.remove_blobs(&[chunk.blob]).await?;
        }
        Ok(())
    }

    async fn check_quota(&self, tenant: TenantScope) -> Result<(), UploadError> {
        let files = self.stores.files.sum_files(tenant).await?;
        // Chunks are there twice for a day: they count beside the files.
        let chunks = self.stores.chunks.sum_chunks(tenant).await?;
        let quota = self.limits.quota;
        if files.max(chunks) >= quota {
            return Err(UploadError::QuotaExceeded(quota));
        }
        Ok(())
    }

    /// Puts a bundle together whose chunks are there, and waits a little for the outcome. Asked again, it answers the same
    /// and stores nothing twice; places that are new are added.
    ///
    /// # Errors
    /// [`UploadError`]
    pub async fn assemble(
        &self,
        tenant: TenantScope,
        wanted: &Assembly,
    ) -> Result<Assembled, UploadError> {
        let known = self
            .stores
            .artifacts
            .find_artifact(tenant, wanted.checksum)
            .await?;
        let now = self.clock.now();
        if let Some(artifact) = &known {
            let has_all = wanted
                .places
                .iter()
                .all(|place| artifact.places.contains(place));
            match &artifact.state {
                ArtifactState::Stored => {
                    self.begin(tenant, wanted).await?;
                    if has_all {
                        return Ok(Assembled::known(Progress::Stored));
                    }
                    self.begun.notify_one();
                    return Ok(Assembled::new(Progress::Stored));
                }
                ArtifactState::Created if has_all => {
                    return self.outcome(tenant, wanted).await.map(Assembled::known);
                }
                ArtifactState::Failed(failure) if now - artifact.uploaded_at < FAILURE_STANDS => {
                    return Ok(Assembled::known(Progress::Failed(failure.clone())));
                }
                ArtifactState::Created | ArtifactState::Failed(_) => {}
            }
        }
        let most = self.limits.bundle.bundle.div_ceil(CHUNK as u64);
        if wanted.chunks.len() as u64 > most {
            let most = bytes_text(self.limits.bundle.bundle);
            let failure = format!("The bundle is larger than {most}");
            return Ok(Assembled::known(Progress::Failed(failure)));
        }
        let there = self
            .stores
            .chunks
            .find_chunks(tenant, &wanted.chunks)
            .await?;
        let there: HashSet<ChunkDigest> = there.into_iter().map(|chunk| chunk.digest).collect();
        let mut missing = wanted.chunks.clone();
        missing.retain(|digest| !there.contains(digest));
        let mut seen = HashSet::new();
        missing.retain(|digest| seen.insert(*digest));
        if !missing.is_empty() || wanted.chunks.is_empty() {
            return Ok(Assembled::known(Progress::Missing(missing)));
        }
        self.check_quota(tenant).await?;
        self.begin(tenant, wanted).await?;
        self.begun.notify_one();
        self.outcome(tenant, wanted).await.map(Assembled::new)
    }

    async fn begin(&self, tenant: TenantScope, wanted: &Assembly) -> Result<Artifact, StoreError> {
        let now = self.clock.now();
        let new = NewArtifact {
            id: ArtifactId(self.ids.next_id(now)),
            tenant_id: tenant.id(),
            checksum: wanted.checksum,
            chunks: wanted.chunks.clone(),
            places: wanted.places.clone(),
            uploaded_by: wanted.uploaded_by.clone(),
            at: now,
        };
        self.stores.artifacts.begin_artifact(&new).await
    }

    /// Waits until a bundle was worked on, for a while.
    async fn outcome(
        &self,
        tenant: TenantScope,
        wanted: &Assembly,
    ) -> Result<Progress, UploadError> {
        let done = timeout(PATIENCE, async {
            loop {
                let finished = self.finished.notified();
                tokio::pin!(finished);
                // From here on it is told, also of what happens before it is waited for.
                finished.as_mut().enable();
                let found = self
                    .stores
                    .artifacts
                    .find_artifact(tenant, wanted.checksum)
                    .await?;
                match found.map(|artifact| artifact.state) {
                    Some(ArtifactState::Created) => {}
                    Some(ArtifactState::Stored) => return Ok(Progress::Stored),
                    Some(ArtifactState::Failed(failure)) => return Ok(Progress::Failed(failure)),
                    None => return Ok(Progress::Missing(Vec::new())),
                }
                // Another node may be at work: look now and then.
                let _ = timeout(PATIENCE / 4, finished).await;
            }
        });
        done.await.unwrap_or(Ok(Progress::Created))
    }

    /// Waits until there may be work.
    pub async fn begun(&self) {
        let _ = timeout(LOOK, self.begun.notified()).await;
    }

    /// Removes chunks without a bundle, bundles that nobody used or uploaded for so many days, and files that no bundle has.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn clean(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        let days = time::Duration::days(i64::from(self.limits.keep_days));
        while self
            .stores
            .artifacts
            .remove_old_artifacts(now - days, STEP)
            .await?
            > 0
        {}
        loop {
            let chunks = self
                .stores
                .chunks
                .remove_old_chunks(now - CHUNKS_KEPT, STEP)
                .await?;
            let files = self
                .stores
                .files
                .remove_unused_files(now - FILES_KEPT, STEP)
                .await?;
            if chunks.is_empty() && files.is_empty() {
                return Ok(());
            }
            for blobs in [chunks, files] {
                self.stores.blobs.remove_blobs(&blobs).await?;
            }
        }
    }
}
