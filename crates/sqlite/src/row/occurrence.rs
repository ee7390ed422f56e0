//! Rows of occurrences.

use super::{Uid, time};
use crate::schema::occurrences;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use faultbook_domain::errors::{EventSummary, JsonText, Occurrence};
use faultbook_domain::fingerprint::FingerprintVersion;
use faultbook_domain::id::{OccurrenceId, ProjectId};
use faultbook_domain::store_error::StoreError;
use faultbook_sql::row::{corrupt, parsed};

/// A row of `occurrences`, for reading; `record_statement.rs` writes it.
#[derive(Queryable, Selectable)]
#[diesel(table_name = occurrences, check_for_backend(Sqlite))]
pub(crate) struct OccurrenceRow {
    project_id: Uid,
    id: Uid,
    event_id: Uid,
    fingerprint: Uid,
    fingerprint_version: i32,
    timestamp: i64,
    received_at: i64,
    level: String,
    severity: String,
    message: String,
    source: String,
    environment: String,
    stack_trace: Option<String>,
    context: Option<String>,
    url: Option<String>,
    user_agent: Option<String>,
    ip_address: Option<String>,
    release: Option<String>,
    tags: Option<String>,
    reporter: Option<String>,
    custom_fingerprint: Option<String>,
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
            id: OccurrenceId(id.uuid()),
            project_id: ProjectId(project_id.uuid()),
            event_id: event_id.uuid(),
            fingerprint: fingerprint.fingerprint(),
            fingerprint_version: version(fingerprint_version)?,
            timestamp: time("occurrences", "timestamp", timestamp)?,
            received_at: time("occurrences", "received_at", received_at)?,
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

fn version(number: i32) -> Result<FingerprintVersion, StoreError> {
    u16::try_from(number)
        .map(FingerprintVersion)
        .map_err(|_| corrupt("occurrences", "fingerprint_version", &number))
}
