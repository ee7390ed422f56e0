//! Times of events.

use faultbook_domain::instant::{checked_instant, parse_instant};
use serde_json::Value;
use time::{Duration, OffsetDateTime};

/// Clocks that differ by no more are not corrected: a request may take as long.
const MAX_DELAY: Duration = Duration::seconds(55);
/// How far ahead an event may lie.
const MAX_AHEAD: Duration = Duration::minutes(1);
/// How old an event may be.
const MAX_AGE: Duration = Duration::days(30);

/// When an event happened by the receiver's clock; `received` when the event does not say it or cannot be believed.
///
/// `sent` is when the client sent it by its own clock.
pub(super) fn of_event(
    value: Option<&Value>,
    sent: Option<OffsetDateTime>,
    received: OffsetDateTime,
) -> OffsetDateTime {
    let moved = value.and_then(read).and_then(|at| match sent {
        Some(sent) if (received - sent).abs() > MAX_DELAY => at.checked_add(received - sent),
        _ => Some(at),
    });
    let believed = |at: &OffsetDateTime| *at <= received + MAX_AHEAD && *at >= received - MAX_AGE;
    moved
        .filter(believed)
        .and_then(checked_instant)
        .unwrap_or(received)
}

/// Reads a time: seconds since 1970, or RFC 3339, where a time without zone is UTC.
pub(super) fn read(value: &Value) -> Option<OffsetDateTime> {
    match value {
        Value::Number(number) => of_seconds(number.as_f64()?),
        Value::String(text) => match text.trim().parse() {
            Ok(seconds) => of_seconds(seconds),
            Err(_) => of_text(text.trim()),
        },
        _ => None,
    }
}

fn of_seconds(seconds: f64) -> Option<OffsetDateTime> {
    // Duration holds some 10^11 years; outside of time's own range the sum fails.
    let since = Duration::checked_seconds_f64(seconds)?;
    let micros = i64::try_from((since.whole_nanoseconds() + 500).div_euclid(1_000)).ok()?;
    OffsetDateTime::UNIX_EPOCH.checked_add(Duration::microseconds(micros))
}

fn of_text(text: &str) -> Option<OffsetDateTime> {
    if text.len() > 64 || !text.is_ascii() || text.len() < 19 {
        return None;
    }
    let (date, clock) = (&text[..10], &text[11..]);
    let zone = clock.find(['+', '-', 'Z', 'z']).unwrap_or(clock.len());
    let (clock, zone) = clock.split_at(zone);
    let zone = match zone.as_bytes() {
        [] | [b'z'] => "Z".to_owned(),
        [_, _, _] => format!("{zone}:00"),
        [_, _, _, _, _] if !zone.contains(':') => format!("{}:{}", &zone[..3], &zone[3..]),
        _ => zone.to_owned(),
    };
    parse_instant(&format!("{date}T{}{zone}", clock.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use time::macros::datetime;

    #[test]
    fn numbers_and_texts_are_read() {
        let at = datetime!(2026-11-20 12:00 UTC);
        let half = at + Duration::milliseconds(500);
        let cases = [
            (json!(1_795_176_000), Some(at)),
            (json!(1_795_176_000.5), Some(half)),
            (
                json!(1_795_176_000.123456),
                Some(at + Duration::microseconds(123_456)),
            ),
            (json!("1795176000.5"), Some(half)),
            (json!("2026-11-20T12:00:00Z"), Some(at)),
            (json!("2026-11-20T12:00:00"), Some(at)),
            (json!("2026-11-20 12:00:00"), Some(at)),
            (json!("2026-11-20 12:00:00.500 +0000"), Some(half)),
            (json!("2026-11-20T12:00:00.5"), Some(half)),
            (json!("2026-11-20T12:00:00.500000000z"), Some(half)),
            (json!("2026-11-20T17:30:00+05:30"), Some(at)),
            (json!("2026-11-20T17:30:00+0530"), Some(at)),
            (json!("2026-11-20T10:00:00-02"), Some(at)),
            (json!("2026-11-20"), None),
            (json!("yesterday"), None),
            (json!("zwanzigster November é"), None),
            (json!(1e300), None),
            (json!(-1e18), None),
            (json!(null), None),
            (json!(["2026-11-20T12:00:00Z"]), None),
        ];
        for (sent, expected) in cases {
            assert_eq!(read(&sent), expected, "{sent}");
        }
    }

    #[test]
    fn drift_is_corrected_and_what_cannot_be_is_received() {
        let received = datetime!(2026-11-20 12:00 UTC);
        let of = |at: OffsetDateTime, sent: Option<OffsetDateTime>| {
            of_event(Some(&json!(at.unix_timestamp())), sent, received)
        };
        let early = received - Duration::seconds(90);
        assert_eq!(of(early, None), early);
        assert_eq!(of(early, Some(received - Duration::seconds(55))), early);
        // A clock that is an hour behind, and one that is an hour ahead.
        let hour = Duration::hours(1);
        assert_eq!(of(early - hour, Some(received - hour)), early);
        assert_eq!(of(early + hour, Some(received + hour)), early);
        assert_eq!(
            of(received + Duration::minutes(1), None),
            received + Duration::minutes(1)
        );
        assert_eq!(of(received + Duration::seconds(61), None), received);
        assert_eq!(
            of(received - Duration::days(30), None),
            received - Duration::days(30)
        );
        assert_eq!(of(received - Duration::days(31), None), received);
        assert_eq!(of_event(Some(&json!("x")), None, received), received);
        assert_eq!(of_event(None, None, received), received);
    }
}
