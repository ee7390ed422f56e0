//! Explains conditions: in a sentence, or where they are wrong and what may stand there.

use super::condition::{Condition, Field, Limit, Metric, Within};
use super::condition_parser::FIELDS;
use crate::errors::{Level, Severity};
use crate::syntax::{Comparison, SyntaxError};
use crate::tenancy::Project;
use std::time::Duration;

/// Most suggestions.
const SUGGESTIONS: usize = 5;

/// A valid condition, explained.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The condition in words.
    pub sentence: String,
    /// Why it can never hold; empty for most.
    pub warnings: Vec<String>,
    /// What the value is compared with.
    pub limit: f64,
    /// The window.
    pub window: Duration,
}

impl Condition {
    /// Explains the condition with a rule's `threshold` and `time_window`, which stand for what it does not say.
    #[must_use]
    pub fn explain(
        &self,
        threshold: f64,
        time_window: Duration,
        projects: &[Project],
    ) -> Explanation {
        let limit = match self.limit {
            Limit::Number(number) => number,
            Limit::Threshold => threshold,
        };
        let window = match self.within {
            Within::Span(span) => span,
            Within::TimeWindow => time_window,
        };
        Explanation {
            sentence: self.sentence(limit, window),
            warnings: self.warnings(limit, projects),
            limit,
            window,
        }
    }

    fn sentence(&self, limit: f64, window: Duration) -> String {
        let amount = match self.comparison {
            Comparison::More => "More than",
            Comparison::AtLeast => "At least",
            Comparison::Less => "Fewer than",
            Comparison::AtMost => "At most",
            Comparison::Equal => "Exactly",
        };
        let is_one = (limit - 1.0).abs() < f64::EPSILON;
        let plural = if is_one { "" } else { "s" };
        let kind = match self.metric {
            Metric::ErrorCount | Metric::ErrorRate => format!("occurrence{plural}"),
            Metric::CriticalCount => format!("critical occurrence{plural}"),
            Metric::WarningCount => format!("warning{plural}"),
            Metric::NewErrors => format!("new error{plural}"),
            Metric::Regressions => format!("regression{plural}"),
            Metric::AffectedUsers => format!("affected user{plural}"),
        };
        let rate = match self.metric {
            Metric::ErrorRate => " a minute",
            _ => "",
        };
        let fields: String = self.fields.iter().map(in_words).collect();
        let window = in_units(window);
        format!("{amount} {limit} {kind}{rate}{fields} within {window}")
    }

    fn warnings(&self, limit: f64, projects: &[Project]) -> Vec<String> {
        let mut warnings = Vec::new();
        for field in &self.fields {
            if let Field::Project(named) = field
                && !projects.iter().any(|project| project.is_named(named))
            {
                warnings.push(format!("There is no project {named}."));
            }
        }
        warnings.extend(self.contradictions());
        if self.comparison == Comparison::Less && limit <= 0.0 {
            warnings.push("No value is less than 0.".to_owned());
        }
        let is_count = self.metric != Metric::ErrorRate;
        if self.comparison == Comparison::Equal && is_count && limit.fract() != 0.0 {
            warnings.push(format!("A count is a whole number and never {limit}."));
        }
        warnings
    }

    /// Names fields that no occurrence meets at once.
    fn contradictions(&self) -> Vec<String> {
        let implied = match self.metric {
            Metric::CriticalCount => Some(Field::Severity(Severity::Critical)),
            Metric::WarningCount => Some(Field::Level(Level::Warning)),
            _ => None,
        };
        let all: Vec<&Field> = implied.iter().chain(&self.fields).collect();
        let mut warnings = Vec::new();
        for (place, field) in all.iter().enumerate() {
            let other = all[..place]
                .iter()
                .find(|other| other.name() == field.name() && other != &field);
            if let Some(other) = other {
                let (name, one, two) = (field.name(), other.value(), field.value());
                warnings.push(format!(
                    "Nothing has the {name} {one} and the {name} {two}."
                ));
            }
        }
        warnings
    }
}

impl Project {
    /// Returns whether a condition's text names the project, by slug or id.
    pub(super) fn is_named(&self, text: &str) -> bool {
        self.slug.as_str() == text || text.parse().ok() == Some(self.id)
    }
}

fn in_words(field: &Field) -> String {
    match field {
        Field::Level(level) => format!(" of level {}", level.as_str()),
        Field::Severity(severity) => format!(" of severity {}", severity.as_str()),
        Field::Source(source) => format!(" from source {source}"),
        Field::Environment(environment) => format!(" in environment {environment}"),
        Field::Project(project) => format!(" in project {project}"),
        Field::Release(release) => format!(" in release {release}"),
    }
}

/// `10 minutes`: in the largest unit that gives a whole number.
fn in_units(window: Duration) -> String {
    let seconds = window.as_secs();
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute")];
    let whole = units
        .into_iter()
        .find(|(length, _)| seconds > 0 && seconds.is_multiple_of(*length));
    let (length, unit) = whole.unwrap_or((1, "second"));
    let plural = if seconds == length { "" } else { "s" };
    format!("{} {unit}{plural}", seconds / length)
}

/// Texts that may stand where a condition cannot be understood, the likeliest first.
#[must_use]
pub fn suggestions(condition: &str, error: &SyntaxError) -> Vec<String> {
    let rest: String = condition.chars().skip(error.position - 1).collect();
    let rest = rest.trim_start();
    let typed: String = rest
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect();
    // What is expected begins with the innermost part of the language.
    let begins = |text: &str| error.expected.starts_with(text);
    let candidates: Vec<&str> = if begins("error_count") {
        Metric::ALL.iter().map(|metric| metric.as_str()).collect()
    } else if begins("one of >") {
        return texts(&[">", ">=", "<", "<=", "="]);
    } else if begins("a number") {
        return texts(&["threshold", "0", "1", "10", "100"]);
    } else if begins("a time") {
        let before: String = condition.chars().take(error.position - 1).collect();
        return windows(before.trim_end(), &typed);
    } else if begins("level, source") {
        FIELDS.to_vec()
    } else if begins("error, warning") {
        vec!["error", "warning", "info", "debug"]
    } else if begins("low, medium") {
        vec!["low", "medium", "high", "critical"]
    } else if begins("=") {
        return texts(&["="]);
    } else if begins("the end") {
        let before: String = condition.chars().take(error.position - 1).collect();
        if let Some((before, begun)) = begun_unit(&before) {
            return windows(before, &format!("{begun}{typed}"));
        }
        vec!["in", "where", "and"]
    } else {
        return Vec::new();
    };
    nearest(&typed.to_lowercase(), candidates)
}

/// Splits what was understood before the unit of a window whose first letters are a unit, as the `h` of `10 hurs`.
fn begun_unit(understood: &str) -> Option<(&str, &str)> {
    let before = understood.trim_end_matches(char::is_alphabetic);
    let begun = &understood[before.len()..];
    let before = before.trim_end();
    (!begun.is_empty() && before.ends_with(|c: char| c.is_ascii_digit())).then_some((before, begun))
}

fn texts(all: &[&str]) -> Vec<String> {
    all.iter().map(|text| (*text).to_owned()).collect()
}

/// Behind a number, the units with which it is a window; otherwise windows, with the number that was typed.
fn windows(before: &str, typed: &str) -> Vec<String> {
    let digits_of = |text: &str| {
        let from = text.trim_end_matches(|c: char| c.is_ascii_digit()).len();
        text[from..].to_owned()
    };
    let fits =
        |number: &str, unit: &str| super::span::parse_span(&format!("{number}{unit}")).is_ok();
    let behind = digits_of(before);
    if !behind.is_empty() {
        let units = ["minutes", "hours", "seconds", "days"];
        let units = units.into_iter().filter(|unit| fits(&behind, unit));
        return nearest(&typed.to_lowercase(), units.collect());
    }
    let number: String = typed.chars().take_while(char::is_ascii_digit).collect();
    let units = ["m", "h", "s", "d"].into_iter();
    let units = units.filter(|unit| fits(&number, unit));
    let mut all: Vec<String> = units.map(|unit| format!("{number}{unit}")).collect();
    if typed.to_lowercase().starts_with('t') {
        all.push("time_window".to_owned());
    }
    all.extend(texts(&["5m", "10m", "1h", "1d", "time_window"]));
    distinct(all)
}

fn nearest(typed: &str, candidates: Vec<&str>) -> Vec<String> {
    let mut candidates = candidates;
    if !typed.is_empty() {
        // Stable, so that equally near ones stay in their order.
        candidates.sort_by_key(|candidate| strsim::damerau_levenshtein(typed, candidate));
    }
    distinct(texts(&candidates))
}

fn distinct(all: Vec<String>) -> Vec<String> {
    let mut some: Vec<String> = Vec::new();
    for text in all {
        if !some.contains(&text) && some.len() < SUGGESTIONS {
            some.push(text);
        }
    }
    some
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suggested(condition: &str) -> Vec<String> {
        suggestions(condition, &Condition::parse(condition).unwrap_err())
    }

    #[test]
    fn conditions_are_said_in_words() {
        for (condition, sentence) in [
            (
                "critical_count > 25 in 10m where project = checkout-api",
                "More than 25 critical occurrences in project checkout-api within 10 minutes",
            ),
            (
                "error_rate >= threshold",
                "At least 7 occurrences a minute within 1 hour",
            ),
            (
                "new_errors = 1 in 90s where level = error and release = '1.2'",
                "Exactly 1 new error of level error in release 1.2 within 90 seconds",
            ),
            (
                "affected_users < 1.5 in 1d",
                "Fewer than 1.5 affected users within 1 day",
            ),
        ] {
            let parsed = Condition::parse(condition).unwrap();
            let explained = parsed.explain(7.0, Duration::from_secs(3_600), &[]);
            assert_eq!(explained.sentence, sentence);
        }
    }

    #[test]
    fn what_can_never_hold_is_told() {
        for (condition, warnings) in [
            ("error_count > 1", 0),
            ("error_count < 0", 1),
            ("error_count = 1.5", 1),
            ("error_rate = 1.5", 0),
            ("error_count > 1 where project = nowhere", 1),
            ("error_count > 1 where level = error and level = info", 1),
            ("error_count > 1 where level = error and level = error", 0),
            ("critical_count > 1 where severity = low", 1),
            ("warning_count > 1 where level = warning", 0),
        ] {
            let parsed = Condition::parse(condition).unwrap();
            let explained = parsed.explain(7.0, Duration::from_secs(60), &[]);
            assert_eq!(
                explained.warnings.len(),
                warnings,
                "{condition}: {explained:?}"
            );
        }
    }

    #[test]
    fn the_likeliest_text_is_suggested_first() {
        for (condition, first) in [
            ("error_cuont > 1", "error_count"),
            ("criticalcount > 1", "critical_count"),
            ("error_count 1", ">"),
            ("error_count > lots", "threshold"),
            ("error_count > 1 in 10", "minutes"),
            ("error_count > 1 in 10 hurs", "hours"),
            ("error_count > 1 in 5s", "5m"),
            ("error_count > 1 in tim", "time_window"),
            ("error_count > 1 im 5m", "in"),
            ("error_count > 1 were level = error", "where"),
            ("error_count > 1 where levl = error", "level"),
            ("error_count > 1 where level error", "="),
            ("error_count > 1 where level = eror", "error"),
            ("error_count > 1 where severity = hihg", "high"),
        ] {
            let suggested = suggested(condition);
            assert_eq!(
                suggested.first().map(String::as_str),
                Some(first),
                "{condition}"
            );
            assert!(suggested.len() <= 5);
        }
    }
}
