//! [`RetentionStore`](crate::retention::RetentionStore) in process. Counts are computed from occurrences here:
//! deleted ones stay counted until their counts expire.

use super::feedback_store::Entry;
use super::{MemoryStore, State};
use crate::errors::Occurrence;
use crate::id::{InvitationId, KeyId};
use crate::identity::DEVELOPMENT_KEY;
use crate::identity::{ApiKey, KeyDigest};
use crate::ingest::hour_of;
use crate::retention::{Expirable, RecordKind, RetentionPolicy, RetentionStore};
use crate::store_error::StoreError;
use async_trait::async_trait;
use time::OffsetDateTime;

#[async_trait]
impl RetentionStore for MemoryStore {
    async fn list_expirable(
        &self,
        now: OffsetDateTime,
        policy: RetentionPolicy,
    ) -> Result<Vec<Expirable>, StoreError> {
        let state = self.state();
        let found = state.projects.values().map(|project| {
            let from = policy.occurrences_from(project.retention_days, now);
            let occurrences = state.occurrences.values();
            let old =
                occurrences.filter(|one| one.project_id == project.id && one.received_at < from);
            let counts_from = policy.counts_from(project, now);
            let retired = state
                .retired
                .values()
                .filter(|one| one.project_id == project.id && hour_of(one.timestamp) < counts_from);
            Expirable {
                project: project.id,
                slug: project.slug.clone(),
                days: policy.days(project.retention_days),
                occurrences: old.count() as u64,
                counts: retired.count() as u64,
            }
        });
        Ok(found
            .filter(|one| one.occurrences + one.counts > 0)
            .collect())
    }

    async fn expire_occurrences(
        &self,
        now: OffsetDateTime,
        policy: RetentionPolicy,
    ) -> Result<(), StoreError> {
        let mut state = self.state();
        let projects = state.projects.values();
        let limits: Vec<_> = projects
            .map(|project| {
                (
                    project.id,
                    policy.occurrences_from(project.retention_days, now),
                    policy.counts_from(project, now),
                )
            })
            .collect();
        for (project, from, counts_from) in limits {
            let is_old = |one: &Occurrence| one.project_id == project && one.received_at < from;
            let State {
                occurrences,
                retired,
                feedback,
                ..
            } = &mut *state;
            let all = std::mem::take(occurrences).into_iter();
            let (old, young): (Vec<_>, Vec<_>) = all.partition(|(_, one)| is_old(one));
            retired.extend(old);
            occurrences.extend(young);
            let is_old = |one: &Entry| one.project == project && one.event_at < from;
            feedback.retain(|one| !is_old(one));
            retired.retain(|_, one| {
                one.project_id != project || hour_of(one.timestamp) >= counts_from
            });
        }
        Ok(())
    }

    async fn count_old_records(
        &self,
        kind: RecordKind,
        before: OffsetDateTime,
    ) -> Result<u64, StoreError> {
        let state = self.state();
        let count = match kind {
            RecordKind::Audit => state.audit.iter().filter(|one| one.at < before).count(),
            RecordKind::Firings => state.alerts.old_firings(before).len(),
            RecordKind::Incidents => state.alerts.old_incidents(before).len(),
            RecordKind::Activity => state.activity.iter().filter(|one| one.at < before).count(),
            RecordKind::Keys => state.old_keys(before).len(),
            RecordKind::Invitations => state.old_invitations(before).len(),
        };
        Ok(count as u64)
    }

    async fn remove_old_records(
        &self,
        kind: RecordKind,
        before: OffsetDateTime,
        most: u32,
    ) -> Result<u64, StoreError> {
        let mut state = self.state();
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let removed = match kind {
            RecordKind::Audit => remove_some(&mut state.audit, most, |one| one.at < before),
            RecordKind::Activity => remove_some(&mut state.activity, most, |one| one.at < before),
            RecordKind::Firings => {
                let old = state.alerts.old_firings(before);
                let some = old.into_iter().take(most);
                some.map(|id| state.alerts.remove_firing(id)).count()
            }
            RecordKind::Incidents => {
                let old = state.alerts.old_incidents(before);
                let some = old.into_iter().take(most);
                some.map(|id| state.alerts.remove_incident(id)).count()
            }
            RecordKind::Keys => {
                let old = state.old_keys(before);
                let some = old.into_iter().take(most);
                some.map(|id| state.keys.remove(&id)).count()
            }
            RecordKind::Invitations => {
                let old = state.old_invitations(before);
                let some = old.into_iter().take(most);
                some.map(|id| state.invitations.remove(&id)).count()
            }
        };
        Ok(removed as u64)
    }
}

impl State {
    fn old_keys(&self, before: OffsetDateTime) -> Vec<KeyId> {
        let development = KeyDigest::of(DEVELOPMENT_KEY);
        let ended = |key: &&ApiKey| key.ended_at().is_some_and(|at| at < before);
        let old = self.keys.values().filter(ended);
        let old = old.filter(|key| key.digest != development);
        old.map(|key| key.id).collect()
    }

    fn old_invitations(&self, before: OffsetDateTime) -> Vec<InvitationId> {
        let all = self.invitations.values();
        let old = all.filter(|one| one.ended_at() < before);
        old.map(|one| one.id).collect()
    }
}

/// Removes up to `most` old elements and returns their number.
fn remove_some<T>(all: &mut Vec<T>, most: usize, is_old: impl Fn(&T) -> bool) -> usize {
    let mut removed = 0;
    all.retain(|one| {
        let goes = removed < most && is_old(one);
        removed += usize::from(goes);
        !goes
    });
    removed
}
