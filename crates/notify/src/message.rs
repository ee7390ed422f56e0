//! The content of a notification, before a channel formats it.

use crate::text::{one_line, one_line_or};
use faultbook_domain::notifications::{Measurement, Notification, NotificationKind};
use std::time::Duration;
use time::OffsetDateTime;
use time::macros::format_description;

/// Longest name of a rule, project or environment, in characters.
const NAME: usize = 200;
/// Longest message of an error that is shown, in characters.
const ERROR: usize = 300;

/// A notification in words, each part on one line and free of control characters.
pub struct Message {
    /// The rule's name, marked in a test.
    pub title: String,
    /// Says that nothing happened; only in a test.
    pub notice: Option<&'static str>,
    /// What was measured against what, and in which window.
    pub summary: Option<String>,
    /// Project, environment and time, each with its label.
    pub facts: Vec<(&'static str, String)>,
    /// The top errors: how often, and what they say.
    pub errors: Vec<(u64, String)>,
    /// Where to look.
    pub link: String,
}

impl Message {
    /// Puts a notification into words.
    pub fn of(notification: &Notification) -> Self {
        let rule = one_line_or(&notification.rule, NAME, "(unnamed rule)");
        let test = notification.kind == NotificationKind::Test;
        Self {
            title: if test { format!("[TEST] {rule}") } else { rule },
            notice: test.then_some("This is a test message: no alert was raised."),
            summary: notification.measurement.as_ref().map(summary),
            facts: facts(notification),
            errors: notification
                .shown_errors()
                .map(|error| {
                    let message = one_line_or(&error.message, ERROR, "(no message)");
                    (error.count, message)
                })
                .collect(),
            link: one_line(&notification.link, 2_000),
        }
    }

    /// The message as plain text of several lines.
    pub fn text(&self) -> String {
        let mut lines = vec![self.title.clone(), String::new()];
        lines.extend(self.notice.map(ToOwned::to_owned));
        lines.extend(self.summary.clone());
        lines.push(String::new());
        lines.extend(
            self.facts
                .iter()
                .map(|(label, value)| format!("{label}: {value}")),
        );
        if !self.errors.is_empty() {
            lines.push(String::new());
            lines.push("Top errors:".to_owned());
            lines.extend(
                self.errors
                    .iter()
                    .map(|(count, message)| format!("  {count} x {message}")),
            );
        }
        lines.push(String::new());
        lines.push(format!("Look here: {}", self.link));
        lines.join("\n")
    }
}

/// Project and environment in a few words: `default / production`.
pub fn place(notification: &Notification) -> String {
    format!(
        "{} / {}",
        named(notification.project.as_deref(), "all projects"),
        named(notification.environment.as_deref(), "all environments")
    )
}

fn facts(notification: &Notification) -> Vec<(&'static str, String)> {
    vec![
        (
            "Project",
            named(notification.project.as_deref(), "all projects"),
        ),
        (
            "Environment",
            named(notification.environment.as_deref(), "all environments"),
        ),
        ("Time", clock_time(notification.raised_at)),
    ]
}

fn named(name: Option<&str>, everything: &str) -> String {
    one_line_or(name.unwrap_or_default(), NAME, everything)
}

fn clock_time(at: OffsetDateTime) -> String {
    let format = format_description!("[year]-[month]-[day] [hour]:[minute]:[second] UTC");
    at.to_offset(time::UtcOffset::UTC)
        .format(format)
        .unwrap_or_else(|_| at.unix_timestamp().to_string())
}

/// `73 errors in the last 5 minutes (the rule asks for more than 50)`.
fn summary(measured: &Measurement) -> String {
    let value = number(measured.value);
    let window = span(measured.window);
    let threshold = number(measured.threshold);
    let limit = comparison(&measured.operator).map_or_else(
        || format!("{} {threshold}", one_line(&measured.operator, 10)),
        |words| format!("{words} {threshold}"),
    );
    let what = counted(&measured.metric, &value)
        .unwrap_or_else(|| format!("{} = {value}", one_line(&measured.metric, 50)));
    format!("{what} in the last {window} (the rule asks for {limit})")
}

/// The value with the metric's noun.
fn counted(metric: &str, value: &str) -> Option<String> {
    let (one, many) = match metric {
        "error_count" => ("error", "errors"),
        "critical_count" => ("critical error", "critical errors"),
        "warning_count" => ("warning", "warnings"),
        "new_errors" => ("new error", "new errors"),
        "regressions" => ("regression", "regressions"),
        "error_rate" => ("error per minute", "errors per minute"),
        "affected_users" => ("affected user", "affected users"),
        _ => return None,
    };
    Some(format!("{value} {}", if value == "1" { one } else { many }))
}

fn comparison(operator: &str) -> Option<&'static str> {
    Some(match operator {
        ">" => "more than",
        ">=" => "at least",
        "<" => "fewer than",
        "<=" => "at most",
        "=" | "==" => "exactly",
        _ => return None,
    })
}

/// A number with two decimals at most.
fn number(value: f64) -> String {
    if !value.is_finite() {
        return value.to_string();
    }
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A stretch of time in the largest unit that gives a whole number.
fn span(window: Duration) -> String {
    let seconds = window.as_secs();
    let (amount, unit) = [(86_400, "day"), (3_600, "hour"), (60, "minute")]
        .into_iter()
        .find(|(length, _)| seconds > 0 && seconds.is_multiple_of(*length))
        .map_or((seconds, "second"), |(length, unit)| {
            (seconds / length, unit)
        });
    let plural = if amount == 1 { "" } else { "s" };
    format!("{amount} {unit}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_spans_read_as_people_write_them() {
        assert_eq!(number(73.0), "73");
        assert_eq!(number(100.0), "100");
        assert_eq!(number(12.5), "12.5");
        assert_eq!(number(0.126), "0.13");
        let spans = [
            (10, "10 seconds"),
            (60, "1 minute"),
            (5_400, "90 minutes"),
            (3_600, "1 hour"),
            (172_800, "2 days"),
        ];
        for (seconds, words) in spans {
            assert_eq!(span(Duration::from_secs(seconds)), words);
        }
    }

    #[test]
    fn what_was_measured_is_a_sentence_also_for_an_unknown_metric() {
        let mut measured = Measurement {
            metric: "new_errors".to_owned(),
            value: 1.0,
            operator: ">=".to_owned(),
            threshold: 1.0,
            window: Duration::from_secs(60),
        };
        assert_eq!(
            summary(&measured),
            "1 new error in the last 1 minute (the rule asks for at least 1)"
        );
        measured.metric = "apdex".to_owned();
        measured.operator = "!=".to_owned();
        assert_eq!(
            summary(&measured),
            "apdex = 1 in the last 1 minute (the rule asks for != 1)"
        );
    }
}
