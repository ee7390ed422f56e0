//! Encodes queued occurrences for Redis.

use faultbook_domain::errors::{EventSummary, Feedback, JsonText, Level, Occurrence, Severity};
use faultbook_domain::fingerprint::{Fingerprint, FingerprintVersion};
use faultbook_domain::id::{OccurrenceId, ProjectId, TenantId};
use faultbook_domain::ingest::Queued;
use serde::{Deserialize, Serialize};
use std::str::FromStr;
use std::sync::Arc;
use time::OffsetDateTime;
use uuid::Uuid;

/// Why an entry cannot be decoded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unreadable {
    #[error("invalid JSON")]
    Json(#[from] serde_json::Error),
    #[error("invalid {0}")]
    Field(&'static str),
}

/// The JSON of an entry. New fields must be optional: during an upgrade, nodes of two versions read each other's
/// entries.
#[derive(Serialize, Deserialize)]
struct Entry {
    tenant: Uuid,
    id: Uuid,
    project: Uuid,
    event_id: Uuid,
    fingerprint: String,
    fingerprint_version: u16,
    /// Microseconds since 1970, as `received_at`.
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
    user: Option<String>,
    custom_fingerprint: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    feedback: Vec<FeedbackEntry>,
}

/// The JSON of what a user said about the event.
#[derive(Serialize, Deserialize)]
struct FeedbackEntry {
    name: Option<String>,
    email: Option<String>,
    message: Option<String>,
    url: Option<String>,
    /// Microseconds since 1970.
    received_at: i64,
}

impl FeedbackEntry {
    fn of(feedback: Feedback) -> Option<Self> {
        let Feedback {
            event_id: _,
            name,
            email,
            message,
            url,
            received_at,
        } = feedback;
        Some(Self {
            name,
            email,
            message,
            url,
            received_at: micros(received_at)?,
        })
    }

    fn of_event(self, event_id: Uuid) -> Option<Feedback> {
        Some(Feedback {
            event_id,
            name: self.name,
            email: self.email,
            message: self.message,
            url: self.url,
            received_at: moment(self.received_at)?,
        })
    }
}

/// Encodes an entry.
pub(crate) fn write(queued: &Queued) -> Result<Vec<u8>, Unreadable> {
    let Queued { tenant, occurrence } = queued;
    let Occurrence {
        id,
        project_id,
        event_id,
        fingerprint,
        fingerprint_version,
        timestamp,
        received_at,
        summary,
        stack_trace,
        context,
        tags,
        user,
        custom_fingerprint,
        feedback,
    } = Occurrence::clone(occurrence);
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
    let feedback: Option<Vec<_>> = feedback.into_iter().map(FeedbackEntry::of).collect();
    let entry = Entry {
        tenant: tenant.0,
        id: id.0,
        project: project_id.0,
        event_id,
        fingerprint: fingerprint.to_string(),
        fingerprint_version: fingerprint_version.0,
        timestamp: micros(timestamp).ok_or(Unreadable::Field("timestamp"))?,
        received_at: micros(received_at).ok_or(Unreadable::Field("received_at"))?,
        level: level.as_str().to_owned(),
        severity: severity.as_str().to_owned(),
        message,
        source,
        environment,
        stack_trace,
        context: text(context),
        url,
        user_agent,
        ip_address,
        release,
        tags: text(tags),
        user: text(user),
        custom_fingerprint: text(custom_fingerprint),
        feedback: feedback.ok_or(Unreadable::Field("feedback"))?,
    };
    Ok(serde_json::to_vec(&entry)?)
}

/// Decodes an entry.
pub(crate) fn read(bytes: &[u8]) -> Result<Queued, Unreadable> {
    let entry: Entry = serde_json::from_slice(bytes)?;
    let feedback = entry.feedback.into_iter();
    let feedback: Option<Vec<Feedback>> =
        feedback.map(|one| one.of_event(entry.event_id)).collect();
    let occurrence = Occurrence {
        id: OccurrenceId(entry.id),
        project_id: ProjectId(entry.project),
        event_id: entry.event_id,
        fingerprint: parsed::<Fingerprint>(&entry.fingerprint, "fingerprint")?,
        fingerprint_version: FingerprintVersion(entry.fingerprint_version),
        timestamp: moment(entry.timestamp).ok_or(Unreadable::Field("timestamp"))?,
        received_at: moment(entry.received_at).ok_or(Unreadable::Field("received_at"))?,
        summary: EventSummary {
            level: parsed::<Level>(&entry.level, "level")?,
            severity: parsed::<Severity>(&entry.severity, "severity")?,
            message: entry.message,
            source: entry.source,
            environment: entry.environment,
            url: entry.url,
            user_agent: entry.user_agent,
            ip_address: entry.ip_address,
            release: entry.release,
        },
        stack_trace: entry.stack_trace,
        context: entry.context.map(JsonText::from_stored),
        tags: entry.tags.map(JsonText::from_stored),
        user: entry.user.map(JsonText::from_stored),
        custom_fingerprint: entry.custom_fingerprint.map(JsonText::from_stored),
        feedback: feedback.ok_or(Unreadable::Field("feedback"))?,
    };
    Ok(Queued {
        tenant: TenantId(entry.tenant),
        occurrence: Arc::new(occurrence),
    })
}

fn text(json: Option<JsonText>) -> Option<String> {
    json.map(|json| json.as_str().to_owned())
}

fn parsed<T: FromStr>(text: &str, field: &'static str) -> Result<T, Unreadable> {
    text.parse().map_err(|_| Unreadable::Field(field))
}

fn micros(at: OffsetDateTime) -> Option<i64> {
    i64::try_from(at.unix_timestamp_nanos() / 1_000).ok()
}

fn moment(micros: i64) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000).ok()
}
