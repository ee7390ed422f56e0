//! Parses and bounds timestamps from clients: UTC, whole microseconds, years 0 to 9999.

use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

/// The first and the last year, in UTC, that RFC 3339 can write (RFC 3339, 5.6: four digits).
const YEARS: std::ops::RangeInclusive<i32> = 0..=9_999;

/// Parses a time in RFC 3339 and returns it in UTC, in whole microseconds. `None` for other text and for a
/// time whose year in UTC has no four digits: `0000-01-01T00:00:00+23:59` lies in the year -1.
#[must_use]
pub fn parse_instant(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339)
        .ok()
        .and_then(checked_instant)
}

/// Converts a time to UTC, in the microseconds that stores keep. `None` when its year in UTC lies outside
/// 0 to 9999.
#[must_use]
pub fn checked_instant(at: OffsetDateTime) -> Option<OffsetDateTime> {
    let at = at.checked_to_offset(UtcOffset::UTC)?;
    let at = at.replace_microsecond(at.microsecond()).unwrap_or(at);
    YEARS.contains(&at.year()).then_some(at)
}

/// Clamps a time outside the years 0 to 9999 to the nearest instant that RFC 3339 can write: for values that a store
/// or a queue of an earlier version holds.
#[must_use]
pub fn clamped_instant(at: OffsetDateTime) -> OffsetDateTime {
    const FIRST: OffsetDateTime = time::macros::datetime!(0000-01-01 00:00:00 UTC);
    const LAST: OffsetDateTime = time::macros::datetime!(9999-12-31 23:59:59.999_999 UTC);
    checked_instant(at).unwrap_or(if at < FIRST { FIRST } else { LAST })
}

/// Converts a time to microseconds since 1970, rounding down.
#[must_use]
pub fn micros(at: OffsetDateTime) -> i64 {
    // i64 holds 292,000 years of microseconds, `time` no more than 10,000 years: never saturates.
    i64::try_from(at.unix_timestamp_nanos().div_euclid(1_000)).unwrap_or(i64::MAX)
}

/// Converts stored microseconds since 1970 to a time, clamped to the years 0 to 9999.
#[must_use]
pub fn from_micros(micros: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000)
        .map_or(OffsetDateTime::UNIX_EPOCH, clamped_instant)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn the_year_counts_in_utc() {
        let refused = [
            "0000-01-01T00:00:00+23:59",
            "0000-01-01T00:00:00+00:01",
            "9999-12-31T23:59:59-00:01",
            "9999-12-31T23:59:59-23:59",
            "10000-01-01T00:00:00Z",
            "-001-01-01T00:00:00Z",
            "2026-11-26",
        ];
        for text in refused {
            assert_eq!(parse_instant(text), None, "{text}");
        }
        let accepted = [
            ("0000-01-01T00:00:00Z", datetime!(0000-01-01 00:00 UTC)),
            ("0000-01-01T00:00:00-23:59", datetime!(0000-01-01 23:59 UTC)),
            ("0001-01-01T00:00:00Z", datetime!(0001-01-01 00:00 UTC)),
            (
                "9999-12-31T23:59:59+23:59",
                datetime!(9999-12-31 00:00:59 UTC),
            ),
            (
                "2026-11-20T12:00:00.1234567+05:30",
                datetime!(2026-11-20 06:30:00.123_456 UTC),
            ),
        ];
        for (text, expected) in accepted {
            assert_eq!(parse_instant(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_stored_outside_is_moved_inside() {
        let before = datetime!(0000-01-01 00:00 +23:59);
        assert_eq!(clamped_instant(before), datetime!(0000-01-01 00:00 UTC));
        let after = datetime!(9999-12-31 23:59:59 -23:59);
        assert_eq!(clamped_instant(after).year(), 9_999);
        let inside = datetime!(2026-11-26 12:00 UTC);
        assert_eq!(clamped_instant(inside), inside);
    }
}
