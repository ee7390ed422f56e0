//! Durations as written in rules: `5m`, `90 seconds`, `1 hour`.

use std::time::Duration;
use winnow::ascii::{Caseless, digit1, space0};
use winnow::combinator::alt;
use winnow::prelude::*;

/// Minimum window of a rule.
pub const SHORTEST_WINDOW: Duration = Duration::from_secs(10);
/// Maximum window of a rule.
pub const LONGEST_WINDOW: Duration = Duration::from_secs(30 * 86_400);

/// The text is not a duration, or exceeds the bounds of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a time from 10s to 30d, such as 30s, 5m, 5 minutes, 1 hour, 7d")]
pub struct InvalidSpan;

/// Parses a duration within the bounds of a window.
///
/// # Errors
/// [`InvalidSpan`].
pub fn parse_span(text: &str) -> Result<Duration, InvalidSpan> {
    let span = span.parse(text.trim()).map_err(|_| InvalidSpan)?;
    if (SHORTEST_WINDOW..=LONGEST_WINDOW).contains(&span) {
        Ok(span)
    } else {
        Err(InvalidSpan)
    }
}

/// Formats a duration in the largest unit that gives a whole number: `5m`, `90s`, `1d`.
#[must_use]
pub fn write_span(span: Duration) -> String {
    let seconds = span.as_secs();
    let units = [(86_400, 'd'), (3_600, 'h'), (60, 'm')];
    let whole = units
        .into_iter()
        .find(|(length, _)| seconds > 0 && seconds.is_multiple_of(*length));
    let (length, unit) = whole.unwrap_or((1, 's'));
    format!("{}{unit}", seconds / length)
}

/// Parses a number and a unit, without bounds.
pub(super) fn span(input: &mut &str) -> ModalResult<Duration> {
    let amount = digit1.try_map(|digits: &str| digits.parse::<u32>());
    (amount, space0, unit)
        .map(|(amount, _, unit)| Duration::from_secs(u64::from(amount) * unit))
        .parse_next(input)
}

/// Parses a unit into seconds. Longer names come first, so that none is cut short.
fn unit(input: &mut &str) -> ModalResult<u64> {
    let word = |names: [&'static str; 5], seconds: u64| {
        let [a, b, c, d, e] = names.map(Caseless);
        alt((a, b, c, d, e)).value(seconds)
    };
    alt((
        word(["seconds", "second", "secs", "sec", "s"], 1),
        word(["minutes", "minute", "mins", "min", "m"], 60),
        word(["hours", "hour", "hrs", "hr", "h"], 3_600),
        alt((Caseless("days"), Caseless("day"), Caseless("d"))).value(86_400),
    ))
    .parse_next(input)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_in_every_unit_and_written_in_the_largest() {
        for (text, seconds, written) in [
            ("5m", 300, "5m"),
            ("5 minutes", 300, "5m"),
            ("1 hour", 3_600, "1h"),
            ("90s", 90, "90s"),
            ("120 Seconds", 120, "2m"),
            (" 7d ", 604_800, "7d"),
            ("30 days", 2_592_000, "30d"),
            ("10s", 10, "10s"),
        ] {
            let span = parse_span(text);
            assert_eq!(span, Ok(Duration::from_secs(seconds)), "{text}");
            assert_eq!(write_span(span.unwrap()), written);
        }
    }

    #[test]
    fn what_is_no_window_is_refused() {
        for text in [
            "",
            "5",
            "m",
            "9s",
            "31d",
            "5x",
            "5 m 3 s",
            "-5m",
            "1.5h",
            "99999999999d",
            "5minutesago",
        ] {
            assert_eq!(parse_span(text), Err(InvalidSpan), "{text}");
        }
    }
}
