//! Rows of errors.

use super::fingerprint_of;
use crate::schema::errors;
use diesel::{AsChangeset, Insertable, Queryable, Selectable};
use faultbook_domain::errors::{ErrorGroup, ErrorState, EventSummary, TriageState};
use faultbook_domain::id::{ErrorId, OccurrenceId, ProjectId};
use faultbook_domain::store_error::StoreError;
use faultbook_sql::row::{TriageRow, parsed};
use faultbook_sql::types::{DbId, DbTime};
use time::OffsetDateTime;
use uuid::Uuid;

/// A row of `errors`.
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
    /// Set on merged and split errors, where it differs from `created_at`.
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
    pub resolved_in: Option<String>,
    pub ignored: bool,
    pub ignore_terms: Option<String>,
    pub reopen_at: Option<OffsetDateTime>,
    pub assigned_to: Option<Uuid>,
}

impl ErrorRow {
    /// Returns when the error was first received.
    pub fn first_received(&self) -> OffsetDateTime {
        self.first_received.unwrap_or(self.created_at)
    }

    /// Returns what people decided about it.
    pub fn triage(&self) -> Result<TriageState, StoreError> {
        TriageRow {
            resolved: self.resolved,
            resolved_at: self.resolved_at.map(DbTime),
            resolved_in: self.resolved_in.clone(),
            regressed: self.regressed,
            ignored: self.ignored,
            ignore_terms: self.ignore_terms.clone(),
            reopen_at: self.reopen_at.map(DbTime),
            assigned_to: self.assigned_to.map(DbId),
        }
        .try_into()
    }

    /// Returns the row with what people decided about it.
    pub fn with_triage(self, state: &TriageState) -> Self {
        let TriageRow {
            resolved,
            resolved_at,
            resolved_in,
            regressed,
            ignored,
            ignore_terms,
            reopen_at,
            assigned_to,
        } = TriageRow::from(state);
        Self {
            resolved,
            resolved_at: resolved_at.map(|at| at.0),
            resolved_in,
            regressed,
            ignored,
            ignore_terms,
            reopen_at: reopen_at.map(|at| at.0),
            assigned_to: assigned_to.map(|member| member.0),
            ..self
        }
    }
}

impl TryFrom<ErrorRow> for ErrorGroup {
    type Error = StoreError;

    fn try_from(row: ErrorRow) -> Result<Self, StoreError> {
        let triage = row.triage()?;
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
            resolved_in: _,
            ignored,
            ignore_terms: _,
            reopen_at: _,
            assigned_to: _,
        } = row;
        Ok(Self {
            state: ErrorState {
                id: ErrorId(id),
                count,
                first_seen,
                last_seen,
                resolved,
                resolved_at,
                ignored,
                regressed,
                created_at,
                updated_at,
            },
            triage,
            project_id: ProjectId(project_id),
            fingerprint: fingerprint_of(fingerprint),
            latest_id: OccurrenceId(latest_id),
            event_id,
            timestamp: last_seen,
            summary: EventSummary {
                level: parsed("errors", "level", &level)?,
                severity: parsed("errors", "severity", &severity)?,
                message,
                source,
                environment,
                url,
                user_agent,
                ip_address,
                release,
            },
        })
    }
}
