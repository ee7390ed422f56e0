//! A report as a caller hands it in.

use crate::errors::{Level, Severity};
use crate::instant::checked_instant;
use serde_json::{Map, Value};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// How far a report's own time may lie in the future: clocks differ.
pub const MAX_CLOCK_SKEW: Duration = Duration::minutes(5);

/// A report before it is scrubbed and fingerprinted.
#[derive(Debug, Clone, PartialEq, Default)]
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
    #[error("field '{0}' is required")]
    Blank(&'static str),
    /// The report's time has a year outside 0 to 9999 in UTC.
    #[error("field 'timestamp' must lie in the years 0000 to 9999 in UTC")]
    OutOfRange,
    /// The report's time lies more than [`MAX_CLOCK_SKEW`] ahead.
    #[error("field 'timestamp' must not lie more than 5 minutes in the future")]
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
}

impl Report {
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
