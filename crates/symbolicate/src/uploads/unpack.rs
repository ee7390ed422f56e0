//! Work on a bundle whose chunks are there: it is joined, checked whole, and stored file by file.

use super::pieces::compress;
use super::{TURN, Uploads};
use crate::bundle::{Bundle, Listed, Refused, bytes_text};
use faultbook_domain::artifacts::{Assembling, ChunkDigest, Entry, FileDigest, KnownBlob};
use faultbook_domain::id::BlobId;
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::TenantScope;
use sha1::{Digest, Sha1};
use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::Write;
use std::sync::Arc;
use time::OffsetDateTime;
use tokio::sync::mpsc;

impl Uploads {
    /// Works on a bundle that is to be worked on; returns whether there was one.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails; the work is done again later.
    pub async fn work(&self) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let claimed = self
            .stores
            .artifacts
            .claim_artifact(self.node, now, now + TURN)
            .await?;
        let Some(claimed) = claimed else {
            return Ok(false);
        };
        let outcome = match self.unpack(&claimed).await {
            Ok(entries) => Ok(entries),
            Err(WorkError::Refused(Refused(sentence))) => Err(sentence),
            Err(WorkError::Store(error)) => return Err(error),
        };
        let artifact = claimed.artifact;
        let artifacts = &self.stores.artifacts;
        artifacts
            .finish_artifact(&artifact, self.node, outcome)
            .await?;
        self.finished.notify_waiters();
        Ok(true)
    }

    async fn unpack(&self, claimed: &Assembling) -> Result<Vec<Entry>, WorkError> {
        let file = self.join(claimed).await?;
        let limits = self.limits.bundle;
        let opened = in_background(move || {
            let bundle = Bundle::open(file, limits)?;
            let listed = bundle.inspect()?;
            Ok((bundle, listed))
        });
        let (bundle, listed) = opened.await?;
        let tenant = claimed.tenant_scope();
        let digests: HashSet<FileDigest> = listed.iter().map(|one| one.entry.digest).collect();
        let digests: Vec<FileDigest> = digests.into_iter().collect();
        let now = self.clock.now();
        let known = self.stores.files.claim_files(tenant, &digests, now).await?;
        let mut known: HashSet<FileDigest> = known.into_iter().map(|file| file.digest).collect();
        let mut taken = self.stores.files.sum_files(tenant).await?;
        let bundle = Arc::new(bundle);
        let listed: Vec<Arc<Listed>> = listed.into_iter().map(Arc::new).collect();
        for one in &listed {
            if !known.insert(one.entry.digest) {
                continue;
            }
            taken += self.store(tenant, &bundle, one, now).await?;
            if taken > self.limits.quota {
                let most = bytes_text(self.limits.quota);
                return Err(Refused(format!(
                    "The uploaded files take up more than artifacts.quota ({most})"
                ))
                .into());
            }
        }
        Ok(listed.iter().map(|one| one.entry.clone()).collect())
    }

    /// Joins the chunks of a bundle in a file that no name leads to.
    async fn join(&self, claimed: &Assembling) -> Result<File, WorkError> {
        let tenant = claimed.tenant_scope();
        let Assembling { artifact, chunks } = claimed;
        let folder = self.limits.folder.clone();
        let made = in_background(move || {
            Ok(match folder {
                Some(folder) => tempfile::tempfile_in(folder),
                None => tempfile::tempfile(),
            })
        });
        let mut file = made.await?.map_err(StoreError::internal)?;
        let known = self.stores.chunks.find_chunks(tenant, chunks).await?;
        let known: HashMap<ChunkDigest, BlobId> = known
            .into_iter()
            .map(|chunk| (chunk.digest, chunk.blob))
            .collect();
        let mut sum = Sha1::new();
        for digest in chunks {
            let blob = known.get(digest).copied();
            let bytes = match blob {
                Some(blob) => self.stores.blobs.read_piece(blob, 0).await?,
                None => None,
            };
            let bytes = bytes.ok_or_else(|| {
                Refused(format!(
                    "The chunk {digest} is not there any more: upload it again"
                ))
            })?;
            (file, sum) = in_background(move || {
                sum.update(&bytes);
                Ok(file.write_all(&bytes).map(|()| (file, sum)))
            })
            .await?
            .map_err(StoreError::internal)?;
        }
        if <[u8; 20]>::from(sum.finalize()) != artifact.checksum.0 {
            return Err(Refused(
                "The chunks together have another SHA-1 than the bundle".to_owned(),
            )
            .into());
        }
        Ok(file)
    }

    /// Stores a file that is new, piece by piece, and returns the bytes that it takes up.
    async fn store(
        &self,
        tenant: TenantScope,
        bundle: &Arc<Bundle>,
        listed: &Arc<Listed>,
        now: OffsetDateTime,
    ) -> Result<u64, WorkError> {
        let blob = BlobId(self.ids.next_id(now));
        let (pieces, mut received) = mpsc::channel(2);
        let (bundle, reading) = (Arc::clone(bundle), Arc::clone(listed));
        let compressing = in_background(move || Ok(compress(&mut bundle.read(&reading)?, pieces)));
        let storing = async {
            let (mut place, mut stored) = (0, 0);
            while let Some(piece) = received.recv().await {
                let piece: Vec<u8> = piece;
                stored += piece.len() as u64;
                self.stores.blobs.write_piece(blob, place, piece).await?;
                place += 1;
            }
            Ok::<u64, StoreError>(stored)
        };
        let (compressed, stored) = tokio::join!(compressing, storing);
        let stored = stored?;
        compressed?.map_err(StoreError::internal)?;
        let file = KnownBlob {
            digest: listed.entry.digest,
            blob,
            size: listed.entry.size,
            stored,
        };
        if !self.stores.files.add_file(tenant, file, now).await? {
            // Another upload of the same file was faster.
            self.stores.blobs.remove_blobs(&[blob]).await?;
        }
        Ok(stored)
    }
}

enum WorkError {
    Refused(Refused),
    Store(StoreError),
}

impl From<Refused> for WorkError {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl From<StoreError> for WorkError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

async fn in_background<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Refused> + Send + 'static,
) -> Result<T, WorkError> {
    let done = tokio::task::spawn_blocking(work).await;
    Ok(done.map_err(StoreError::internal)??)
}
