//! Times as searches write them: RFC 3339, dates, ages.

use super::bounds::Bounds;
use crate::instant::{clamped_instant, parse_instant};
use crate::syntax::Comparison;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{Date, Duration, OffsetDateTime, Time};
use winnow::ascii::digit1;
use winnow::combinator::alt;
use winnow::prelude::*;

const DATE: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");

/// What a text says of a time.
enum Moment {
    /// An instant.
    Instant(OffsetDateTime),
    /// A UTC day: its start, and that of the next, if there is one.
    Day(OffsetDateTime, Option<OffsetDateTime>),
    /// So long ago: the instant.
    Age(OffsetDateTime),
}

impl Moment {
    fn parse(text: &str, now: OffsetDateTime) -> Option<Self> {
        if let Ok(age) = age.parse(text) {
            let at = now.checked_sub(age);
            let at = at.unwrap_or(Date::MIN.midnight().assume_utc());
            return Some(Self::Age(clamped_instant(at)));
        }
        if let Ok(date) = Date::parse(text, DATE) {
            let start = |date: Date| date.with_time(Time::MIDNIGHT).assume_utc();
            let start_of_next = date.next_day().filter(|next| next.year() <= 9_999);
            return Some(Self::Day(start(date), start_of_next.map(start)));
        }
        parse_instant(text).map(Self::Instant)
    }
}

/// Parses an age: `30m`, `2h`, `7d`, `4w`. Longer ones than time is old end there.
fn age(input: &mut &str) -> ModalResult<Duration> {
    let unit = alt((
        'm'.value(60),
        'h'.value(3_600),
        'd'.value(86_400),
        'w'.value(604_800),
    ));
    (digit1, unit)
        .map(|(digits, unit): (&str, i64)| {
            let amount = digits.parse().unwrap_or(i64::MAX);
            Duration::seconds(amount.saturating_mul(unit))
        })
        .parse_next(input)
}

/// Parses a limit of a range: a time in RFC 3339, a date for its start in UTC, or an age (`30m`, `2h`, `7d`, `4w`).
/// `None` for other text.
#[must_use]
pub fn parse_range_limit(text: &str, now: OffsetDateTime) -> Option<OffsetDateTime> {
    Some(match Moment::parse(text, now)? {
        Moment::Instant(at) | Moment::Day(at, _) | Moment::Age(at) => at,
    })
}

/// Parses what a time is compared with. A date is the whole day; an age is compared as an age, so that a later time is a
/// lesser age.
pub(super) fn time_bounds(
    comparison: Comparison,
    text: &str,
    now: OffsetDateTime,
) -> Option<Bounds<OffsetDateTime>> {
    let after = |at: OffsetDateTime| at.checked_add(Duration::MICROSECOND);
    Some(match Moment::parse(text, now)? {
        Moment::Instant(at) => Bounds::of(comparison, at, after(at)),
        Moment::Age(at) => Bounds::of(comparison.reversed(), at, after(at)),
        Moment::Day(start, end) => Bounds::of(comparison, start, end),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-11-27 12:00 UTC);

    #[test]
    fn limits_of_ranges_are_times_dates_and_ages() {
        for (text, expected) in [
            ("2026-11-20T12:00:00+02:00", datetime!(2026-11-20 10:00 UTC)),
            ("2026-11-20", datetime!(2026-11-20 00:00 UTC)),
            ("30m", datetime!(2026-11-27 11:30 UTC)),
            ("2h", datetime!(2026-11-27 10:00 UTC)),
            ("7d", datetime!(2026-11-20 12:00 UTC)),
            ("4w", datetime!(2026-10-30 12:00 UTC)),
            ("99999999999999999999w", datetime!(0000-01-01 00:00 UTC)),
            ("9999999w", datetime!(0000-01-01 00:00 UTC)),
        ] {
            assert_eq!(parse_range_limit(text, NOW), Some(expected), "{text}");
        }
        for text in [
            "",
            "h",
            "2",
            "2y",
            "2H",
            "-2h",
            "1.5h",
            "2h30m",
            "2026-02-30",
            "2026-11",
            "now",
        ] {
            assert_eq!(parse_range_limit(text, NOW), None, "{text}");
        }
    }

    #[test]
    fn a_date_is_a_whole_day_and_an_age_an_age() {
        use Comparison::{AtLeast, AtMost, Equal, Less, More};
        let day = datetime!(2026-11-20 00:00 UTC);
        let next = datetime!(2026-11-21 00:00 UTC);
        let ago = datetime!(2026-11-27 10:00 UTC);
        let just = Duration::MICROSECOND;
        for (comparison, text, from, below) in [
            (More, "2026-11-20", Some(next), None),
            (AtLeast, "2026-11-20", Some(day), None),
            (Less, "2026-11-20", None, Some(day)),
            (AtMost, "2026-11-20", None, Some(next)),
            (Equal, "2026-11-20", Some(day), Some(next)),
            (More, "2026-11-20T00:00:00Z", Some(day + just), None),
            (Equal, "2026-11-20T00:00:00Z", Some(day), Some(day + just)),
            (Less, "2h", Some(ago + just), None),
            (AtMost, "2h", Some(ago), None),
            (More, "2h", None, Some(ago)),
            (AtLeast, "2h", None, Some(ago + just)),
        ] {
            let bounds = time_bounds(comparison, text, NOW);
            assert_eq!(
                bounds,
                Some(Bounds { from, below }),
                "{comparison:?} {text}"
            );
        }
        let last = time_bounds(More, "9999-12-31", NOW).unwrap();
        assert!(!last.contains(datetime!(9999-12-31 23:59:59 UTC)));
    }
}
