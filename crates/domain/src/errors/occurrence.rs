//! Occurrences: stored reports.

use super::feedback::Feedback;
use super::json_text::JsonText;
use super::level::Severity;
use super::summary::EventSummary;
use super::user_key::UserKey;
use crate::fingerprint::{Fingerprint, FingerprintVersion};
use crate::id::{OccurrenceId, ProjectId};
use time::OffsetDateTime;
use uuid::Uuid;

/// A stored report: scrubbed, fingerprinted, with an id. Immutable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrence {
    /// Its id, assigned when the report was accepted.
    pub id: OccurrenceId,
    /// The project it belongs to.
    pub project_id: ProjectId,
    /// Idempotency id from the client, or the occurrence's own id.
    pub event_id: Uuid,
    /// Fingerprint, which decides the error it belongs to.
    pub fingerprint: Fingerprint,
    /// Version of the fingerprint algorithm.
    pub fingerprint_version: FingerprintVersion,
    /// When it happened, by the client's clock if given.
    pub timestamp: OffsetDateTime,
    /// When it was accepted.
    pub received_at: OffsetDateTime,
    /// The fields that lists show.
    pub summary: EventSummary,
    /// The stack trace as text.
    pub stack_trace: Option<String>,
    /// Additional data: a JSON object.
    pub context: Option<JsonText>,
    /// String tags: a JSON object.
    pub tags: Option<JsonText>,
    /// The affected user: a JSON object.
    pub user: Option<JsonText>,
    /// Custom fingerprint parts, as given: a JSON array of strings.
    pub custom_fingerprint: Option<JsonText>,
    /// What users said about it: what came with the report where it is recorded, all of it where it is shown.
    pub feedback: Vec<Feedback>,
}

/// An occurrence as listed in the feed of all errors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedEntry {
    /// The occurrence.
    pub id: OccurrenceId,
    /// When it happened.
    pub timestamp: OffsetDateTime,
    /// Severity.
    pub severity: Severity,
    /// The message, cut as in an error's summary.
    pub message: String,
}

impl Occurrence {
    /// Returns the bytes of all texts: the occurrence's size in memory, in a batch and on a page.
    #[must_use]
    pub fn text_bytes(&self) -> usize {
        let Self {
            id: _,
            project_id: _,
            event_id: _,
            fingerprint: _,
            fingerprint_version: _,
            timestamp: _,
            received_at: _,
            summary,
            stack_trace,
            context,
            tags,
            user,
            custom_fingerprint,
            feedback,
        } = self;
        let objects = [context, tags, user, custom_fingerprint];
        let objects = objects.into_iter().flatten();
        let objects = objects.map(|json| json.as_str().len());
        let trace = stack_trace.as_ref().map_or(0, String::len);
        let said = feedback.iter().map(Feedback::text_bytes);
        summary.text_bytes() + trace + objects.sum::<usize>() + said.sum::<usize>()
    }

    /// Returns whether the client gave an event id, so that duplicates must not be counted.
    #[must_use]
    pub fn has_caller_event_id(&self) -> bool {
        self.event_id != self.id.0
    }

    /// Returns the key of the affected user, if the report named one.
    #[must_use]
    pub fn user_key(&self) -> Option<UserKey> {
        self.user.as_ref().map(UserKey::of)
    }
}
