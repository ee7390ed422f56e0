//! Rows of errors.

use super::{Uid, micros, time};
use crate::schema::errors;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use faultbook_domain::errors::{
    ErrorGroup, ErrorState, EventSummary, TriageState, summary_message, summary_text,
};
use faultbook_domain::id::{ErrorId, OccurrenceId, ProjectId};
use faultbook_domain::store_error::StoreError;
use faultbook_sql::row::{TriageRow, parsed};
use faultbook_sql::types::{DbId, DbTime};

/// A row of `errors`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(
    table_name = errors,
    check_for_backend(Sqlite),
    treat_none_as_default_value = false,
    treat_none_as_null = true
)]
pub(crate) struct ErrorRow {
    pub(crate) project_id: Uid,
    pub(crate) id: Uid,
    pub(crate) count: i64,
    pub(crate) first_seen: i64,
    pub(crate) last_seen: i64,
    pub(crate) resolved: bool,
    pub(crate) resolved_at: Option<i64>,
    pub(crate) regressed: bool,
    pub(crate) created_at: i64,
    /// Set on merged and split errors, where it differs from `created_at`.
    pub(crate) first_received: Option<i64>,
    pub(crate) updated_at: i64,
    resolved_in: Option<String>,
    ignored: bool,
    ignore_terms: Option<String>,
    reopen_at: Option<i64>,
    assigned_to: Option<Uid>,
    #[diesel(embed)]
    pub(crate) latest: LatestColumns,
}

/// The columns of the latest occurrence.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(
    table_name = errors,
    check_for_backend(Sqlite),
    treat_none_as_default_value = false,
    treat_none_as_null = true
)]
pub(crate) struct LatestColumns {
    pub(crate) fingerprint: Uid,
    pub(crate) latest_id: Uid,
    event_id: Uid,
    level: String,
    severity: String,
    source: String,
    environment: String,
    message: String,
    url: Option<String>,
    user_agent: Option<String>,
    ip_address: Option<String>,
    release: Option<String>,
}

impl LatestColumns {
    /// Cuts the texts to the length that an error keeps.
    pub(crate) fn cut(mut self) -> Self {
        let cut = |text: &mut String| text.truncate(summary_text(text).len());
        self.message.truncate(summary_message(&self.message).len());
        cut(&mut self.source);
        cut(&mut self.environment);
        let optional = [&mut self.url, &mut self.user_agent, &mut self.release];
        optional.into_iter().flatten().for_each(cut);
        self
    }
}

impl ErrorRow {
    /// Returns when the error was first received.
    pub(crate) fn first_received(&self) -> i64 {
        self.first_received.unwrap_or(self.created_at)
    }

    /// Returns what people decided about it.
    pub(crate) fn triage(&self) -> Result<TriageState, StoreError> {
        let at = |column, stored: Option<i64>| {
            let at = stored.map(|at| time("errors", column, at)).transpose();
            at.map(|at| at.map(DbTime))
        };
        TriageRow {
            resolved: self.resolved,
            resolved_at: at("resolved_at", self.resolved_at)?,
            resolved_in: self.resolved_in.clone(),
            regressed: self.regressed,
            ignored: self.ignored,
            ignore_terms: self.ignore_terms.clone(),
            reopen_at: at("reopen_at", self.reopen_at)?,
            assigned_to: self.assigned_to.map(DbId::from),
        }
        .try_into()
    }

    /// Sets what people decided about it.
    pub(crate) fn set_triage(&mut self, state: &TriageState) {
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
        self.resolved = resolved;
        self.resolved_at = resolved_at.map(|at| micros(at.0));
        self.resolved_in = resolved_in;
        self.regressed = regressed;
        self.ignored = ignored;
        self.ignore_terms = ignore_terms;
        self.reopen_at = reopen_at.map(|at| micros(at.0));
        self.assigned_to = assigned_to.map(|member| member.0.into());
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
            resolved,
            resolved_at,
            regressed,
            created_at,
            first_received: _,
            updated_at,
            resolved_in: _,
            ignored,
            ignore_terms: _,
            reopen_at: _,
            assigned_to: _,
            latest:
                LatestColumns {
                    fingerprint,
                    latest_id,
                    event_id,
                    level,
                    severity,
                    source,
                    environment,
                    message,
                    url,
                    user_agent,
                    ip_address,
                    release,
                },
        } = row;
        let last_seen = time("errors", "last_seen", last_seen)?;
        Ok(Self {
            state: ErrorState {
                id: ErrorId(id.uuid()),
                count,
                first_seen: time("errors", "first_seen", first_seen)?,
                last_seen,
                resolved,
                resolved_at: resolved_at
                    .map(|at| time("errors", "resolved_at", at))
                    .transpose()?,
                ignored,
                regressed,
                created_at: time("errors", "created_at", created_at)?,
                updated_at: time("errors", "updated_at", updated_at)?,
            },
            triage,
            project_id: ProjectId(project_id.uuid()),
            fingerprint: fingerprint.fingerprint(),
            latest_id: OccurrenceId(latest_id.uuid()),
            event_id: event_id.uuid(),
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
