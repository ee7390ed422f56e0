//! Chunks of bundles in process.

use super::MemoryStore;
use crate::artifacts::{ArtifactState, ChunkDigest, ChunkStore, KnownBlob};
use crate::id::{BlobId, TenantId};
use crate::store_error::StoreError;
use crate::tenancy::TenantScope;
use async_trait::async_trait;
use std::collections::BTreeSet;
use time::OffsetDateTime;

#[async_trait]
impl ChunkStore for MemoryStore {
    async fn add_chunk(
        &self,
        tenant: TenantScope,
        chunk: KnownBlob<ChunkDigest>,
        at: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let chunks = &mut self.state().artifacts.chunks;
        let kept = chunks
            .entry((tenant.id(), chunk.digest))
            .or_insert((chunk, at));
        kept.1 = at;
        Ok(kept.0.blob == chunk.blob)
    }

    async fn find_chunks(
        &self,
        tenant: TenantScope,
        digests: &[ChunkDigest],
    ) -> Result<Vec<KnownBlob<ChunkDigest>>, StoreError> {
        let state = self.state();
        let digests: BTreeSet<&ChunkDigest> = digests.iter().collect();
        let known = digests
            .into_iter()
            .filter_map(|digest| state.artifacts.chunks.get(&(tenant.id(), *digest)));
        Ok(known.map(|(chunk, _)| *chunk).collect())
    }

    async fn sum_chunks(&self, tenant: TenantScope) -> Result<u64, StoreError> {
        let state = self.state();
        let chunks = state.artifacts.chunks.iter();
        let own = chunks.filter(|((of, _), _)| *of == tenant.id());
        Ok(own.map(|(_, (chunk, _))| chunk.stored).sum())
    }

    async fn remove_old_chunks(
        &self,
        before: OffsetDateTime,
        most: u32,
    ) -> Result<Vec<BlobId>, StoreError> {
        let artifacts = &mut self.state().artifacts;
        let busy: BTreeSet<TenantId> = artifacts
            .all
            .values()
            .filter(|kept| kept.artifact.state == ArtifactState::Created)
            .map(|kept| kept.artifact.tenant_id)
            .collect();
        let old = artifacts.chunks.iter();
        let old = old.filter(|((tenant, _), (_, at))| *at < before && !busy.contains(tenant));
        let old: Vec<_> = old
            .map(|(key, (chunk, _))| (*key, chunk.blob))
            .take(most as usize)
            .collect();
        let removed = old.into_iter().map(|(key, blob)| {
            artifacts.chunks.remove(&key);
            blob
        });
        Ok(removed.collect())
    }
}
