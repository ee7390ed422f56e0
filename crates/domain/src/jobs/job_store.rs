//! Port: jobs and their steps.

use super::job::{Job, JobStep};
use crate::id::{ErrorId, JobId};
use crate::store_error::StoreError;
use crate::tenancy::TenantScope;
use async_trait::async_trait;
use time::OffsetDateTime;
use uuid::Uuid;

/// Stores jobs until they are removed.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait JobStore: Send + Sync {
    /// Adds a job whose steps are of [`Job::STEP`] errors each, in this order. MUST have all of it durable when it
    /// returns, or nothing.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn create_job(&self, job: &Job, errors: &[ErrorId]) -> Result<(), StoreError>;

    /// Finds a job of a tenant.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn get_job(&self, tenant: TenantScope, id: JobId) -> Result<Option<Job>, StoreError>;

    /// Counts a tenant's jobs that have steps left.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn count_open_jobs(&self, tenant: TenantScope) -> Result<u64, StoreError>;

    /// Gives a node the first step of the oldest job until a time. MUST NOT give it to another before that time, and
    /// MUST give it to another afterwards. A job with a step that was given begins to run.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn claim_job_step(
        &self,
        node: Uuid,
        now: OffsetDateTime,
        until: OffsetDateTime,
    ) -> Result<Option<JobStep>, StoreError>;

    /// Removes a step that a node has taken and adds its errors to those done; with the last step the job is done.
    /// MUST count a step once, and not at all for a node that it is no longer given to. Returns whether it did.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn finish_job_step(&self, step: &JobStep, node: Uuid) -> Result<bool, StoreError>;

    /// Removes the steps of a job that failed, and keeps the reason.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn fail_job(&self, id: JobId, reason: &str) -> Result<(), StoreError>;

    /// Removes jobs from before a time that have no steps left, and returns their number.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn remove_old_jobs(&self, before: OffsetDateTime) -> Result<u64, StoreError>;
}
