//! Computes uptime from heartbeats.

use super::sample_store::LastBeat;
use time::{Duration, OffsetDateTime};

/// Maximum pause between heartbeats, of which each node sends one every 30 s; a longer one is downtime.
pub const ALLOWED_PAUSE: Duration = Duration::seconds(90);

/// Uptime of the installation.
#[derive(Debug, Clone, PartialEq)]
pub struct Uptime {
    /// Time since the last downtime, or the first heartbeat.
    pub current: Duration,
    /// Percentage of the last 24 hours, or of the time since the first heartbeat if that is less.
    pub percent_24h: f64,
    /// Percentage of the last 7 days.
    pub percent_7d: f64,
    /// Percentage of the last 30 days.
    pub percent_30d: f64,
    /// Number of downtimes in the last 30 days.
    pub incidents: u64,
    /// Start of the last downtime.
    pub last_downtime: Option<OffsetDateTime>,
}

/// Start and end of a downtime.
type Downtime = (OffsetDateTime, OffsetDateTime);

impl Uptime {
    /// Computes uptime from the first heartbeat and from those that failed or were followed by a long pause.
    #[must_use]
    pub fn of(first: Option<OffsetDateTime>, breaks: &[LastBeat], now: OffsetDateTime) -> Self {
        let first = first.unwrap_or(now);
        let downtimes = downtimes(breaks, now);
        let recent = now - Duration::days(30);
        let percent = |span: Duration| {
            let from = (now - span).max(first);
            let down: Duration = downtimes
                .iter()
                .map(|(start, end)| (*end - (*start).max(from)).max(Duration::ZERO))
                .sum();
            let whole = now - from;
            if whole.is_positive() {
                100.0 * (1.0 - down / whole)
            } else {
                100.0
            }
        };
        let last = downtimes.last();
        Self {
            current: (now - last.map_or(first, |(_, end)| *end)).max(Duration::ZERO),
            percent_24h: percent(Duration::DAY),
            percent_7d: percent(Duration::WEEK),
            percent_30d: percent(Duration::days(30)),
            incidents: downtimes.iter().filter(|(_, end)| *end > recent).count() as u64,
            last_downtime: last.map(|(start, _)| *start),
        }
    }
}

/// Returns the downtimes, oldest first, with adjacent ones merged.
fn downtimes(breaks: &[LastBeat], now: OffsetDateTime) -> Vec<Downtime> {
    let mut downtimes: Vec<Downtime> = Vec::new();
    for beat in breaks {
        let end = beat.next.unwrap_or(now);
        if beat.healthy && end - beat.at <= ALLOWED_PAUSE {
            continue;
        }
        match downtimes.last_mut() {
            Some((_, last_end)) if *last_end >= beat.at => *last_end = end,
            _ => downtimes.push((beat.at, end)),
        }
    }
    downtimes
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-11-20 12:00 UTC);

    fn beat(ago: i64, healthy: bool, next: Option<i64>) -> LastBeat {
        let at = |ago| NOW - Duration::minutes(ago);
        LastBeat {
            at: at(ago),
            healthy,
            next: next.map(at),
        }
    }

    fn uptime(first: i64, breaks: &[LastBeat]) -> Uptime {
        let first = Some(NOW - Duration::minutes(first));
        Uptime::of(first, breaks, NOW)
    }

    #[test]
    fn without_breaks_it_was_always_up() {
        let uptime = uptime(600, &[beat(0, true, None)]);
        assert_eq!(uptime.current, Duration::hours(10));
        assert_eq!((uptime.percent_24h, uptime.incidents), (100.0, 0));
        assert_eq!(uptime.last_downtime, None);
        assert_eq!(Uptime::of(None, &[], NOW).percent_30d, 100.0);
    }

    #[test]
    fn a_pause_and_a_failure_are_downtime() {
        // Up for 40 days; down for 144 minutes (a tenth of a day) a day ago and for 72 minutes lately.
        let breaks = [
            beat(2_880, true, Some(2_736)),
            beat(172, false, Some(150)),
            beat(150, false, Some(100)),
            beat(0, true, None),
        ];
        let uptime = uptime(40 * 1_440, &breaks);
        assert_eq!(uptime.current, Duration::minutes(100));
        assert!((uptime.percent_24h - 95.0).abs() < 1e-9);
        assert!((uptime.percent_7d - 100.0 * (1.0 - 216.0 / 10_080.0)).abs() < 1e-9);
        assert_eq!(uptime.incidents, 2, "adjoining failures are one");
        assert_eq!(uptime.last_downtime, Some(NOW - Duration::minutes(172)));
    }

    #[test]
    fn downtime_counts_as_far_as_it_lies_in_the_span() {
        let uptime = uptime(
            50 * 1_440,
            &[beat(1_440 + 720, true, Some(720)), beat(0, true, None)],
        );
        assert!((uptime.percent_24h - 50.0).abs() < 1e-9);
    }

    #[test]
    fn a_last_beat_that_is_too_old_means_down_until_now() {
        let uptime = uptime(100, &[beat(50, true, None)]);
        assert_eq!((uptime.current, uptime.incidents), (Duration::ZERO, 1));
    }
}
