//! [`JobStore`](crate::jobs::JobStore) in process.

use super::MemoryStore;
use crate::id::{ErrorId, JobId};
use crate::jobs::{Job, JobState, JobStep, JobStore};
use crate::store_error::StoreError;
use crate::tenancy::TenantScope;
use async_trait::async_trait;
use std::collections::VecDeque;
use time::OffsetDateTime;
use uuid::Uuid;

/// A job with the steps that are left.
pub(super) struct Entry {
    job: Job,
    steps: VecDeque<Step>,
}

struct Step {
    place: i64,
    errors: Vec<ErrorId>,
    attempts: u32,
    given: Option<(Uuid, OffsetDateTime)>,
}

#[async_trait]
impl JobStore for MemoryStore {
    async fn create_job(&self, job: &Job, errors: &[ErrorId]) -> Result<(), StoreError> {
        let steps = errors.chunks(Job::STEP).zip(0..);
        let steps = steps.map(|(errors, place)| Step {
            place,
            errors: errors.to_vec(),
            attempts: 0,
            given: None,
        });
        let entry = Entry {
            job: job.clone(),
            steps: steps.collect(),
        };
        self.state().jobs.insert(job.id, entry);
        Ok(())
    }

    async fn get_job(&self, tenant: TenantScope, id: JobId) -> Result<Option<Job>, StoreError> {
        let state = self.state();
        let found = state.jobs.get(&id).map(|entry| entry.job.clone());
        Ok(found.filter(|job| job.tenant_id == tenant.id()))
    }

    async fn count_open_jobs(&self, tenant: TenantScope) -> Result<u64, StoreError> {
        let state = self.state();
        let jobs = state.jobs.values().map(|entry| &entry.job);
        let open = jobs.filter(|job| job.tenant_id == tenant.id() && job.state.is_open());
        Ok(open.count() as u64)
    }

    async fn claim_job_step(
        &self,
        node: Uuid,
        now: OffsetDateTime,
        until: OffsetDateTime,
    ) -> Result<Option<JobStep>, StoreError> {
        let mut state = self.state();
        let is_free = |step: &Step| step.given.is_none_or(|(_, until)| until <= now);
        for entry in state.jobs.values_mut() {
            if let Some(step) = entry.steps.iter_mut().find(|step| is_free(step)) {
                step.given = Some((node, until));
                step.attempts += 1;
                entry.job.state = JobState::Running;
                return Ok(Some(JobStep {
                    job: entry.job.clone(),
                    place: step.place,
                    attempts: step.attempts,
                    errors: step.errors.clone(),
                }));
            }
        }
        Ok(None)
    }

    async fn finish_job_step(&self, step: &JobStep, node: Uuid) -> Result<bool, StoreError> {
        let mut state = self.state();
        let Some(entry) = state.jobs.get_mut(&step.job.id) else {
            return Ok(false);
        };
        let is_it = |one: &Step| {
            one.place == step.place && one.given.is_some_and(|(holder, _)| holder == node)
        };
        let Some(place) = entry.steps.iter().position(is_it) else {
            return Ok(false);
        };
        entry.steps.remove(place);
        entry.job.done += step.errors.len() as u64;
        if entry.steps.is_empty() {
            entry.job.state = JobState::Done;
        }
        Ok(true)
    }

    async fn fail_job(&self, id: JobId, reason: &str) -> Result<(), StoreError> {
        let mut state = self.state();
        if let Some(entry) = state.jobs.get_mut(&id) {
            entry.steps.clear();
            entry.job.state = JobState::Failed;
            entry.job.error = Some(reason.to_owned());
        }
        Ok(())
    }

    async fn remove_old_jobs(&self, before: OffsetDateTime) -> Result<u64, StoreError> {
        let mut state = self.state();
        let there_were = state.jobs.len();
        let stays = |job: &Job| job.created_at >= before || job.state.is_open();
        state.jobs.retain(|_, entry| stays(&entry.job));
        Ok((there_were - state.jobs.len()) as u64)
    }
}
