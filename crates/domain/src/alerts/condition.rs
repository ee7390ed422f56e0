//! The language of conditions:
//! `METRIC OP NUMBER|threshold [in DURATION|time_window] [where FIELD = VALUE [and ...]]`.

use super::span::{LONGEST_WINDOW, SHORTEST_WINDOW, span};
use crate::errors::{Level, Severity};
use std::fmt;
use std::time::Duration;
use winnow::ascii::{Caseless, float, space0, space1};
use winnow::combinator::{alt, cut_err, delimited, opt, preceded, separated};
use winnow::error::{StrContext, StrContextValue};
use winnow::prelude::*;
use winnow::token::take_while;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Metric {
    /// Occurrences.
    ErrorCount,
    /// Occurrences of critical severity.
    CriticalCount,
    /// Occurrences of level warning.
    WarningCount,
    /// Errors that occurred for the first time.
    NewErrors,
    /// Errors that occurred again after having been resolved.
    Regressions,
    /// Occurrences a minute.
    ErrorRate,
    /// Different `user.id`s among the occurrences (the whole `user` where it has no id).
    AffectedUsers,
}

impl Metric {
    /// Every metric.
    pub const ALL: [Self; 7] = [
        Self::ErrorCount,
        Self::CriticalCount,
        Self::WarningCount,
        Self::NewErrors,
        Self::Regressions,
        Self::ErrorRate,
        Self::AffectedUsers,
    ];

    /// The name in conditions.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ErrorCount => "error_count",
            Self::CriticalCount => "critical_count",
            Self::WarningCount => "warning_count",
            Self::NewErrors => "new_errors",
            Self::Regressions => "regressions",
            Self::ErrorRate => "error_rate",
            Self::AffectedUsers => "affected_users",
        }
    }
}

/// How it is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `>`
    More,
    /// `>=`
    AtLeast,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `=` or `==`
    Equal,
}

impl Comparison {
    /// Whether it holds.
    #[must_use]
    pub fn holds(self, value: f64, limit: f64) -> bool {
        match self {
            Self::More => value > limit,
            Self::AtLeast => value >= limit,
            Self::Less => value < limit,
            Self::AtMost => value <= limit,
            Self::Equal => (value - limit).abs() < f64::EPSILON,
        }
    }

    /// As conditions write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::More => ">",
            Self::AtLeast => ">=",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Equal => "=",
        }
    }
}

/// What it is compared with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Limit {
    /// A number in the condition.
    Number(f64),
    /// The rule's `threshold`.
    Threshold,
}

/// The stretch of time that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Within {
    /// One in the condition.
    Span(Duration),
    /// The rule's `time_window`, said or left out.
    TimeWindow,
}

/// What an occurrence must be to count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Field {
    /// Of this level.
    Level(Level),
    /// From this source.
    Source(String),
    /// In this environment.
    Environment(String),
    /// Of this severity.
    Severity(Severity),
    /// In this project, by short name or id.
    Project(String),
    /// Of this release.
    Release(String),
}

/// A condition, understood.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// What is measured.
    pub metric: Metric,
    /// How it is compared.
    pub comparison: Comparison,
    /// With what.
    pub limit: Limit,
    /// Over which time.
    pub within: Within,
    /// What must hold of an occurrence: all of it.
    pub fields: Vec<Field>,
}

/// The text is no condition.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot be understood at position {position}: expected {expected}")]
pub struct InvalidCondition {
    /// The character at fault, counted from 1.
    pub position: usize,
    /// What could have stood there.
    pub expected: String,
}

impl Condition {
    /// Reads a condition.
    ///
    /// # Errors
    /// [`InvalidCondition`], which points at the character.
    pub fn parse(text: &str) -> Result<Self, InvalidCondition> {
        delimited(space0, condition, space0)
            .parse(text)
            .map_err(|error| {
                let before = text.get(..error.offset()).unwrap_or_default();
                let expected: Vec<String> = error
                    .inner()
                    .context()
                    .filter_map(|context| match context {
                        StrContext::Expected(expected) => Some(expected.to_string()),
                        _ => None,
                    })
                    .collect();
                InvalidCondition {
                    position: before.chars().count() + 1,
                    expected: if expected.is_empty() {
                        "the end of the condition".to_owned()
                    } else {
                        expected.join(" or ")
                    },
                }
            })
    }
}

fn expected(what: &'static str) -> StrContext {
    StrContext::Expected(StrContextValue::Description(what))
}

fn condition(input: &mut &str) -> ModalResult<Condition> {
    let metric = cut_err(metric).context(expected(
        "error_count, critical_count, warning_count, new_errors, regressions, error_rate or affected_users",
    ));
    let comparison = cut_err(comparison).context(expected("one of > >= < <= = =="));
    let limit = cut_err(limit).context(expected("a number of at least 0, or threshold"));
    let within = cut_err(preceded(space1, within)).context(expected(
        "a time from 10s to 30d (5m, 5 minutes, 1 hour), or time_window",
    ));
    let fields = separated(1.., field, (space1, Caseless("and"), space1));
    let fields = cut_err(preceded(space1, fields)).context(expected(
        "level, source, environment, severity, project or release",
    ));
    let mut start = (space0, metric, space0, comparison, space0, limit);
    let (_, metric, _, comparison, _, limit) = start.parse_next(input)?;
    let within = opt(preceded((space1, Caseless("in")), within)).parse_next(input)?;
    let fields: Option<Vec<Field>> =
        opt(preceded((space1, Caseless("where")), fields)).parse_next(input)?;
    Ok(Condition {
        metric,
        comparison,
        limit,
        within: within.unwrap_or(Within::TimeWindow),
        fields: fields.unwrap_or_default(),
    })
}

fn word<'i>(input: &mut &'i str) -> ModalResult<&'i str> {
    take_while(1.., |c: char| c.is_ascii_alphanumeric() || c == '_').parse_next(input)
}

fn metric(input: &mut &str) -> ModalResult<Metric> {
    word.verify_map(|name: &str| {
        let is_named = |metric: &Metric| metric.as_str().eq_ignore_ascii_case(name);
        Metric::ALL.into_iter().find(is_named)
    })
    .parse_next(input)
}

fn comparison(input: &mut &str) -> ModalResult<Comparison> {
    alt((
        ">=".value(Comparison::AtLeast),
        "<=".value(Comparison::AtMost),
        ">".value(Comparison::More),
        "<".value(Comparison::Less),
        "==".value(Comparison::Equal),
        "=".value(Comparison::Equal),
    ))
    .parse_next(input)
}

fn limit(input: &mut &str) -> ModalResult<Limit> {
    alt((
        Caseless("threshold").value(Limit::Threshold),
        float
            .verify(|number: &f64| number.is_finite() && *number >= 0.0)
            .map(Limit::Number),
    ))
    .parse_next(input)
}

fn within(input: &mut &str) -> ModalResult<Within> {
    let bounds = SHORTEST_WINDOW..=LONGEST_WINDOW;
    alt((
        Caseless("time_window").value(Within::TimeWindow),
        span.verify(move |span| bounds.contains(span))
            .map(Within::Span),
    ))
    .parse_next(input)
}

fn field(input: &mut &str) -> ModalResult<Field> {
    let name =
        cut_err(word.verify(|name: &str| FIELDS.contains(&name.to_ascii_lowercase().as_str())))
            .context(expected(
                "level, source, environment, severity, project or release",
            ));
    let equals = (
        space0,
        cut_err(alt(("==", "="))).context(expected("=")),
        space0,
    );
    let (name, _) = (name, equals).parse_next(input)?;
    match name.to_ascii_lowercase().as_str() {
        "level" => cut_err(value.verify_map(|text: String| {
            Level::parse_reported(&text)
                .ok()
                .map(|(level, _)| Field::Level(level))
        }))
        .context(expected("error, warning, info or debug"))
        .parse_next(input),
        "severity" => cut_err(value.verify_map(|text: String| {
            text.to_ascii_lowercase().parse().ok().map(Field::Severity)
        }))
        .context(expected("low, medium, high or critical"))
        .parse_next(input),
        name => {
            let make = match name {
                "source" => Field::Source,
                "environment" => Field::Environment,
                "project" => Field::Project,
                _ => Field::Release,
            };
            cut_err(value)
                .context(expected("a value, in quotes if it holds spaces"))
                .map(make)
                .parse_next(input)
        }
    }
}

const FIELDS: [&str; 6] = [
    "level",
    "source",
    "environment",
    "severity",
    "project",
    "release",
];

/// A word without spaces, or anything in quotes.
fn value(input: &mut &str) -> ModalResult<String> {
    let quoted = |quote: char| delimited(quote, take_while(1.., move |c: char| c != quote), quote);
    let bare = take_while(1.., |c: char| !c.is_whitespace() && c != '"' && c != '\'');
    alt((quoted('"'), quoted('\''), bare))
        .map(str::to_owned)
        .parse_next(input)
}

impl fmt::Display for Condition {
    /// In the one way to write it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (metric, comparison) = (self.metric.as_str(), self.comparison.as_str());
        write!(f, "{metric} {comparison} ")?;
        match self.limit {
            Limit::Number(number) => write!(f, "{number}")?,
            Limit::Threshold => f.write_str("threshold")?,
        }
        match self.within {
            Within::Span(span) => write!(f, " in {}", super::write_span(span))?,
            Within::TimeWindow => f.write_str(" in time_window")?,
        }
        for (place, field) in self.fields.iter().enumerate() {
            let (name, value) = match field {
                Field::Level(level) => ("level", level.as_str()),
                Field::Source(text) => ("source", text.as_str()),
                Field::Environment(text) => ("environment", text.as_str()),
                Field::Severity(severity) => ("severity", severity.as_str()),
                Field::Project(text) => ("project", text.as_str()),
                Field::Release(text) => ("release", text.as_str()),
            };
            let joint = if place == 0 { "where" } else { "and" };
            let quote = if value.contains('"') { '\'' } else { '"' };
            write!(f, " {joint} {name} = {quote}{value}{quote}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Condition {
        Condition::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn both_styles_of_the_document_are_understood() {
        let literal = parsed("error_count > 50 in 5 minutes");
        assert_eq!(literal.metric, Metric::ErrorCount);
        assert_eq!(
            (literal.comparison, literal.limit),
            (Comparison::More, Limit::Number(50.0))
        );
        assert_eq!(literal.within, Within::Span(Duration::from_secs(300)));
        let named = parsed("error_count > threshold in time_window");
        assert_eq!(
            (named.limit, named.within),
            (Limit::Threshold, Within::TimeWindow)
        );
        assert_eq!(parsed("error_count > threshold").within, Within::TimeWindow);
    }

    #[test]
    fn every_part_may_be_written_in_its_ways() {
        let full = parsed(
            "  Affected_Users>=2.5 IN 1h WHERE level = WARN and source=api AND environment == \"eu west\" \
             and severity = Critical and project = web-1 and release = '1.0 \"beta\"' ",
        );
        assert_eq!(full.metric, Metric::AffectedUsers);
        assert_eq!(
            (full.comparison, full.limit),
            (Comparison::AtLeast, Limit::Number(2.5))
        );
        assert_eq!(
            full.fields,
            [
                Field::Level(Level::Warning),
                Field::Source("api".to_owned()),
                Field::Environment("eu west".to_owned()),
                Field::Severity(Severity::Critical),
                Field::Project("web-1".to_owned()),
                Field::Release("1.0 \"beta\"".to_owned()),
            ]
        );
        assert_eq!(
            Condition::parse(&full.to_string()),
            Ok(full),
            "as written by us"
        );
    }

    #[test]
    fn errors_point_at_the_position() {
        for (text, position, expected) in [
            ("", 1, "error_count"),
            ("errors > 5", 1, "error_count"),
            ("error_count 5", 13, "one of >"),
            ("error_count > ", 15, "a number"),
            ("error_count > -1", 15, "a number"),
            ("error_count > many", 15, "a number"),
            ("error_count > 5 in", 19, "a time"),
            ("error_count > 5 where", 22, "level, source"),
            ("error_count > 5 in 5 parsecs", 22, "a time"),
            ("error_count > 5 in 5s", 20, "a time"),
            ("error_count > 5 in 5m when x", 23, "the end"),
            ("error_count > 5 where colour = red", 23, "level, source"),
            ("error_count > 5 where level = loud", 31, "error, warning"),
            ("error_count > 5 where level error", 29, "="),
            ("error_count > 5 where source = \"open", 32, "a value"),
            ("error_count > 5; drop table", 16, "the end"),
            ("éé > 5", 1, "error_count"),
            ("error_count > 5 in 5m where source = é or", 40, "the end"),
        ] {
            let error = Condition::parse(text).unwrap_err();
            assert_eq!(error.position, position, "{text}: {error}");
            assert!(error.expected.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn comparisons_hold() {
        use Comparison::{AtLeast, AtMost, Equal, Less, More};
        let holding =
            |comparison: Comparison| [1.0, 2.0, 3.0].map(|value| comparison.holds(value, 2.0));
        assert_eq!(holding(More), [false, false, true]);
        assert_eq!(holding(AtLeast), [false, true, true]);
        assert_eq!(holding(Less), [true, false, false]);
        assert_eq!(holding(AtMost), [true, true, false]);
        assert_eq!(holding(Equal), [false, true, false]);
    }
}
