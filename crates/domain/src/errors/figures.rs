//! Figures of errors in lists: of the occurrences that match, or of all.

use super::error_group::ErrorSort;
use crate::id::MemberId;
use crate::ingest::hour_of;
use crate::instant::micros;
use crate::search::Figures;
use time::{Duration, OffsetDateTime, UtcOffset};

/// What lists show of an error beside its row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorFigures {
    /// Of the occurrences that match where occurrence filters or a range are given, else the error's own.
    pub of: Figures,
    /// Occurrences by hour or day, oldest first.
    pub trend: Vec<i64>,
    /// Type of the newest occurrence's exception.
    pub exception_type: Option<String>,
    /// The newest occurrence's innermost own frame.
    pub culprit: Option<String>,
}

impl ErrorFigures {
    /// Returns figures with no counts of a trend.
    #[must_use]
    pub const fn new(of: Figures) -> Self {
        Self {
            of,
            trend: Vec::new(),
            exception_type: None,
            culprit: None,
        }
    }
}

/// Who looks at errors: what is theirs is shown and found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Viewer {
    /// The member, where it is one.
    pub member: Option<MemberId>,
    /// The principal, as the text form of an [`Actor`](super::Actor).
    pub principal: Option<String>,
}

/// Width and number of the counts of [`ErrorFigures::trend`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TrendShape {
    /// 24 hours.
    #[default]
    Day,
    /// 14 days.
    Fortnight,
}

impl TrendShape {
    /// Returns how many counts there are.
    #[must_use]
    pub const fn counts(self) -> usize {
        match self {
            Self::Day => 24,
            Self::Fortnight => 14,
        }
    }

    /// Returns the span of one count.
    #[must_use]
    pub const fn width(self) -> Duration {
        match self {
            Self::Day => Duration::HOUR,
            Self::Fortnight => Duration::DAY,
        }
    }

    /// Returns the start of the first count, where the last is the hour or the day (UTC) of `end`.
    #[must_use]
    pub fn start(self, end: OffsetDateTime) -> OffsetDateTime {
        let last = match self {
            Self::Day => hour_of(end),
            Self::Fortnight => end.to_offset(UtcOffset::UTC).truncate_to_day(),
        };
        let before = i32::try_from(self.counts()).unwrap_or(1) - 1;
        last.checked_sub(self.width() * before).unwrap_or(last)
    }
}

impl ErrorSort {
    /// Returns the sort key of an error with these figures and this rank by trend: microseconds since 1970, a number,
    /// or billionths.
    #[must_use]
    pub fn rank(self, of: &Figures, by_trend: i64) -> i64 {
        match self {
            Self::LastSeen => micros(of.last_seen),
            Self::FirstSeen => micros(of.first_seen),
            Self::Count => of.count,
            Self::Users => of.users,
            Self::Trend => by_trend,
        }
    }
}

/// An hour in microseconds.
const HOUR: i64 = 3_600_000_000;

/// Hours of the recent counts of a trend.
const RECENT: i64 = 23 * HOUR;
/// Hours before them that they are compared with.
const BEFORE: i64 = 168 * HOUR;

/// The spans by which errors are ranked by trend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrendSpans {
    /// Start of the hours before, in microseconds since 1970.
    pub from: i64,
    /// Start of the recent hours: this one and the 23 before.
    pub recent: i64,
    /// End of this hour.
    pub end: i64,
}

impl TrendSpans {
    /// Returns the spans at a time.
    #[must_use]
    pub fn at(now: OffsetDateTime) -> Self {
        Self::of_hour(micros(hour_of(now)))
    }

    /// Returns the spans as seen from the hour that begins at an instant, in microseconds since 1970.
    #[must_use]
    pub const fn of_hour(start: i64) -> Self {
        let recent = start.saturating_sub(RECENT);
        Self {
            from: recent.saturating_sub(BEFORE),
            recent,
            end: start.saturating_add(HOUR),
        }
    }

    /// Returns the rank of an error with so many occurrences in the recent hours and in those before:
    /// (recent + 1) / (before / 7 + 1) in billionths. Stores compute the same in SQL.
    #[must_use]
    pub const fn rank(recent: i64, before: i64) -> i64 {
        7_000_000_000_i64.saturating_mul(recent.saturating_add(1)) / before.saturating_add(7)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn the_last_count_is_that_of_the_end() {
        let end = datetime!(2026-11-27 12:34:56 UTC);
        assert_eq!(TrendShape::Day.start(end), datetime!(2026-11-26 13:00 UTC));
        assert_eq!(
            TrendShape::Fortnight.start(end),
            datetime!(2026-11-14 00:00 UTC)
        );
    }

    #[test]
    fn a_trend_compares_with_the_week_before() {
        assert_eq!(TrendSpans::rank(0, 0), 1_000_000_000);
        assert_eq!(TrendSpans::rank(3, 7), 2_000_000_000);
    }
}
