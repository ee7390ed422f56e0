//! A group of similar occurrences: what the API calls an error.

use super::level::{Level, Severity};
use super::occurrence::Occurrence;
use super::summary::EventSummary;
use crate::fingerprint::Fingerprint;
use crate::id::{ErrorId, OccurrenceId, ProjectId};
use crate::instant::micros;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// The part of an error that each occurrence moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorState {
    /// The error.
    pub id: ErrorId,
    /// How many occurrences were counted.
    pub count: i64,
    /// The earliest occurrence's time.
    pub first_seen: OffsetDateTime,
    /// The latest occurrence's time.
    pub last_seen: OffsetDateTime,
    /// Whether somebody marked it resolved and it did not occur since.
    pub resolved: bool,
    /// When it was resolved; kept while `resolved`.
    pub resolved_at: Option<OffsetDateTime>,
    /// Whether it occurred again after having been resolved, and was not resolved since.
    pub regressed: bool,
    /// When its row was made.
    pub created_at: OffsetDateTime,
    /// When anything of it last changed.
    pub updated_at: OffsetDateTime,
}

/// How far before its receipt an error may have been seen first for the time to its resolution to count
/// from there. Clients without a clock report times years ago.
pub const CREDIBLE_DELAY: Duration = Duration::days(30);

/// Returns when the time to resolve an error begins: when it was first seen, or when it was first received
/// if that is more than [`CREDIBLE_DELAY`] later.
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

/// An error as a list shows it: its state and the latest occurrence without the heavy columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorGroup {
    /// What each occurrence moves.
    pub state: ErrorState,
    /// Its project.
    pub project_id: ProjectId,
    /// The fingerprint of the latest occurrence.
    pub fingerprint: Fingerprint,
    /// The latest occurrence, by its own time.
    pub latest_id: OccurrenceId,
    /// The latest occurrence's event id.
    pub event_id: Uuid,
    /// When the latest occurrence happened.
    pub timestamp: OffsetDateTime,
    /// The latest occurrence's fields, in bounded length.
    pub summary: EventSummary,
}

/// An error with its latest occurrence whole (absent once retention has dropped it).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorDetail {
    /// The error.
    pub error: ErrorGroup,
    /// Its latest occurrence.
    pub latest: Option<Occurrence>,
}

/// Which errors a list holds; every given part must match. Values are the latest occurrence's.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ErrorFilter {
    /// Level.
    pub level: Option<Level>,
    /// Source, exactly.
    pub source: Option<String>,
    /// Environment, exactly.
    pub environment: Option<String>,
    /// Severity.
    pub severity: Option<Severity>,
    /// Resolved or not.
    pub resolved: Option<bool>,
    /// An error that owns this fingerprint.
    pub fingerprint: Option<Fingerprint>,
    /// Last seen at this time or later.
    pub since: Option<OffsetDateTime>,
    /// Last seen before this time.
    pub until: Option<OffsetDateTime>,
    /// Words that must all stand in the message, in any case and order.
    pub words: Vec<String>,
}

/// The order of a list; always the greatest first, ties by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ErrorSort {
    /// Newest `last_seen` first.
    #[default]
    LastSeen,
    /// Newest `first_seen` first.
    FirstSeen,
    /// Greatest count first.
    Count,
}

impl ErrorSort {
    /// The place of an error in this order: microseconds since 1970 or the count.
    #[must_use]
    pub fn rank(self, state: &ErrorState) -> i64 {
        match self {
            Self::LastSeen => micros(state.last_seen),
            Self::FirstSeen => micros(state.first_seen),
            Self::Count => state.count,
        }
    }
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
