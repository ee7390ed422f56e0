//! The ports of late source maps in process.

use super::MemoryStore;
use crate::artifacts::{DueMiss, MissKey, MissStore, NewMisses};
use crate::errors::{Rewrite, RewriteStore};
use crate::fingerprint::{Fingerprint, FingerprintVersion};
use crate::id::{ErrorId, OccurrenceId, ProjectId};
use crate::store_error::StoreError;
use async_trait::async_trait;
use std::sync::Arc;
use time::OffsetDateTime;

/// A miss: when it was noted, and from when on it is worked on.
pub(super) type Miss = (OffsetDateTime, Option<OffsetDateTime>);

#[async_trait]
impl MissStore for MemoryStore {
    async fn note_misses(&self, new: &NewMisses, most: u32) -> Result<(), StoreError> {
        let misses = &mut self.state().misses;
        let due = new.is_due.then_some(new.at);
        for key in &new.keys {
            let there_are = misses
                .keys()
                .filter(|(of, _, _)| *of == new.project_id)
                .count();
            let full_key = (new.project_id, *key, new.fingerprint);
            if let Some((noted, until)) = misses.get_mut(&full_key) {
                *noted = new.at;
                *until = until.or(due);
            } else if there_are < most as usize {
                misses.insert(full_key, (new.at, due));
            }
        }
        Ok(())
    }

    async fn raise_misses(
        &self,
        project: ProjectId,
        keys: &[MissKey],
        at: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let misses = &mut self.state().misses;
        let own = misses.iter_mut();
        let own = own.filter(|((of, key, _), _)| *of == project && keys.contains(key));
        own.for_each(|(_, (_, due))| *due = Some(at));
        Ok(())
    }

    async fn claim_miss(
        &self,
        now: OffsetDateTime,
        until: OffsetDateTime,
    ) -> Result<Option<DueMiss>, StoreError> {
        let mut state = self.state();
        let due = state
            .misses
            .iter()
            .filter_map(|(key, (_, due))| Some((*key, (*due)?)));
        let first = due
            .filter(|(_, due)| *due <= now)
            .min_by_key(|(_, due)| *due);
        let Some(((project_id, _, fingerprint), _)) = first else {
            return Ok(None);
        };
        let Some(tenant_id) = state
            .projects
            .get(&project_id)
            .map(|project| project.tenant_id)
        else {
            return Ok(None);
        };
        for ((project, _, of), (_, due)) in &mut state.misses {
            if (*project, *of) == (project_id, fingerprint) && due.is_some_and(|due| due <= now) {
                *due = Some(until);
            }
        }
        Ok(Some(DueMiss {
            tenant_id,
            project_id,
            fingerprint,
            until,
        }))
    }

    async fn finish_miss(&self, miss: &DueMiss) -> Result<(), StoreError> {
        let misses = &mut self.state().misses;
        misses.retain(|(project, _, of), (_, due)| {
            (*project, *of) != (miss.project_id, miss.fingerprint) || *due != Some(miss.until)
        });
        Ok(())
    }

    async fn remove_old_misses(
        &self,
        before: OffsetDateTime,
        most: u32,
    ) -> Result<u64, StoreError> {
        let misses = &mut self.state().misses;
        let old = misses.iter().filter(|(_, (noted, _))| *noted < before);
        let old: Vec<_> = old.map(|(key, _)| *key).take(most as usize).collect();
        for key in &old {
            misses.remove(key);
        }
        Ok(old.len() as u64)
    }
}

#[async_trait]
impl RewriteStore for MemoryStore {
    async fn find_error_of(
        &self,
        project: ProjectId,
        fingerprint: Fingerprint,
    ) -> Result<Option<ErrorId>, StoreError> {
        let state = self.state();
        let found = state.fingerprints.get(&(project, fingerprint));
        Ok(found.map(|(_, error)| *error))
    }

    async fn rewrite_occurrence(
        &self,
        project: ProjectId,
        id: OccurrenceId,
        rewrite: &Rewrite,
    ) -> Result<bool, StoreError> {
        let mut state = self.state();
        let Some(stored) = state.occurrences.get_mut(&(project, id)) else {
            return Ok(false);
        };
        let own = Arc::make_mut(stored);
        own.stack_trace.clone_from(&rewrite.stack_trace);
        own.context = Some(rewrite.context.clone());
        Ok(true)
    }

    async fn adopt_fingerprint(
        &self,
        project: ProjectId,
        error: ErrorId,
        (fingerprint, version): (Fingerprint, FingerprintVersion),
    ) -> Result<Option<ErrorId>, StoreError> {
        let mut state = self.state();
        let key = (project, fingerprint);
        if state.errors.contains_key(&(project, error)) {
            state.fingerprints.entry(key).or_insert((version, error));
        }
        Ok(state.fingerprints.get(&key).map(|(_, error)| *error))
    }
}
