//! What is kept no longer, in process. Counts are counted from occurrences here: those that go are
//! still counted until their counts go too.

use super::{MemoryStore, State};
use crate::aggregate::hour_of;
use crate::entity::Occurrence;
use crate::port::{Expirable, RetentionPolicy, RetentionStore, StoreError};
use async_trait::async_trait;
use time::OffsetDateTime;

#[async_trait]
impl RetentionStore for MemoryStore {
    async fn expirable(
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
            let counts_from = policy.counts_from(now);
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

    async fn expire(&self, now: OffsetDateTime, policy: RetentionPolicy) -> Result<(), StoreError> {
        let mut state = self.state();
        let projects = state.projects.values();
        let limits: Vec<_> = projects
            .map(|project| {
                (
                    project.id,
                    policy.occurrences_from(project.retention_days, now),
                )
            })
            .collect();
        for (project, from) in limits {
            let is_old = |one: &Occurrence| one.project_id == project && one.received_at < from;
            let State {
                occurrences,
                retired,
                ..
            } = &mut *state;
            let all = std::mem::take(occurrences).into_iter();
            let (old, young): (Vec<_>, Vec<_>) = all.partition(|(_, one)| is_old(one));
            retired.extend(old);
            occurrences.extend(young);
        }
        let counts_from = policy.counts_from(now);
        let retired = &mut state.retired;
        retired.retain(|_, one| hour_of(one.timestamp) >= counts_from);
        Ok(())
    }
}
