//! One received report.

use super::{JsonText, Level, OccurrenceId, ProjectId, Severity};
use crate::fingerprint::{Fingerprint, FingerprintVersion};
use time::OffsetDateTime;
use uuid::Uuid;

/// A report as it is kept: scrubbed, fingerprinted, with an id. Never changed afterwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrence {
    /// Its id, assigned when the report was accepted.
    pub id: OccurrenceId,
    /// The project it belongs to.
    pub project_id: ProjectId,
    /// The caller's name for this report, or the occurrence's own id where the caller gave none.
    pub event_id: Uuid,
    /// Which error it belongs to.
    pub fingerprint: Fingerprint,
    /// The algorithm that made the fingerprint.
    pub fingerprint_version: FingerprintVersion,
    /// When it happened, by the caller's clock if it said so.
    pub timestamp: OffsetDateTime,
    /// When it was accepted.
    pub received_at: OffsetDateTime,
    /// Level.
    pub level: Level,
    /// Severity.
    pub severity: Severity,
    /// Message.
    pub message: String,
    /// The part of the caller's system that reported.
    pub source: String,
    /// Environment.
    pub environment: String,
    /// The stack trace as text.
    pub stack_trace: Option<String>,
    /// Additional data: a JSON object.
    pub context: Option<JsonText>,
    /// Where it happened.
    pub url: Option<String>,
    /// The reporting client.
    pub user_agent: Option<String>,
    /// The reporting client's address.
    pub ip_address: Option<String>,
    /// The caller's release.
    pub release: Option<String>,
    /// String tags: a JSON object.
    pub tags: Option<JsonText>,
    /// Who was affected: a JSON object.
    pub user: Option<JsonText>,
    /// The caller's own grouping, as given: a JSON array of strings.
    pub custom_fingerprint: Option<JsonText>,
}

impl Occurrence {
    /// Whether the caller named this report, so that a repeat of it must count nothing.
    #[must_use]
    pub fn has_caller_event_id(&self) -> bool {
        self.event_id != self.id.0
    }
}
