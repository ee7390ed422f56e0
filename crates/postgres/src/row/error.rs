//! Errors and their history.

use super::{fingerprint_of, parsed};
use crate::failure::corrupt;
use crate::schema::{error_activity, errors};
use diesel::{AsChangeset, Insertable, Queryable, Selectable};
use faultbook_domain::errors::{Activity, ActivityKind, ErrorGroup, ErrorState};
use faultbook_domain::id::{ActivityId, ErrorId, OccurrenceId, ProjectId};
use faultbook_domain::store_error::StoreError;
use time::OffsetDateTime;
use uuid::Uuid;

/// A row of `errors`, whole.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = errors, primary_key(project_id, id), treat_none_as_null = true)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct ErrorRow {
    pub project_id: Uuid,
    pub id: Uuid,
    pub count: i64,
    pub first_seen: OffsetDateTime,
    pub last_seen: OffsetDateTime,
    pub last_seen_minute: OffsetDateTime,
    pub resolved: bool,
    pub resolved_at: Option<OffsetDateTime>,
    pub regressed: bool,
    pub regression_id: Option<Uuid>,
    pub revision: i64,
    pub created_at: OffsetDateTime,
    /// Where it is not `created_at`: of merged and split errors.
    pub first_received: Option<OffsetDateTime>,
    pub updated_at: OffsetDateTime,
    pub fingerprint: Uuid,
    pub latest_id: Uuid,
    pub event_id: Uuid,
    pub level: String,
    pub severity: String,
    pub message: String,
    pub source: String,
    pub environment: String,
    pub url: Option<String>,
    pub user_agent: Option<String>,
    pub ip_address: Option<String>,
    pub release: Option<String>,
}

impl ErrorRow {
    /// When the error was first received.
    pub fn first_received(&self) -> OffsetDateTime {
        self.first_received.unwrap_or(self.created_at)
    }
}

impl TryFrom<ErrorRow> for ErrorGroup {
    type Error = StoreError;

    fn try_from(row: ErrorRow) -> Result<Self, StoreError> {
        let ErrorRow {
            project_id,
            id,
            count,
            first_seen,
            last_seen,
            last_seen_minute: _,
            resolved,
            resolved_at,
            regressed,
            regression_id: _,
            revision: _,
            created_at,
            first_received: _,
            updated_at,
            fingerprint,
            latest_id,
            event_id,
            level,
            severity,
            message,
            source,
            environment,
            url,
            user_agent,
            ip_address,
            release,
        } = row;
        Ok(Self {
            state: ErrorState {
                id: ErrorId(id),
                count,
                first_seen,
                last_seen,
                resolved,
                resolved_at,
                regressed,
                created_at,
                updated_at,
            },
            project_id: ProjectId(project_id),
            fingerprint: fingerprint_of(fingerprint),
            latest_id: OccurrenceId(latest_id),
            event_id,
            timestamp: last_seen,
            level: parsed("errors", "level", &level)?,
            severity: parsed("errors", "severity", &severity)?,
            message,
            source,
            environment,
            url,
            user_agent,
            ip_address,
            release,
        })
    }
}

/// A row of `error_activity`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = error_activity, check_for_backend(diesel::pg::Pg))]
pub struct ActivityRow {
    pub project_id: Uuid,
    pub id: Uuid,
    pub error_id: Uuid,
    pub kind: String,
    pub actor: String,
    pub at: OffsetDateTime,
    pub detail: Option<String>,
}

impl From<Activity> for ActivityRow {
    fn from(activity: Activity) -> Self {
        let Activity {
            id,
            project_id,
            error_id,
            kind,
            actor,
            at,
            detail,
        } = activity;
        Self {
            project_id: project_id.0,
            id: id.0,
            error_id: error_id.0,
            kind: kind.as_str().to_owned(),
            actor,
            at,
            detail,
        }
    }
}

impl TryFrom<ActivityRow> for Activity {
    type Error = StoreError;

    fn try_from(row: ActivityRow) -> Result<Self, StoreError> {
        let ActivityRow {
            project_id,
            id,
            error_id,
            kind,
            actor,
            at,
            detail,
        } = row;
        Ok(Self {
            id: ActivityId(id),
            project_id: ProjectId(project_id),
            error_id: ErrorId(error_id),
            kind: ActivityKind::from_stored(&kind)
                .ok_or_else(|| corrupt("error_activity", "kind", &kind))?,
            actor,
            at,
            detail,
        })
    }
}
