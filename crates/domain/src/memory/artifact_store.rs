//! Artifacts in process.

use super::MemoryStore;
use crate::artifacts::{
    Artifact, ArtifactFilter, ArtifactState, ArtifactStore, Assembling, ChunkDigest, Entry,
    FileDigest, KnownBlob, NewArtifact,
};
use crate::id::{ArtifactId, BlobId, ProjectId, TenantId};
use crate::instant::micros;
use crate::page::{Cursor, Page};
use crate::store_error::StoreError;
use crate::tenancy::{Scope, TenantScope};
use async_trait::async_trait;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use time::OffsetDateTime;
use uuid::Uuid;

/// Artifacts with their chunks and files.
#[derive(Default)]
pub(super) struct Artifacts {
    pub(super) all: BTreeMap<ArtifactId, Kept>,
    pub(super) chunks: BTreeMap<(TenantId, ChunkDigest), (KnownBlob<ChunkDigest>, OffsetDateTime)>,
    pub(super) files: BTreeMap<(TenantId, FileDigest), (KnownBlob<FileDigest>, OffsetDateTime)>,
    pub(super) blobs: BTreeMap<(BlobId, u32), Vec<u8>>,
}

/// An artifact with what belongs to it.
pub(super) struct Kept {
    pub(super) artifact: Artifact,
    chunks: Vec<ChunkDigest>,
    pub(super) entries: Vec<Entry>,
    given: Option<(Uuid, OffsetDateTime)>,
    /// Whether what missed it was told.
    told: bool,
}

impl Kept {
    /// The artifact with its places in a scope; `None` where it has none or is not stored.
    fn visible(&self, scope: &Scope) -> Option<Artifact> {
        let mut artifact = self.artifact.clone();
        let is_own =
            artifact.tenant_id == scope.tenant() && artifact.state == ArtifactState::Stored;
        artifact
            .places
            .retain(|place| scope.projects().contains(&place.project_id));
        (is_own && !artifact.places.is_empty()).then_some(artifact)
    }

    fn matches(&self, visible: &Artifact, filter: &ArtifactFilter) -> bool {
        let wanted = |own: &Option<String>, wanted: &Option<String>| {
            wanted
                .as_ref()
                .is_none_or(|wanted| own.as_ref() == Some(wanted))
        };
        let mut places = visible.places.iter();
        places.any(|place| {
            wanted(&place.release, &filter.release) && wanted(&place.dist, &filter.dist)
        }) && filter
            .debug_id
            .is_none_or(|id| self.entries.iter().any(|entry| entry.debug_id == Some(id)))
            && filter
                .url
                .as_ref()
                .is_none_or(|url| self.entries.iter().any(|entry| entry.url == *url))
    }
}

#[async_trait]
impl ArtifactStore for MemoryStore {
    async fn find_artifact(
        &self,
        tenant: TenantScope,
        checksum: ChunkDigest,
    ) -> Result<Option<Artifact>, StoreError> {
        let state = self.state();
        let mut all = state.artifacts.all.values().map(|kept| &kept.artifact);
        let found = all.find(|one| one.tenant_id == tenant.id() && one.checksum == checksum);
        Ok(found.cloned())
    }

    async fn begin_artifact(&self, new: &NewArtifact) -> Result<Artifact, StoreError> {
        let artifacts = &mut self.state().artifacts;
        let chunks = new.chunks.iter();
        let known = chunks.filter_map(|digest| artifacts.chunks.get(&(new.tenant_id, *digest)));
        let size: u64 = known.map(|(chunk, _)| chunk.size).sum();
        let mut all = artifacts.all.values();
        let same = |kept: &&Kept| {
            let artifact = &kept.artifact;
            artifact.tenant_id == new.tenant_id && artifact.checksum == new.checksum
        };
        let id = all.find(same).map_or(new.id, |kept| kept.artifact.id);
        let kept = artifacts.all.entry(id).or_insert_with(|| Kept {
            artifact: Artifact {
                id: new.id,
                tenant_id: new.tenant_id,
                checksum: new.checksum,
                state: ArtifactState::Created,
                size,
                files: 0,
                debug_ids: 0,
                uploaded_at: new.at,
                last_used: None,
                uploaded_by: new.uploaded_by.clone(),
                places: Vec::new(),
            },
            chunks: new.chunks.clone(),
            entries: Vec::new(),
            given: None,
            told: false,
        });
        let artifact = &mut kept.artifact;
        artifact.uploaded_at = new.at;
        if matches!(artifact.state, ArtifactState::Failed(_)) {
            artifact.state = ArtifactState::Created;
            artifact.size = size;
            kept.chunks.clone_from(&new.chunks);
            kept.given = None;
        }
        let before = artifact.places.len();
        artifact.places.extend(new.places.iter().cloned());
        artifact.places.sort_unstable();
        artifact.places.dedup();
        kept.told &= artifact.places.len() == before;
        Ok(artifact.clone())
    }

    async fn claim_artifact(
        &self,
        node: Uuid,
        now: OffsetDateTime,
        until: OffsetDateTime,
    ) -> Result<Option<Assembling>, StoreError> {
        let all = &mut self.state().artifacts.all;
        let open = all.values_mut().filter(|kept| {
            kept.artifact.state == ArtifactState::Created
                && kept.given.is_none_or(|(_, until)| until <= now)
        });
        let oldest = open.min_by_key(|kept| kept.artifact.uploaded_at);
        Ok(oldest.map(|kept| {
            kept.given = Some((node, until));
            Assembling {
                artifact: kept.artifact.clone(),
                chunks: kept.chunks.clone(),
            }
        }))
    }

    async fn finish_artifact(
        &self,
        artifact: &Artifact,
        node: Uuid,
        outcome: Result<Vec<Entry>, String>,
    ) -> Result<bool, StoreError> {
        let all = &mut self.state().artifacts.all;
        let given = all.get_mut(&artifact.id).filter(|kept| {
            kept.artifact.state == ArtifactState::Created
                && kept.given.is_some_and(|(to, _)| to == node)
        });
        let Some(kept) = given else { return Ok(false) };
        match outcome {
            Ok(entries) => {
                let ids: BTreeSet<Uuid> =
                    entries.iter().filter_map(|entry| entry.debug_id).collect();
                kept.artifact.state = ArtifactState::Stored;
                kept.artifact.files = u32::try_from(entries.len()).unwrap_or(u32::MAX);
                kept.artifact.debug_ids = u32::try_from(ids.len()).unwrap_or(u32::MAX);
                kept.entries = entries;
                kept.chunks.clear();
            }
            Err(failure) => kept.artifact.state = ArtifactState::Failed(failure),
        }
        Ok(true)
    }

    async fn list_untold(&self, most: u32) -> Result<Vec<Artifact>, StoreError> {
        let state = self.state();
        let untold = state.artifacts.all.values();
        let untold =
            untold.filter(|kept| !kept.told && kept.artifact.state == ArtifactState::Stored);
        Ok(untold
            .map(|kept| kept.artifact.clone())
            .take(most as usize)
            .collect())
    }

    async fn note_told(&self, artifact: &Artifact) -> Result<(), StoreError> {
        if let Some(kept) = self.state().artifacts.all.get_mut(&artifact.id) {
            kept.told = kept.artifact.uploaded_at == artifact.uploaded_at;
        }
        Ok(())
    }

    async fn list_artifacts(
        &self,
        scope: &Scope,
        filter: &ArtifactFilter,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Artifact>, StoreError> {
        let state = self.state();
        let all = state.artifacts.all.values();
        let visible = all.filter_map(|kept| Some((kept, kept.visible(scope)?)));
        let matching = visible.filter(|(kept, visible)| kept.matches(visible, filter));
        let mut found: Vec<Artifact> = matching.map(|(_, visible)| visible).collect();
        let key = |artifact: &Artifact| (micros(artifact.uploaded_at), artifact.id.0);
        found.sort_by_key(|artifact| Reverse(key(artifact)));
        let total = found.len() as u64;
        if let Some(Cursor { rank, id }) = after {
            found.retain(|artifact| key(artifact) < (rank, id));
        }
        let has_more = found.len() > limit as usize;
        found.truncate(limit as usize);
        let last = found.last().filter(|_| has_more);
        let next = last.map(|last| {
            let (rank, id) = key(last);
            Cursor { rank, id }
        });
        Ok(Page {
            items: found,
            total,
            next,
        })
    }

    async fn get_artifact(
        &self,
        scope: &Scope,
        id: ArtifactId,
    ) -> Result<Option<Artifact>, StoreError> {
        let state = self.state();
        let kept = state.artifacts.all.get(&id);
        Ok(kept.and_then(|kept| kept.visible(scope)))
    }

    async fn list_entries(
        &self,
        id: ArtifactId,
        from: u32,
        limit: u32,
    ) -> Result<Vec<Entry>, StoreError> {
        let state = self.state();
        let entries = state.artifacts.all.get(&id).map(|kept| &kept.entries);
        let entries = entries.into_iter().flatten().skip(from as usize);
        Ok(entries.take(limit as usize).cloned().collect())
    }

    async fn remove_artifact(&self, scope: &Scope, id: ArtifactId) -> Result<bool, StoreError> {
        let all = &mut self.state().artifacts.all;
        let found = all
            .get_mut(&id)
            .filter(|kept| kept.visible(scope).is_some());
        let Some(kept) = found else { return Ok(false) };
        let places = &mut kept.artifact.places;
        places.retain(|place| !scope.projects().contains(&place.project_id));
        if places.is_empty() {
            all.remove(&id);
        }
        Ok(true)
    }

    async fn remove_artifacts_of_release(
        &self,
        scope: &Scope,
        project: ProjectId,
        release: &str,
    ) -> Result<(), StoreError> {
        if !scope.projects().contains(&project) {
            return Ok(());
        }
        let all = &mut self.state().artifacts.all;
        all.retain(|_, kept| {
            let places = &mut kept.artifact.places;
            let before = places.len();
            places.retain(|place| {
                place.project_id != project || place.release.as_deref() != Some(release)
            });
            places.len() == before || !places.is_empty()
        });
        Ok(())
    }

    async fn remove_old_artifacts(
        &self,
        before: OffsetDateTime,
        most: u32,
    ) -> Result<u64, StoreError> {
        let all = &mut self.state().artifacts.all;
        let old = all.values().map(|kept| &kept.artifact).filter(|artifact| {
            artifact.state != ArtifactState::Created
                && artifact.uploaded_at < before
                && artifact.last_used.is_none_or(|at| at < before)
        });
        let old: Vec<ArtifactId> = old
            .map(|artifact| artifact.id)
            .take(most as usize)
            .collect();
        for id in &old {
            all.remove(id);
        }
        Ok(old.len() as u64)
    }
}
