//! Ranges that figures are asked for.

use crate::ingest::hour_of;
use time::{Duration, OffsetDateTime, UtcOffset};

/// The longest range.
const LONGEST: Duration = Duration::days(400);

/// A range of whole hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HourRange {
    /// Start, inclusive.
    pub since: OffsetDateTime,
    /// End, exclusive.
    pub until: OffsetDateTime,
}

/// Why a range cannot be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RangeError {
    /// Only the end is given.
    #[error("needs since beside it")]
    NoStart,
    /// It ends before it begins.
    #[error("must be before until")]
    Empty,
    /// It is too long.
    #[error("must not be more than 400 days before until")]
    TooLong,
}

impl HourRange {
    /// Returns the range from `since`, cut down to the hour, until `until` or now, raised to the hour; `None` where
    /// neither is given.
    ///
    /// # Errors
    /// [`RangeError`]; [`RangeError::NoStart`] is about `until`, the others about `since`.
    pub fn of(
        since: Option<OffsetDateTime>,
        until: Option<OffsetDateTime>,
        now: OffsetDateTime,
    ) -> Result<Option<Self>, RangeError> {
        let Some(since) = since else {
            return match until {
                Some(_) => Err(RangeError::NoStart),
                None => Ok(None),
            };
        };
        let until = until.unwrap_or(now);
        if since >= until {
            return Err(RangeError::Empty);
        }
        if until - since > LONGEST {
            return Err(RangeError::TooLong);
        }
        let end = hour_of(until);
        let until = if end == until {
            end
        } else {
            end.checked_add(Duration::HOUR).unwrap_or(end)
        };
        Ok(Some(Self {
            since: hour_of(since),
            until,
        }))
    }

    /// Returns the last 7 days up to the current hour.
    #[must_use]
    pub fn last_week(now: OffsetDateTime) -> Self {
        let end = hour_of(now);
        let until = end.checked_add(Duration::HOUR).unwrap_or(end);
        let since = until.checked_sub(Duration::WEEK).unwrap_or(until);
        Self { since, until }
    }

    /// Returns the range's full hours that are over, and as many right before the range; `None` where no hour is over.
    #[must_use]
    pub fn compared(&self, now: OffsetDateTime) -> Option<(Self, Self)> {
        let until = self.until.min(hour_of(now.to_offset(UtcOffset::UTC)));
        let over = until - self.since;
        if over <= Duration::ZERO {
            return None;
        }
        let before = Self {
            since: self.since.checked_sub(over)?,
            until: self.since,
        };
        let since = self.since;
        Some((Self { since, until }, before))
    }
}

/// Returns by how many percent `now` differs from `before`, to one decimal; `None` where there was nothing before.
#[must_use]
pub fn change_percent(now: u64, before: u64) -> Option<f64> {
    if before == 0 {
        return None;
    }
    let percent = 100.0 * (now as f64 - before as f64) / before as f64;
    let rounded = (percent * 10.0).round() / 10.0;
    // No negative zero.
    Some(rounded + 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-11-27 12:34 UTC);

    #[test]
    fn a_range_is_whole_hours() {
        let since = datetime!(2026-11-26 10:59:59 UTC);
        let range = HourRange::of(Some(since), None, NOW).unwrap().unwrap();
        assert_eq!(range.since, datetime!(2026-11-26 10:00 UTC));
        assert_eq!(range.until, datetime!(2026-11-27 13:00 UTC));
        let until = Some(datetime!(2026-11-27 09:00 UTC));
        let range = HourRange::of(Some(since), until, NOW).unwrap().unwrap();
        assert_eq!(Some(range.until), until);
        assert_eq!(HourRange::of(None, None, NOW), Ok(None));
        assert_eq!(HourRange::of(None, until, NOW), Err(RangeError::NoStart));
        assert_eq!(HourRange::of(until, until, NOW), Err(RangeError::Empty));
        let long = Some(NOW - Duration::days(400) - Duration::SECOND);
        assert_eq!(HourRange::of(long, None, NOW), Err(RangeError::TooLong));
    }

    #[test]
    fn hours_that_are_over_are_compared_with_as_many_before() {
        let since = Some(datetime!(2026-11-27 10:00 UTC));
        let range = HourRange::of(since, None, NOW).unwrap().unwrap();
        let (over, before) = range.compared(NOW).unwrap();
        assert_eq!(over.until, datetime!(2026-11-27 12:00 UTC));
        assert_eq!(before.since, datetime!(2026-11-27 08:00 UTC));
        let just_begun = HourRange {
            since: datetime!(2026-11-27 12:00 UTC),
            ..range
        };
        assert_eq!(just_begun.compared(NOW), None);
        assert_eq!(change_percent(75, 100), Some(-25.0));
        assert_eq!(change_percent(1, 3), Some(-66.7));
        assert_eq!(change_percent(5, 0), None);
    }
}
