//! Reports as submitted by clients.

use crate::errors::{Feedback, Level, Severity};
use crate::instant::checked_instant;
use crate::stack_trace::StackTrace;
use serde_json::{Map, Value};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// How far a report's timestamp may lie in the future: clocks differ.
pub const MAX_CLOCK_SKEW: Duration = Duration::minutes(5);

/// A report before it is scrubbed and fingerprinted.
///
/// ```
/// use faultbook_domain::errors::Level;
/// use faultbook_domain::ingest::Report;
///
/// let report = Report::new("billing", "User 17 not found")
///     .with_level(Level::Warning)
///     .with_release("1.4.2");
/// assert_eq!(report.environment, None);
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Report {
    /// Level.
    pub level: Level,
    /// Severity; derived from the level when absent.
    pub severity: Option<Severity>,
    /// Message; must not be blank.
    pub message: String,
    /// The service or module that reports; must not be blank.
    pub source: String,
    /// The text that the message was made of, with its placeholders (`User %s not found`). Grouping takes it for the
    /// message.
    pub message_template: Option<String>,
    /// Environment; `production` when absent.
    pub environment: Option<String>,
    /// The stack trace as text.
    pub stack_trace: Option<String>,
    /// The exceptions and frames as structure, where the client sends them. Grouping takes them for the text.
    pub exceptions: Option<StackTrace<'static>>,
    /// Whether frames of the context are of scripts, which source maps may make readable.
    pub is_javascript: bool,
    /// Additional data.
    pub context: Option<Map<String, Value>>,
    /// URL at which it happened.
    pub url: Option<String>,
    /// User agent of the client.
    pub user_agent: Option<String>,
    /// Address of the client.
    pub ip_address: Option<String>,
    /// Release of the application.
    pub release: Option<String>,
    /// String tags.
    pub tags: Option<Map<String, Value>>,
    /// The affected user.
    pub user: Option<Map<String, Value>>,
    /// Custom fingerprint parts.
    pub fingerprint: Option<Vec<String>>,
    /// Idempotency id: duplicates are not counted.
    pub event_id: Option<Uuid>,
    /// When it happened; the time of receipt when absent.
    pub timestamp: Option<OffsetDateTime>,
    /// What users say about it, where that comes along.
    pub feedback: Vec<Feedback>,
}

/// Why a report is invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReportProblem {
    /// A required text is missing or blank.
    #[error("field '{}' {}", self.field(), self.message())]
    Blank(&'static str),
    /// The report's time has a year outside 0 to 9999 in UTC.
    #[error("field '{}' {}", self.field(), self.message())]
    OutOfRange,
    /// The report's time lies more than [`MAX_CLOCK_SKEW`] ahead.
    #[error("field '{}' {}", self.field(), self.message())]
    InFuture,
}

impl ReportProblem {
    /// Returns the invalid field.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Blank(field) => field,
            Self::OutOfRange | Self::InFuture => "timestamp",
        }
    }

    /// Returns the problem; continues the sentence "field 'x' ...".
    #[must_use]
    pub const fn message(&self) -> &'static str {
        match self {
            Self::Blank(_) => "is required",
            Self::OutOfRange => "must lie in the years 0000 to 9999 in UTC",
            Self::InFuture => "must not lie more than 5 minutes in the future",
        }
    }
}

impl Report {
    /// Creates a report of level `error` with a source and a message.
    #[must_use]
    pub fn new(source: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            source: source.into(),
            message: message.into(),
            ..Self::default()
        }
    }

    /// Checks the rules that hold for every ingest endpoint.
    ///
    /// # Errors
    /// The first rule that the report violates.
    pub fn check(&self, now: OffsetDateTime) -> Result<(), ReportProblem> {
        if self.message.trim().is_empty() {
            return Err(ReportProblem::Blank("message"));
        }
        if self.source.trim().is_empty() {
            return Err(ReportProblem::Blank("source"));
        }
        match self.timestamp {
            Some(at) if at > now + MAX_CLOCK_SKEW => Err(ReportProblem::InFuture),
            Some(at) if checked_instant(at).is_none() => Err(ReportProblem::OutOfRange),
            _ => Ok(()),
        }
    }
}

/// Setters of optional fields.
impl Report {
    /// Sets the level.
    #[must_use]
    pub fn with_level(self, level: Level) -> Self {
        Self { level, ..self }
    }

    /// Sets the severity; derived from the level by default.
    #[must_use]
    pub fn with_severity(self, severity: Severity) -> Self {
        let severity = Some(severity);
        Self { severity, ..self }
    }

    /// Sets the environment; `production` by default.
    #[must_use]
    pub fn with_environment(self, environment: impl Into<String>) -> Self {
        let environment = Some(environment.into());
        Self {
            environment,
            ..self
        }
    }

    /// Sets the stack trace.
    #[must_use]
    pub fn with_stack_trace(self, stack_trace: impl Into<String>) -> Self {
        let stack_trace = Some(stack_trace.into());
        Self {
            stack_trace,
            ..self
        }
    }

    /// Sets the exceptions and frames as structure, which grouping takes for the text.
    #[must_use]
    pub fn with_exceptions(self, exceptions: StackTrace<'static>) -> Self {
        let exceptions = Some(exceptions);
        Self { exceptions, ..self }
    }

    /// Sets the text that the message was made of, which grouping takes for the message.
    #[must_use]
    pub fn with_message_template(self, template: impl Into<String>) -> Self {
        let message_template = Some(template.into());
        Self {
            message_template,
            ..self
        }
    }

    /// Sets the URL at which it happened.
    #[must_use]
    pub fn with_url(self, url: impl Into<String>) -> Self {
        let url = Some(url.into());
        Self { url, ..self }
    }

    /// Sets the user agent of the client.
    #[must_use]
    pub fn with_user_agent(self, user_agent: impl Into<String>) -> Self {
        let user_agent = Some(user_agent.into());
        Self { user_agent, ..self }
    }

    /// Sets the address of the client.
    #[must_use]
    pub fn with_ip_address(self, ip_address: impl Into<String>) -> Self {
        let ip_address = Some(ip_address.into());
        Self { ip_address, ..self }
    }

    /// Sets the release of the application.
    #[must_use]
    pub fn with_release(self, release: impl Into<String>) -> Self {
        let release = Some(release.into());
        Self { release, ..self }
    }

    /// Sets additional data.
    #[must_use]
    pub fn with_context(self, context: Map<String, Value>) -> Self {
        let context = Some(context);
        Self { context, ..self }
    }

    /// Sets tags, whose values must be strings.
    #[must_use]
    pub fn with_tags(self, tags: Map<String, Value>) -> Self {
        let tags = Some(tags);
        Self { tags, ..self }
    }

    /// Sets the affected user.
    #[must_use]
    pub fn with_user(self, user: Map<String, Value>) -> Self {
        let user = Some(user);
        Self { user, ..self }
    }

    /// Sets custom fingerprint parts.
    #[must_use]
    pub fn with_fingerprint(self, parts: Vec<String>) -> Self {
        let fingerprint = Some(parts);
        Self {
            fingerprint,
            ..self
        }
    }

    /// Sets the idempotency id, so that duplicates are not counted.
    #[must_use]
    pub fn with_event_id(self, event_id: Uuid) -> Self {
        let event_id = Some(event_id);
        Self { event_id, ..self }
    }

    /// Sets what users say about it.
    #[must_use]
    pub fn with_feedback(self, feedback: Vec<Feedback>) -> Self {
        Self { feedback, ..self }
    }

    /// Sets when it happened; the time of receipt by default.
    #[must_use]
    pub fn with_timestamp(self, timestamp: OffsetDateTime) -> Self {
        let timestamp = Some(timestamp);
        Self { timestamp, ..self }
    }
}
