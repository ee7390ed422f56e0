//! Files of bundles in process.

use super::MemoryStore;
use crate::artifacts::{FileDigest, FileStore, KnownBlob};
use crate::id::{BlobId, TenantId};
use crate::store_error::StoreError;
use crate::tenancy::TenantScope;
use async_trait::async_trait;
use std::collections::BTreeSet;
use time::OffsetDateTime;

#[async_trait]
impl FileStore for MemoryStore {
    async fn add_file(
        &self,
        tenant: TenantScope,
        file: KnownBlob<FileDigest>,
        at: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let files = &mut self.state().artifacts.files;
        let kept = files
            .entry((tenant.id(), file.digest))
            .or_insert((file, at));
        kept.1 = at;
        Ok(kept.0.blob == file.blob)
    }

    async fn claim_files(
        &self,
        tenant: TenantScope,
        digests: &[FileDigest],
        at: OffsetDateTime,
    ) -> Result<Vec<KnownBlob<FileDigest>>, StoreError> {
        let files = &mut self.state().artifacts.files;
        let digests: BTreeSet<&FileDigest> = digests.iter().collect();
        let mut found = Vec::new();
        for digest in digests {
            if let Some((file, added)) = files.get_mut(&(tenant.id(), *digest)) {
                *added = at;
                found.push(*file);
            }
        }
        Ok(found)
    }

    async fn sum_files(&self, tenant: TenantScope) -> Result<u64, StoreError> {
        let state = self.state();
        let files = state.artifacts.files.iter();
        let own = files.filter(|((of, _), _)| *of == tenant.id());
        Ok(own.map(|(_, (file, _))| file.stored).sum())
    }

    async fn remove_unused_files(
        &self,
        before: OffsetDateTime,
        most: u32,
    ) -> Result<Vec<BlobId>, StoreError> {
        let artifacts = &mut self.state().artifacts;
        let all = artifacts.all.values();
        let used: BTreeSet<(TenantId, FileDigest)> = all
            .flat_map(|kept| {
                let tenant = kept.artifact.tenant_id;
                kept.entries.iter().map(move |entry| (tenant, entry.digest))
            })
            .collect();
        let unused = artifacts.files.iter();
        let unused = unused.filter(|(key, (_, at))| *at < before && !used.contains(key));
        let unused: Vec<_> = unused
            .map(|(key, (file, _))| (*key, file.blob))
            .take(most as usize)
            .collect();
        let removed = unused.into_iter().map(|(key, blob)| {
            artifacts.files.remove(&key);
            blob
        });
        Ok(removed.collect())
    }
}
