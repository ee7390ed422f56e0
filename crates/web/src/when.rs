//! Times as people read them: how long ago, and the exact instant beside it.

use crate::ui::Markup;
use askama::filters::Safe;
use std::fmt::Write;
use time::{Date, Duration, Month, OffsetDateTime, UtcOffset};

/// The time at which a page is made: what relative times are relative to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock(OffsetDateTime);

/// An instant on a page.
///
/// The server writes UTC; the script of the pages writes the same format in the reader's time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct When {
    at: OffsetDateTime,
    now: OffsetDateTime,
}

impl Clock {
    /// A page that is made at this time.
    #[must_use]
    pub fn new(now: OffsetDateTime) -> Self {
        Self(now.to_offset(UtcOffset::UTC))
    }

    /// The time itself.
    #[must_use]
    pub const fn now(self) -> OffsetDateTime {
        self.0
    }

    /// An instant on this page.
    #[must_use]
    pub fn when(self, at: OffsetDateTime) -> When {
        let at = at.to_offset(UtcOffset::UTC);
        When { at, now: self.0 }
    }
}

impl When {
    /// `2 min ago` within a day, then the date.
    #[must_use]
    pub fn ago(self) -> String {
        let age = self.now - self.at;
        match age.whole_seconds() {
            ..-60 => self.text(),
            -60..5 => "just now".to_owned(),
            seconds @ 5..60 => format!("{seconds} s ago"),
            seconds @ 60..3_600 => format!("{} min ago", seconds / 60),
            seconds @ 3_600..86_400 => format!("{} h ago", seconds / 3_600),
            _ => self.day(),
        }
    }

    /// `today 06:04`, then `14 Nov 09:12`, with the year where it is another.
    #[must_use]
    pub fn text(self) -> String {
        let (hour, minute) = (self.at.hour(), self.at.minute());
        if self.at.date() == self.now.date() {
            return format!("today {hour:02}:{minute:02}");
        }
        format!("{} {hour:02}:{minute:02}", self.day())
    }

    /// `14 Nov`, with the year where it is another.
    #[must_use]
    pub fn day(self) -> String {
        let date = day(self.at.date());
        if self.at.year() == self.now.year() {
            date
        } else {
            format!("{date} {}", self.at.year())
        }
    }

    /// `13:52:06.204`: for what happened within seconds.
    #[must_use]
    pub fn clock(self) -> String {
        let (hour, minute, second) = self.at.to_hms();
        format!(
            "{hour:02}:{minute:02}:{second:02}.{:03}",
            self.at.millisecond()
        )
    }

    /// `2026-11-27 13:52:06 UTC`.
    #[must_use]
    pub fn exact(self) -> String {
        let date = self.at.date();
        let (hour, minute, second) = self.at.to_hms();
        format!("{date} {hour:02}:{minute:02}:{second:02} UTC")
    }

    /// For machines.
    #[must_use]
    pub fn iso(self) -> String {
        let date = self.at.date();
        let (hour, minute, second) = self.at.to_hms();
        format!(
            "{date}T{hour:02}:{minute:02}:{second:02}.{:03}Z",
            self.at.millisecond()
        )
    }

    /// The instant itself.
    #[must_use]
    pub const fn at(self) -> OffsetDateTime {
        self.at
    }

    /// How long ago, as an element with the exact time.
    #[must_use]
    pub fn ago_html(self) -> Markup {
        self.element("ago", &self.ago())
    }

    /// The date and time, as an element with the exact time.
    #[must_use]
    pub fn html(self) -> Markup {
        self.element("at", &self.text())
    }

    /// The day, as an element with the exact time.
    #[must_use]
    pub fn day_html(self) -> Markup {
        self.element("day", &self.day())
    }

    /// The time of day, as an element with the exact time.
    #[must_use]
    pub fn clock_html(self) -> Markup {
        self.element("clock", &self.clock())
    }

    fn element(self, form: &str, text: &str) -> Markup {
        let (iso, exact) = (self.iso(), self.exact());
        let mut html = String::new();
        // Digits, letters and signs of ours alone: nothing to be escaped.
        let _ = write!(
            html,
            "<time datetime=\"{iso}\" title=\"{exact}\" data-form=\"{form}\">{text}</time>"
        );
        Safe(html)
    }
}

/// `14 Nov`.
#[must_use]
pub fn day(date: Date) -> String {
    format!("{} {}", date.day(), month(date.month()))
}

const fn month(month: Month) -> &'static str {
    match month {
        Month::January => "Jan",
        Month::February => "Feb",
        Month::March => "Mar",
        Month::April => "Apr",
        Month::May => "May",
        Month::June => "Jun",
        Month::July => "Jul",
        Month::August => "Aug",
        Month::September => "Sep",
        Month::October => "Oct",
        Month::November => "Nov",
        Month::December => "Dec",
    }
}

/// A span in its two largest units: `1d 4h`, `5 min`, `12 s`.
#[must_use]
pub fn span(span: Duration) -> String {
    let seconds = span.whole_seconds().max(0);
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, 0) => format!("{hours}h"),
        (0, hours, minutes) => format!("{hours}h {minutes}min"),
        (days, 0, _) => format!("{days}d"),
        (days, hours, _) => format!("{days}d {hours}h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const CLOCK: Clock = Clock(datetime!(2026-11-27 12:34:56 UTC));

    #[test]
    fn within_a_day_it_tells_how_long_ago() {
        for (at, text) in [
            (datetime!(2026-11-27 12:34:54 UTC), "just now"),
            (datetime!(2026-11-27 12:34:40 UTC), "16 s ago"),
            (datetime!(2026-11-27 12:32:00 UTC), "2 min ago"),
            (datetime!(2026-11-27 07:00:00 UTC), "5 h ago"),
            (datetime!(2026-11-25 07:00:00 UTC), "25 Nov"),
            (datetime!(2025-11-25 07:00:00 UTC), "25 Nov 2025"),
            (datetime!(2026-11-27 13:00:00 UTC), "today 13:00"),
        ] {
            assert_eq!(CLOCK.when(at).ago(), text);
        }
    }

    #[test]
    fn dates_name_the_year_where_it_is_another() {
        assert_eq!(
            CLOCK.when(datetime!(2026-11-27 06:04 UTC)).text(),
            "today 06:04"
        );
        assert_eq!(
            CLOCK.when(datetime!(2026-11-14 09:12 UTC)).text(),
            "14 Nov 09:12"
        );
        assert_eq!(
            CLOCK.when(datetime!(2024-02-29 09:12 UTC)).text(),
            "29 Feb 2024 09:12"
        );
    }

    #[test]
    fn elements_hold_the_exact_time_in_utc() {
        let html = CLOCK.when(datetime!(2026-11-27 14:04:05.5 +2)).html();
        assert_eq!(
            html.0,
            "<time datetime=\"2026-11-27T12:04:05.500Z\" title=\"2026-11-27 12:04:05 UTC\" data-form=\"at\">today 12:04</time>"
        );
    }

    #[test]
    fn spans_have_two_units() {
        assert_eq!(span(Duration::seconds(100_000)), "1d 3h");
        assert_eq!(span(Duration::seconds(59)), "59 s");
        assert_eq!(span(Duration::minutes(90)), "1h 30min");
    }
}
