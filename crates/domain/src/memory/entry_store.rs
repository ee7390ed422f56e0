//! Entries of bundles in process.

use super::MemoryStore;
use super::artifact_store::{Artifacts, Kept};
use crate::artifacts::{ArtifactState, Entry, EntryStore, FoundEntry};
use crate::id::{ArtifactId, ProjectId};
use crate::store_error::StoreError;
use async_trait::async_trait;
use std::cmp::Reverse;
use time::OffsetDateTime;
use uuid::Uuid;

impl Artifacts {
    fn found(&self, project: ProjectId, is_wanted: impl Fn(&Entry) -> bool) -> Vec<FoundEntry> {
        let stored = self.all.values();
        let stored = stored.filter(|kept| kept.artifact.state == ArtifactState::Stored);
        let mut stored: Vec<&Kept> = stored.collect();
        stored.sort_by_key(|kept| Reverse((kept.artifact.uploaded_at, kept.artifact.id)));
        let mut found = Vec::new();
        for kept in stored {
            let places = kept.artifact.places.iter();
            for place in places.filter(|place| place.project_id == project) {
                for entry in kept.entries.iter().filter(|entry| is_wanted(entry)) {
                    found.extend(self.with_blob(kept, entry).map(|found| FoundEntry {
                        release: place.release.clone(),
                        dist: place.dist.clone(),
                        ..found
                    }));
                }
            }
        }
        found.truncate(200);
        found
    }

    fn with_blob(&self, kept: &Kept, entry: &Entry) -> Option<FoundEntry> {
        let (file, _) = self.files.get(&(kept.artifact.tenant_id, entry.digest))?;
        Some(FoundEntry {
            artifact: kept.artifact.id,
            release: None,
            dist: None,
            entry: entry.clone(),
            blob: file.blob,
        })
    }
}

#[async_trait]
impl EntryStore for MemoryStore {
    async fn find_by_debug_ids(
        &self,
        project: ProjectId,
        ids: &[Uuid],
    ) -> Result<Vec<FoundEntry>, StoreError> {
        let has = |entry: &Entry| entry.debug_id.is_some_and(|id| ids.contains(&id));
        Ok(self.state().artifacts.found(project, has))
    }

    async fn find_by_urls(
        &self,
        project: ProjectId,
        urls: &[String],
    ) -> Result<Vec<FoundEntry>, StoreError> {
        let has = |entry: &Entry| urls.contains(&entry.url);
        Ok(self.state().artifacts.found(project, has))
    }

    async fn find_in_artifact(
        &self,
        artifact: ArtifactId,
        urls: &[String],
    ) -> Result<Vec<FoundEntry>, StoreError> {
        let artifacts = &self.state().artifacts;
        let Some(kept) = artifacts.all.get(&artifact) else {
            return Ok(Vec::new());
        };
        let entries = kept
            .entries
            .iter()
            .filter(|entry| urls.contains(&entry.url));
        Ok(entries
            .filter_map(|entry| artifacts.with_blob(kept, entry))
            .collect())
    }

    async fn touch_artifacts(
        &self,
        used: &[ArtifactId],
        at: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let all = &mut self.state().artifacts.all;
        for id in used {
            if let Some(kept) = all.get_mut(id) {
                kept.artifact.last_used = kept.artifact.last_used.max(Some(at));
            }
        }
        Ok(())
    }
}
