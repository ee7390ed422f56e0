//! Service: begins jobs, tells how far they are, and takes their steps.

use super::job::{Job, JobState, JobStep};
use super::job_store::JobStore;
use crate::clock::Clock;
use crate::id::{ErrorId, JobId};
use crate::id_source::IdSource;
use crate::identity::Principal;
use crate::store_error::StoreError;
use crate::tenancy::{ProjectStore, Scope, TenantScope};
use async_trait::async_trait;
use std::sync::Arc;
use time::Duration;
use uuid::Uuid;

/// How long a step stays with a node that died: long enough for any step.
const TERM: Duration = Duration::seconds(30);

/// How often a step is tried before its job fails.
const ATTEMPTS: u32 = 10;

/// What a job does with errors.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait JobWork: Send + Sync {
    /// Changes errors of a job; those that are gone are skipped. MUST be safe to repeat: a node may die after it.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails: the step is tried again.
    async fn take_step(
        &self,
        scope: &Scope,
        job: &Job,
        errors: &[ErrorId],
    ) -> Result<(), StoreError>;
}

/// Why a job cannot begin.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The tenant has as many unfinished jobs as it may.
    #[error("there can be at most {0} unfinished jobs")]
    Full(u64),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Begins, shows and runs jobs.
pub struct Jobs {
    store: Arc<dyn JobStore>,
    projects: Arc<dyn ProjectStore>,
    work: Arc<dyn JobWork>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    node: Uuid,
    most: u64,
}

impl Jobs {
    /// Creates the service; a tenant can have `most` unfinished jobs.
    #[must_use]
    pub fn new(
        store: Arc<dyn JobStore>,
        projects: Arc<dyn ProjectStore>,
        work: Arc<dyn JobWork>,
        (clock, ids): (Arc<dyn Clock>, Arc<dyn IdSource>),
        most: u64,
    ) -> Self {
        let node = ids.next_id(clock.now());
        Self {
            store,
            projects,
            work,
            clock,
            ids,
            node,
            most,
        }
    }

    /// Begins a job, which every node goes on with.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn start(
        &self,
        caller: &Principal,
        (action, detail): (&str, String),
        errors: &[ErrorId],
    ) -> Result<Job, StartError> {
        let tenant = caller.scope.tenant_scope();
        if self.store.count_open_jobs(tenant).await? >= self.most {
            return Err(StartError::Full(self.most));
        }
        let now = self.clock.now();
        let job = Job {
            id: JobId(self.ids.next_id(now)),
            tenant_id: tenant.id(),
            bound_project: caller.bound_project(),
            action: action.to_owned(),
            detail,
            actor: caller.actor,
            total: errors.len() as u64,
            done: 0,
            state: JobState::Queued,
            error: None,
            created_at: now,
        };
        self.store.create_job(&job, errors).await?;
        Ok(job)
    }

    /// Returns a job that the caller can see: one of the tenant, and for a caller bound to a project one that was
    /// begun with such a credential.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn get(&self, caller: &Principal, id: JobId) -> Result<Option<Job>, StoreError> {
        let found = self.store.get_job(caller.scope.tenant_scope(), id).await?;
        let from = self.clock.now() - Job::KEPT;
        let is_visible = |job: &Job| {
            let bound = caller.bound_project();
            job.created_at >= from && (bound.is_none() || bound == job.bound_project)
        };
        Ok(found.filter(is_visible))
    }

    /// Takes the next step of a job, of whatever tenant. Returns whether there was one.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails; the step is tried again, by this node or another.
    pub async fn take_step(&self) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let claimed = self
            .store
            .claim_job_step(self.node, now, now + TERM)
            .await?;
        let Some(step) = claimed else {
            return Ok(false);
        };
        let JobStep {
            job,
            attempts,
            errors,
            ..
        } = &step;
        let tenant = TenantScope::of(job.tenant_id);
        let projects = self.projects.list_projects(tenant).await?;
        let projects = projects.into_iter().map(|project| project.id);
        let scope = Scope::new(tenant, projects.collect());
        match self.work.take_step(&scope, job, errors).await {
            Ok(()) => {
                self.store.finish_job_step(&step, self.node).await?;
                Ok(true)
            }
            Err(error) if *attempts >= ATTEMPTS => {
                tracing::error!(%error, job = %job.id, "a job failed");
                let reason = "The store failed repeatedly; the rest was not changed";
                self.store.fail_job(job.id, reason).await?;
                Ok(true)
            }
            Err(error) => Err(error),
        }
    }

    /// Removes jobs that can no longer be asked for.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn forget(&self) -> Result<(), StoreError> {
        let before = self.clock.now() - Job::KEPT;
        self.store.remove_old_jobs(before).await?;
        Ok(())
    }
}
