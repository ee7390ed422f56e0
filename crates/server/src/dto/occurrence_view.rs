//! Occurrences as clients see them.

use faultbook_domain::errors::{JsonText, Level, Occurrence, Severity};
use faultbook_domain::fingerprint::Fingerprint;
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

/// One received report.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Occurrence)]
pub struct OccurrenceView {
    /// The occurrence's id.
    id: Uuid,
    /// The error it belongs to.
    error_id: Uuid,
    event_id: Uuid,
    project_id: Uuid,
    #[schema(value_type = String)]
    fingerprint: Fingerprint,
    #[serde(serialize_with = "crate::dto::rfc3339::serialize")]
    timestamp: OffsetDateTime,
    #[serde(serialize_with = "crate::dto::rfc3339::serialize")]
    received_at: OffsetDateTime,
    #[schema(value_type = String, example = "error")]
    level: Level,
    #[schema(value_type = String, example = "critical")]
    severity: Severity,
    message: String,
    stack_trace: Option<String>,
    #[schema(value_type = Option<Object>)]
    context: Option<JsonText>,
    source: String,
    environment: String,
    user_agent: Option<String>,
    ip_address: Option<String>,
    url: Option<String>,
    release: Option<String>,
    #[schema(value_type = Option<Object>)]
    tags: Option<JsonText>,
    #[schema(value_type = Option<Object>)]
    user: Option<JsonText>,
}

impl OccurrenceView {
    /// An occurrence of this error.
    #[must_use]
    pub fn of(error_id: Uuid, occurrence: Occurrence) -> Self {
        let Occurrence {
            id,
            project_id,
            event_id,
            fingerprint,
            fingerprint_version: _,
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
            user,
            custom_fingerprint: _,
        } = occurrence;
        Self {
            id: id.0,
            error_id,
            event_id,
            project_id: project_id.0,
            fingerprint,
            timestamp,
            received_at,
            level,
            severity,
            message,
            stack_trace,
            context,
            source,
            environment,
            user_agent,
            ip_address,
            url,
            release,
            tags,
            user,
        }
    }
}

/// A page of an error's occurrences.
#[derive(Debug, Serialize, ToSchema)]
pub struct OccurrenceList {
    /// Newest received first.
    pub occurrences: Vec<OccurrenceView>,
    /// How many are kept in all.
    pub total: u64,
    /// How many a page holds.
    pub limit: u32,
    /// Where the next page starts; null on the last.
    pub next_cursor: Option<String>,
}
