//! Words for what the domain names.

use crate::form::Choice;
use crate::number::Number;
use crate::when::{self, Clock, When};
use faultbook_domain::errors::Severity;
use time::{Duration, OffsetDateTime, UtcOffset};

/// A name with a capital: `critical` as `Critical`, `api_base` as `Api base`.
#[must_use]
pub(crate) fn capital(name: &str) -> String {
    let name = name.replace('_', " ");
    let mut letters = name.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

/// What people call a channel.
#[must_use]
pub(crate) fn channel_name(kind: &str) -> String {
    match kind {
        "sms" => "SMS".to_owned(),
        other => capital(other),
    }
}

/// The icon of a channel.
#[must_use]
pub(crate) fn channel_icon(kind: &str) -> &'static str {
    match kind {
        "email" => "mail",
        "slack" => "chat",
        "sms" => "phone",
        _ => "link",
    }
}

/// The mark of a severity: the level that looks like it.
#[must_use]
pub(crate) const fn severity_level(severity: &Severity) -> &'static str {
    match severity {
        Severity::Critical => "critical",
        Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "info",
    }
}

/// The severities to choose from, worst first.
#[must_use]
pub(crate) fn severities() -> Vec<Choice> {
    let names = ["critical", "high", "medium", "low"];
    names
        .iter()
        .map(|name| Choice::new(*name, capital(name)))
        .collect()
}

/// A count with commas between thousands.
#[must_use]
pub(crate) fn number(count: &u64) -> Number {
    Number::from(*count)
}

/// An instant on a page.
#[must_use]
pub(crate) fn at(clock: &Clock, at: &OffsetDateTime) -> When {
    clock.when(*at)
}

/// A span in its two largest units.
#[must_use]
pub(crate) fn lasted(span: &Duration) -> String {
    when::span(*span)
}

/// A time as a `datetime-local` field takes it, in UTC.
#[must_use]
pub(crate) fn field_time(at: OffsetDateTime) -> String {
    let at = at.to_offset(UtcOffset::UTC);
    format!("{}T{:02}:{:02}", at.date(), at.hour(), at.minute())
}

/// `3 messages`.
#[must_use]
pub(crate) fn counted(count: &u64, noun: &str) -> String {
    crate::number::counted(*count, noun)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_words() {
        assert_eq!(capital("smtp_server"), "Smtp server");
        assert_eq!(capital(""), "");
        assert_eq!(channel_name("sms"), "SMS");
    }
}
