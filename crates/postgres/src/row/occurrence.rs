//! Rows of occurrences, for reading. They are written as arrays: see `record_statement`.

use super::{fingerprint_of, version_of};
use crate::schema::occurrences;
use diesel::{Queryable, Selectable};
use faultbook_domain::errors::{EventSummary, JsonText, Occurrence};
use faultbook_domain::id::{OccurrenceId, ProjectId};
use faultbook_domain::store_error::StoreError;
use faultbook_sql::row::parsed;
use time::OffsetDateTime;
use uuid::Uuid;

/// A row of `occurrences`.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = occurrences, check_for_backend(diesel::pg::Pg))]
pub struct OccurrenceRow {
    pub project_id: Uuid,
    pub id: Uuid,
    pub event_id: Uuid,
    pub fingerprint: Uuid,
    pub fingerprint_version: i16,
    pub timestamp: OffsetDateTime,
    pub received_at: OffsetDateTime,
    pub level: String,
    pub severity: String,
    pub message: String,
    pub source: String,
    pub environment: String,
    pub stack_trace: Option<String>,
    pub context: Option<String>,
    pub url: Option<String>,
    pub user_agent: Option<String>,
    pub ip_address: Option<String>,
    pub release: Option<String>,
    pub tags: Option<String>,
    pub reporter: Option<String>,
    pub custom_fingerprint: Option<String>,
}

impl TryFrom<OccurrenceRow> for Occurrence {
    type Error = StoreError;

    fn try_from(row: OccurrenceRow) -> Result<Self, StoreError> {
        let OccurrenceRow {
            project_id,
            id,
            event_id,
            fingerprint,
            fingerprint_version,
            timestamp,
            received_at,
            level,
            severity,
            message,
            source,
            environment,
            stack_trace,
            context,
            url,
            user_agent,
            ip_address,
            release,
            tags,
            reporter,
            custom_fingerprint,
        } = row;
        Ok(Self {
            id: OccurrenceId(id),
            project_id: ProjectId(project_id),
            event_id,
            fingerprint: fingerprint_of(fingerprint),
            fingerprint_version: version_of(fingerprint_version),
            timestamp,
            received_at,
            summary: EventSummary {
                level: parsed("occurrences", "level", &level)?,
                severity: parsed("occurrences", "severity", &severity)?,
                message,
                source,
                environment,
                url,
                user_agent,
                ip_address,
                release,
            },
            stack_trace,
            context: context.map(JsonText::from_stored),
            tags: tags.map(JsonText::from_stored),
            user: reporter.map(JsonText::from_stored),
            custom_fingerprint: custom_fingerprint.map(JsonText::from_stored),
            feedback: Vec::new(),
        })
    }
}
