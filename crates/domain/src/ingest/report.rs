//! A report as a caller hands it in.

use crate::errors::{Level, Severity};
use crate::instant::checked_instant;
use serde_json::{Map, Value};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// How far a report's own time may lie in the future: clocks differ.
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
    /// Severity; by level when absent.
    pub severity: Option<Severity>,
    /// Message; must not be blank.
    pub message: String,
    /// The part of the caller's system that reports; must not be blank.
    pub source: String,
    /// Environment; `production` when absent.
    pub environment: Option<String>,
    /// The stack trace as text.
    pub stack_trace: Option<String>,
    /// Additional data.
    pub context: Option<Map<String, Value>>,
    /// Where it happened.
    pub url: Option<String>,
    /// The reporting client.
    pub user_agent: Option<String>,
    /// The reporting client's address.
    pub ip_address: Option<String>,
    /// The caller's release.
    pub release: Option<String>,
    /// String tags.
    pub tags: Option<Map<String, Value>>,
    /// Who was affected.
    pub user: Option<Map<String, Value>>,
    /// The caller's own grouping.
    pub fingerprint: Option<Vec<String>>,
    /// The caller's name for this report.
    pub event_id: Option<Uuid>,
    /// When it happened; now when absent.
    pub timestamp: Option<OffsetDateTime>,
}

/// Why a report cannot be taken.
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
    /// The field at fault.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Blank(field) => field,
            Self::OutOfRange | Self::InFuture => "timestamp",
        }
    }

    /// What is wrong with it; continues the sentence "field 'x' ...".
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
    /// A report of level `error` with nothing but its source and message.
    #[must_use]
    pub fn new(source: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            source: source.into(),
            message: message.into(),
            ..Self::default()
        }
    }

    /// Checks the rules that hold for every way a report comes in.
    ///
    /// # Errors
    /// The first rule that the report breaks.
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

/// Setters of what a report may say besides.
impl Report {
    /// Sets the level.
    #[must_use]
    pub fn with_level(self, level: Level) -> Self {
        Self { level, ..self }
    }

    /// Sets the severity, which follows from the level otherwise.
    #[must_use]
    pub fn with_severity(self, severity: Severity) -> Self {
        let severity = Some(severity);
        Self { severity, ..self }
    }

    /// Sets the environment, `production` otherwise.
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

    /// Sets where it happened.
    #[must_use]
    pub fn with_url(self, url: impl Into<String>) -> Self {
        let url = Some(url.into());
        Self { url, ..self }
    }

    /// Sets the reporting client.
    #[must_use]
    pub fn with_user_agent(self, user_agent: impl Into<String>) -> Self {
        let user_agent = Some(user_agent.into());
        Self { user_agent, ..self }
    }

    /// Sets the reporting client's address.
    #[must_use]
    pub fn with_ip_address(self, ip_address: impl Into<String>) -> Self {
        let ip_address = Some(ip_address.into());
        Self { ip_address, ..self }
    }

    /// Sets the caller's release.
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

    /// Sets who was affected.
    #[must_use]
    pub fn with_user(self, user: Map<String, Value>) -> Self {
        let user = Some(user);
        Self { user, ..self }
    }

    /// Sets the caller's own grouping.
    #[must_use]
    pub fn with_fingerprint(self, parts: Vec<String>) -> Self {
        let fingerprint = Some(parts);
        Self {
            fingerprint,
            ..self
        }
    }

    /// Names the report, so that a repeat of it counts nothing.
    #[must_use]
    pub fn with_event_id(self, event_id: Uuid) -> Self {
        let event_id = Some(event_id);
        Self { event_id, ..self }
    }

    /// Sets when it happened, which is now otherwise.
    #[must_use]
    pub fn with_timestamp(self, timestamp: OffsetDateTime) -> Self {
        let timestamp = Some(timestamp);
        Self { timestamp, ..self }
    }
}
