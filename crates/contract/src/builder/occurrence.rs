//! Builders of occurrences and batches.

use super::{NOON, id_at, new_id};
use faultbook_domain::errors::{EventSummary, Feedback, JsonText, Level, Occurrence, Severity};
use faultbook_domain::fingerprint::{Fingerprint, FingerprintVersion};
use faultbook_domain::id::{OccurrenceId, ProjectId};
use faultbook_domain::ingest::Batch;
use faultbook_domain::ingest::HourlyAggregator;
use faultbook_domain::releases::ReleaseLimits;
use std::sync::Arc;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// Builds a fingerprint from a number.
#[must_use]
pub const fn fingerprint(number: u128) -> Fingerprint {
    Fingerprint::from_bytes(number.to_be_bytes())
}

/// Builds an occurrence.
#[derive(Debug, Clone)]
pub struct OccurrenceBuilder(Occurrence);

/// Starts an occurrence of level `error`, source `backend`, environment `production` and fingerprint 1, at [`NOON`].
#[must_use]
pub fn an_occurrence(project_id: ProjectId) -> OccurrenceBuilder {
    let id = new_id();
    OccurrenceBuilder(Occurrence {
        id: OccurrenceId(id),
        project_id,
        event_id: id,
        fingerprint: fingerprint(1),
        fingerprint_version: FingerprintVersion(1),
        timestamp: NOON,
        received_at: NOON,
        summary: EventSummary {
            level: Level::Error,
            severity: Severity::Critical,
            message: "Database connection failed".to_owned(),
            source: "backend".to_owned(),
            environment: "production".to_owned(),
            url: None,
            user_agent: None,
            ip_address: None,
            release: None,
        },
        stack_trace: None,
        context: None,
        tags: None,
        user: None,
        custom_fingerprint: None,
        feedback: Vec::new(),
    })
}

impl OccurrenceBuilder {
    /// Sets the fingerprint.
    #[must_use]
    pub fn of(mut self, number: u128) -> Self {
        self.0.fingerprint = fingerprint(number);
        self
    }

    /// Sets the time, in seconds after [`NOON`].
    #[must_use]
    pub fn at(mut self, seconds: i64) -> Self {
        self.0.timestamp = NOON + Duration::seconds(seconds);
        self
    }

    /// Sets the time of receipt, with an id of that time.
    #[must_use]
    pub fn received(mut self, at: OffsetDateTime) -> Self {
        let is_named = self.0.event_id != self.0.id.0;
        self.0.id = OccurrenceId(id_at(at));
        self.0.received_at = at;
        if !is_named {
            self.0.event_id = self.0.id.0;
        }
        self
    }

    /// Sets the event id.
    #[must_use]
    pub fn named(mut self, event_id: Uuid) -> Self {
        self.0.event_id = event_id;
        self
    }

    /// Sets the level, and the severity that follows from it.
    #[must_use]
    pub fn level(mut self, level: Level) -> Self {
        self.0.summary.level = level;
        self.0.summary.severity = level.default_severity();
        self
    }

    /// Sets the severity.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.0.summary.severity = severity;
        self
    }

    /// Sets the message.
    #[must_use]
    pub fn message(mut self, message: &str) -> Self {
        message.clone_into(&mut self.0.summary.message);
        self
    }

    /// Sets the source.
    #[must_use]
    pub fn source(mut self, source: &str) -> Self {
        source.clone_into(&mut self.0.summary.source);
        self
    }

    /// Sets the environment.
    #[must_use]
    pub fn environment(mut self, environment: &str) -> Self {
        environment.clone_into(&mut self.0.summary.environment);
        self
    }

    /// Sets the release.
    #[must_use]
    pub fn release(mut self, release: &str) -> Self {
        self.0.summary.release = Some(release.to_owned());
        self
    }

    /// Sets the tags: a JSON object.
    #[must_use]
    pub fn tags(mut self, tags: &str) -> Self {
        self.0.tags = Some(JsonText::from_stored(tags.to_owned()));
        self
    }

    /// Sets the user: a JSON object.
    #[must_use]
    pub fn user(mut self, user: &str) -> Self {
        self.0.user = Some(JsonText::from_stored(user.to_owned()));
        self
    }

    /// Adds what a user says about it. Name it before.
    #[must_use]
    pub fn said(mut self, message: &str) -> Self {
        self.0.feedback.push(a_feedback(self.0.event_id, message));
        self
    }

    /// Sets every optional field.
    #[must_use]
    pub fn full(mut self) -> Self {
        let text = |text: &str| Some(text.to_owned());
        let json = |text: &str| Some(JsonText::from_stored(text.to_owned()));
        self.0.stack_trace = text("Error: timeout\n    at connect (db.js:45)\n\tжук 🐞");
        self.0.context = json(r#"{"user_id":"12345","deep":{"list":[1,2.50,null]}}"#);
        self.0.summary.url = text("https://api.example.com/users?q=1");
        self.0.summary.user_agent = text("Mozilla/5.0");
        self.0.summary.ip_address = text("2001:db8::1");
        self.0.summary.release = text("1.2.3");
        self.0.tags = json(r#"{"region":"eu"}"#);
        self.0.user = json(r#"{"id":7}"#);
        self.0.custom_fingerprint = json(r#"["db","{{ default }}"]"#);
        self
    }

    /// Returns the occurrence.
    #[must_use]
    pub fn build(self) -> Arc<Occurrence> {
        Arc::new(self.0)
    }
}

/// Builds feedback about an event.
#[must_use]
pub fn a_feedback(event_id: Uuid, message: &str) -> Feedback {
    Feedback {
        event_id,
        name: Some("Ada".to_owned()),
        email: Some("ada@example.com".to_owned()),
        message: Some(message.to_owned()),
        url: Some("https://shop.example/pay".to_owned()),
        received_at: NOON,
    }
}

/// Builds a batch written a minute after [`NOON`].
#[must_use]
pub fn a_batch(occurrences: Vec<Arc<Occurrence>>) -> Batch {
    Batch {
        at: NOON + Duration::MINUTE,
        occurrences,
        aggregator: Arc::new(HourlyAggregator),
        release_limit: ReleaseLimits::default().releases,
    }
}
