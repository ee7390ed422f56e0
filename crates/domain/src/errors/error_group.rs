//! Errors: groups of similar occurrences (Sentry: issues).

use super::figures::ErrorFigures;
use super::level::{Level, Severity};
use super::occurrence::Occurrence;
use super::summary::EventSummary;
use super::triage_state::{Status, TriageState};
use crate::fingerprint::Fingerprint;
use crate::id::{ErrorId, OccurrenceId, ProjectId};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// The part of an error that every occurrence updates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorState {
    /// The error.
    pub id: ErrorId,
    /// Number of occurrences.
    pub count: i64,
    /// Time of the earliest occurrence.
    pub first_seen: OffsetDateTime,
    /// Time of the latest occurrence.
    pub last_seen: OffsetDateTime,
    /// Whether the error was resolved and has not occurred since.
    pub resolved: bool,
    /// When it was resolved; kept while `resolved`.
    pub resolved_at: Option<OffsetDateTime>,
    /// Whether it is ignored.
    pub ignored: bool,
    /// Whether it occurred again after it was resolved, and nobody has decided about it since.
    pub regressed: bool,
    /// When its row was created.
    pub created_at: OffsetDateTime,
    /// When it last changed.
    pub updated_at: OffsetDateTime,
}

impl ErrorState {
    /// Returns the status.
    #[must_use]
    pub const fn status(&self) -> Status {
        match (self.resolved, self.ignored) {
            (true, _) => Status::Resolved,
            (false, true) => Status::Ignored,
            (false, false) => Status::Open,
        }
    }

    /// Sets what it shows of decisions.
    pub fn show(&mut self, triage: &TriageState) {
        self.resolved = triage.status() == Status::Resolved;
        self.resolved_at = triage.resolved_at();
        self.ignored = triage.status() == Status::Ignored;
        self.regressed = triage.regressed();
    }
}

/// Maximum distance between first sighting and receipt for the time to resolution to start at the first sighting.
/// Clients without a clock report times years ago.
pub const CREDIBLE_DELAY: Duration = Duration::days(30);

/// Returns the start of the time to resolution: `first_seen`, or the first receipt if that is more than
/// [`CREDIBLE_DELAY`] later.
#[must_use]
pub fn resolution_start(
    first_seen: OffsetDateTime,
    first_received: OffsetDateTime,
) -> OffsetDateTime {
    if first_received - first_seen > CREDIBLE_DELAY {
        first_received
    } else {
        first_seen
    }
}

/// An error as listed: its state and a summary of its latest occurrence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorGroup {
    /// Count, times and resolution.
    pub state: ErrorState,
    /// What people decided about it.
    pub triage: TriageState,
    /// Its project.
    pub project_id: ProjectId,
    /// The fingerprint of the latest occurrence.
    pub fingerprint: Fingerprint,
    /// The latest occurrence, by timestamp.
    pub latest_id: OccurrenceId,
    /// The latest occurrence's event id.
    pub event_id: Uuid,
    /// When the latest occurrence happened.
    pub timestamp: OffsetDateTime,
    /// Summary of the latest occurrence, in bounded length.
    pub summary: EventSummary,
}

/// An error with its complete latest occurrence (absent once retention has deleted it).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorDetail {
    /// The error.
    pub error: ErrorGroup,
    /// Its latest occurrence.
    pub latest: Option<Occurrence>,
    /// Its figures, where they were asked for.
    pub figures: Option<ErrorFigures>,
}

/// Filter of an error list; all given fields must match, compared with the latest occurrence.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ErrorFilter {
    /// Level.
    pub level: Option<Level>,
    /// Source, exact.
    pub source: Option<String>,
    /// Environment, exact.
    pub environment: Option<String>,
    /// Severity.
    pub severity: Option<Severity>,
    /// Resolved or not.
    pub resolved: Option<bool>,
    /// A fingerprint of the error.
    pub fingerprint: Option<Fingerprint>,
    /// `last_seen` at this time or later.
    pub since: Option<OffsetDateTime>,
    /// `last_seen` before this time.
    pub until: Option<OffsetDateTime>,
    /// Words that the message must all contain, in any case and order.
    pub words: Vec<String>,
}

/// Sort order of an error list, descending, ties by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ErrorSort {
    /// Newest `last_seen` first.
    #[default]
    LastSeen,
    /// Newest `first_seen` first.
    FirstSeen,
    /// Highest count first.
    Count,
    /// Most users first.
    Users,
    /// Greatest trend first: see [`TrendSpans::rank`](super::TrendSpans::rank).
    Trend,
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn resolution_counts_from_receipt_once_the_reported_time_is_over_thirty_days_before_it() {
        let received = datetime!(2026-11-20 12:00 UTC);
        for believed in [
            received + Duration::MINUTE,
            received,
            received - Duration::days(29),
            received - Duration::days(30),
        ] {
            assert_eq!(resolution_start(believed, received), believed);
        }
        for wrong in [
            received - Duration::days(30) - Duration::MICROSECOND,
            datetime!(1970-01-01 00:00 UTC),
            datetime!(0001-01-01 00:00 UTC),
        ] {
            assert_eq!(resolution_start(wrong, received), received);
        }
    }
}
