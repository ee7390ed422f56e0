//! Rows of jobs and their steps.

use super::corrupt;
use crate::schema::{job_steps, jobs};
use crate::types::{DbId, DbTime};
use diesel::{Insertable, Queryable, QueryableByName, Selectable};
use faultbook_domain::errors::Actor;
use faultbook_domain::id::{ErrorId, JobId, ProjectId, TenantId};
use faultbook_domain::jobs::{Job, JobState};
use faultbook_domain::store_error::StoreError;
use uuid::Uuid;

/// A row of `jobs`.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = jobs, treat_none_as_default_value = false)]
pub struct JobRow {
    pub id: DbId,
    pub tenant_id: DbId,
    pub bound_project: Option<DbId>,
    pub action: String,
    pub detail: String,
    pub actor: String,
    pub total: i64,
    pub done: i64,
    pub state: String,
    pub error: Option<String>,
    pub created_at: DbTime,
}

impl From<&Job> for JobRow {
    fn from(job: &Job) -> Self {
        let Job {
            id,
            tenant_id,
            bound_project,
            action,
            detail,
            actor,
            total,
            done,
            state,
            error,
            created_at,
        } = job;
        Self {
            id: DbId(id.0),
            tenant_id: DbId(tenant_id.0),
            bound_project: bound_project.map(|id| DbId(id.0)),
            action: action.clone(),
            detail: detail.clone(),
            actor: actor.to_string(),
            total: i64::try_from(*total).unwrap_or(i64::MAX),
            done: i64::try_from(*done).unwrap_or(i64::MAX),
            state: state.as_str().to_owned(),
            error: error.clone(),
            created_at: DbTime(*created_at),
        }
    }
}

impl TryFrom<JobRow> for Job {
    type Error = StoreError;

    fn try_from(row: JobRow) -> Result<Self, StoreError> {
        let JobRow {
            id,
            tenant_id,
            bound_project,
            action,
            detail,
            actor,
            total,
            done,
            state,
            error,
            created_at,
        } = row;
        Ok(Self {
            id: JobId(id.0),
            tenant_id: TenantId(tenant_id.0),
            bound_project: bound_project.map(|id| ProjectId(id.0)),
            action,
            detail,
            actor: Actor::from_stored(&actor).ok_or_else(|| corrupt("jobs", "actor", &actor))?,
            total: total.unsigned_abs(),
            done: done.unsigned_abs(),
            state: JobState::from_stored(&state).ok_or_else(|| corrupt("jobs", "state", &state))?,
            error,
            created_at: created_at.0,
        })
    }
}

/// A row of `job_steps`, without the node that it is given to.
#[derive(Queryable, QueryableByName, Selectable, Insertable)]
#[diesel(table_name = job_steps)]
pub struct JobStepRow {
    pub job_id: DbId,
    pub place: i64,
    pub errors: Vec<u8>,
    pub attempts: i32,
}

impl JobStepRow {
    /// The row of a step that was given to nobody yet.
    #[must_use]
    pub fn of(job: JobId, place: i64, errors: &[ErrorId]) -> Self {
        let bytes = errors.iter().map(|id| id.0.into_bytes());
        Self {
            job_id: DbId(job.0),
            place,
            errors: bytes.flatten().collect(),
            attempts: 0,
        }
    }

    /// The errors.
    #[must_use]
    pub fn ids(&self) -> Vec<ErrorId> {
        let (ids, _) = self.errors.as_chunks::<16>();
        ids.iter()
            .map(|id| ErrorId(Uuid::from_bytes(*id)))
            .collect()
    }
}
