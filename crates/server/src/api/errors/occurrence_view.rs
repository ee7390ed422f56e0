//! Response types of occurrences.

use super::exceptions::ExceptionView;
use super::symbolication::SymbolicationView;
use faultbook_domain::errors::{EventSummary, Feedback, JsonText, Level, Occurrence, Severity};
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
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    timestamp: OffsetDateTime,
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    received_at: OffsetDateTime,
    #[schema(value_type = String, example = "error")]
    level: Level,
    #[schema(value_type = String, example = "critical")]
    severity: Severity,
    message: String,
    stack_trace: Option<String>,
    /// The reported exception first, then what caused it; out of what the SDK sent, else of `stack_trace`.
    exceptions: Vec<ExceptionView>,
    /// What source maps made of its frames; null without frames of scripts.
    symbolication: Option<SymbolicationView>,
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
    /// What users said about it, oldest first.
    feedback: Vec<FeedbackView>,
}

/// What a user said about an event.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Feedback)]
pub struct FeedbackView {
    name: Option<String>,
    email: Option<String>,
    message: Option<String>,
    /// Where the user was.
    url: Option<String>,
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    received_at: OffsetDateTime,
}

impl FeedbackView {
    pub(super) fn all(feedback: Vec<Feedback>) -> Vec<Self> {
        feedback.into_iter().map(Self::of).collect()
    }

    fn of(feedback: Feedback) -> Self {
        let Feedback {
            event_id: _,
            name,
            email,
            message,
            url,
            received_at,
        } = feedback;
        Self {
            name,
            email,
            message,
            url,
            received_at,
        }
    }
}

impl OccurrenceView {
    /// An occurrence of this error.
    #[must_use]
    pub fn of(error_id: Uuid, occurrence: Occurrence) -> Self {
        let exceptions = ExceptionView::all(&occurrence);
        let symbolication = SymbolicationView::of(&occurrence);
        let Occurrence {
            id,
            project_id,
            event_id,
            fingerprint,
            fingerprint_version: _,
            timestamp,
            received_at,
            summary,
            stack_trace,
            context,
            tags,
            user,
            custom_fingerprint: _,
            feedback,
        } = occurrence;
        let EventSummary {
            level,
            severity,
            message,
            source,
            environment,
            url,
            user_agent,
            ip_address,
            release,
        } = summary;
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
            exceptions,
            symbolication,
            context,
            source,
            environment,
            user_agent,
            ip_address,
            url,
            release,
            tags,
            user,
            feedback: FeedbackView::all(feedback),
        }
    }
}
