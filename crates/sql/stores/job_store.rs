//! Jobs and their steps over SQL.

use crate::driver::{RunQueryDsl, Store};
use async_trait::async_trait;
use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel::sql_query;
use faultbook_domain::id::{ErrorId, JobId};
use faultbook_domain::jobs::{Job, JobState, JobStep, JobStore};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::TenantScope;
use faultbook_sql::row::{JobRow, JobStepRow, one};
use faultbook_sql::schema::{job_steps, jobs};
use faultbook_sql::types::{DbId, DbTime, Id, Instant};
use time::OffsetDateTime;
use uuid::Uuid;

/// Gives the first free step of the oldest job to a node. Who waited for another node's transaction finds the step
/// given, and none.
const CLAIM: &str = "
UPDATE job_steps SET node = $1, given_until = $2, attempts = attempts + 1
WHERE (job_id, place) = (
    SELECT job_id, place FROM job_steps WHERE given_until IS NULL OR given_until <= $3
    ORDER BY job_id, place LIMIT 1
  )
  AND (given_until IS NULL OR given_until <= $3)
RETURNING job_id, place, errors, attempts";

#[async_trait]
impl JobStore for Store {
    async fn create_job(&self, job: &Job, errors: &[ErrorId]) -> Result<(), StoreError> {
        let (job, errors) = (job.clone(), errors.to_vec());
        self.write(async move |connection| {
            diesel::insert_into(jobs::table)
                .values(JobRow::from(&job))
                .execute(connection)
                .await?;
            // One by one: diesel inserts several rows into SQLite in a transaction of its own, which cannot be nested.
            for (step, place) in errors.chunks(Job::STEP).zip(0..) {
                diesel::insert_into(job_steps::table)
                    .values(JobStepRow::of(job.id, place, step))
                    .execute(connection)
                    .await?;
            }
            Ok(())
        })
        .await
    }

    async fn get_job(&self, tenant: TenantScope, id: JobId) -> Result<Option<Job>, StoreError> {
        self.read(async move |connection| {
            let row = jobs::table
                .find(DbId(id.0))
                .filter(jobs::tenant_id.eq(DbId(tenant.id().0)))
                .select(JobRow::as_select())
                .first(connection)
                .await
                .optional()?;
            Ok(one(row)?)
        })
        .await
    }

    async fn count_open_jobs(&self, tenant: TenantScope) -> Result<u64, StoreError> {
        self.read(async move |connection| {
            let open: i64 = jobs::table
                .filter(jobs::tenant_id.eq(DbId(tenant.id().0)))
                .filter(jobs::state.eq_any(open_states()))
                .select(count_star())
                .first(connection)
                .await?;
            Ok(open.unsigned_abs())
        })
        .await
    }

    async fn claim_job_step(
        &self,
        node: Uuid,
        now: OffsetDateTime,
        until: OffsetDateTime,
    ) -> Result<Option<JobStep>, StoreError> {
        self.write(async move |connection| {
            let claimed: Vec<JobStepRow> = sql_query(CLAIM)
                .bind::<Id, _>(DbId(node))
                .bind::<Instant, _>(DbTime(until))
                .bind::<Instant, _>(DbTime(now))
                .load(connection)
                .await?;
            let Some(step) = claimed.into_iter().next() else {
                return Ok(None);
            };
            diesel::update(jobs::table.find(step.job_id))
                .set(jobs::state.eq(JobState::Running.as_str()))
                .execute(connection)
                .await?;
            let job: JobRow = jobs::table
                .find(step.job_id)
                .select(JobRow::as_select())
                .first(connection)
                .await?;
            Ok(Some(JobStep {
                place: step.place,
                attempts: step.attempts.unsigned_abs(),
                errors: step.ids(),
                job: job.try_into()?,
            }))
        })
        .await
    }

    async fn finish_job_step(&self, step: &JobStep, node: Uuid) -> Result<bool, StoreError> {
        let (job, place) = (DbId(step.job.id.0), step.place);
        let errors = i64::try_from(step.errors.len()).unwrap_or(i64::MAX);
        self.write(async move |connection| {
            let given = job_steps::table
                .filter(job_steps::job_id.eq(job))
                .filter(job_steps::place.eq(place))
                .filter(job_steps::node.eq(DbId(node)));
            if diesel::delete(given).execute(connection).await? == 0 {
                return Ok(false);
            }
            // Locks the job's row, so that of two last steps the second sees that none is left.
            diesel::update(jobs::table.find(job))
                .set(jobs::done.eq(jobs::done + errors))
                .execute(connection)
                .await?;
            let left: i64 = job_steps::table
                .filter(job_steps::job_id.eq(job))
                .select(count_star())
                .first(connection)
                .await?;
            if left == 0 {
                diesel::update(jobs::table.find(job))
                    .set(jobs::state.eq(JobState::Done.as_str()))
                    .execute(connection)
                    .await?;
            }
            Ok(true)
        })
        .await
    }

    async fn fail_job(&self, id: JobId, reason: &str) -> Result<(), StoreError> {
        let reason = reason.to_owned();
        self.write(async move |connection| {
            diesel::update(jobs::table.find(DbId(id.0)))
                .set((
                    jobs::state.eq(JobState::Failed.as_str()),
                    jobs::error.eq(&reason),
                ))
                .execute(connection)
                .await?;
            let steps = job_steps::table.filter(job_steps::job_id.eq(DbId(id.0)));
            diesel::delete(steps).execute(connection).await?;
            Ok(())
        })
        .await
    }

    async fn remove_old_jobs(&self, before: OffsetDateTime) -> Result<u64, StoreError> {
        self.write(async move |connection| {
            let old = jobs::table
                .filter(jobs::created_at.lt(DbTime(before)))
                .filter(diesel::dsl::not(jobs::state.eq_any(open_states())));
            Ok(diesel::delete(old).execute(connection).await? as u64)
        })
        .await
    }
}

/// The states of jobs that have steps left.
fn open_states() -> [&'static str; 2] {
    [JobState::Queued.as_str(), JobState::Running.as_str()]
}
