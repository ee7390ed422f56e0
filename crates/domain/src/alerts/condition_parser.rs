//! Parses the language of conditions:
//! `METRIC OP NUMBER|threshold [in DURATION|time_window] [where FIELD = VALUE [and ...]]`.

use super::condition::{Condition, Field, Limit, Metric, Within};
use super::span::{LONGEST_WINDOW, SHORTEST_WINDOW, span};
use crate::errors::{Level, Severity};
use crate::syntax::{SyntaxError, comparison, expected};
use winnow::ascii::{Caseless, float, space0, space1};
use winnow::combinator::{alt, cut_err, delimited, opt, preceded, separated};
use winnow::prelude::*;
use winnow::token::take_while;

impl Condition {
    /// Parses a condition.
    ///
    /// # Errors
    /// [`SyntaxError`] with the position.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        delimited(space0, condition, space0)
            .parse(text)
            .map_err(|error| {
                let end = "the end of the condition";
                SyntaxError::of(text, error.offset(), error.inner(), end)
            })
    }
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
        "severity" => {
            cut_err(value.verify_map(|text: String| {
                Severity::parse_reported(&text).ok().map(Field::Severity)
            }))
            .context(expected("low, medium, high or critical"))
            .parse_next(input)
        }
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

pub(super) const FIELDS: [&str; 6] = [
    "level",
    "source",
    "environment",
    "severity",
    "project",
    "release",
];

/// Parses a word without spaces, or quoted text.
fn value(input: &mut &str) -> ModalResult<String> {
    let quoted = |quote: char| delimited(quote, take_while(1.., move |c: char| c != quote), quote);
    let bare = take_while(1.., |c: char| !c.is_whitespace() && c != '"' && c != '\'');
    alt((quoted('"'), quoted('\''), bare))
        .map(str::to_owned)
        .parse_next(input)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::Comparison;
    use std::time::Duration;

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
}
