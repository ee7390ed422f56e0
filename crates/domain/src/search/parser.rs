//! Parses searches: terms parted by blanks.

use super::bounds::Bounds;
use super::fold::fold;
use super::key::{TagKey, is_of_key};
use super::lexer::{Lexeme, Written, lexeme};
use super::moment::{parse_range_limit, time_bounds};
use super::pattern::Pattern;
use super::query::{
    Assignee, FigureFilter, Filter, OccurrenceFilter, Presence, Query, ReleaseValue, State, Term,
    TextField,
};
use crate::errors::{Level, Severity};
use crate::syntax::{Comparison, SyntaxError, comparison};
use std::borrow::Cow;
use time::OffsetDateTime;
use winnow::Parser;

/// Maximum characters of a search.
pub const MAX_QUERY: usize = 2_000;
/// Maximum terms of a search.
pub const MAX_TERMS: usize = 30;
/// Maximum values of a list.
pub const MAX_VALUES: usize = 20;

/// What was expected of a term.
type Expected = Cow<'static, str>;

impl Query {
    /// Parses a search. Ages and dates are resolved against `now`.
    ///
    /// # Errors
    /// [`SyntaxError`] with the position of the term at fault.
    pub fn parse(text: &str, now: OffsetDateTime) -> Result<Self, SyntaxError> {
        if let Some((end, _)) = text.char_indices().nth(MAX_QUERY) {
            let limit = format!("at most {MAX_QUERY} characters");
            return Err(SyntaxError::at(text, end, limit));
        }
        let mut query = Self::all(now);
        let mut terms = 0;
        let mut offset = 0;
        while let Some(blanks) = text[offset..].find(|c: char| !c.is_whitespace()) {
            offset += blanks;
            let (lexeme, end) = lexeme(text, offset)?;
            terms += 1;
            let understood = if terms > MAX_TERMS {
                Err(format!("at most {MAX_TERMS} terms").into())
            } else {
                query.add(&lexeme, text[..offset].chars().count() + 1)
            };
            understood.map_err(|expected| SyntaxError::at(text, offset, expected))?;
            offset = end;
        }
        Ok(query)
    }

    fn add(&mut self, lexeme: &Lexeme<'_>, position: usize) -> Result<(), Expected> {
        if lexeme.values.len() > MAX_VALUES {
            return Err(format!("at most {MAX_VALUES} values").into());
        }
        if let Some(key @ ("since" | "until")) = lexeme.key {
            let limit = range_limit(lexeme, self.now)?;
            match key {
                "since" => self.narrow(Some(limit), None),
                _ => self.narrow(None, Some(limit)),
            }
            return Ok(());
        }
        self.terms.push(Term {
            position,
            negated: lexeme.negated,
            filter: filter(lexeme, self.now)?,
        });
        Ok(())
    }
}

fn range_limit(lexeme: &Lexeme<'_>, now: OffsetDateTime) -> Result<OffsetDateTime, Expected> {
    match &lexeme.values[..] {
        _ if lexeme.negated => Err("a range without a sign before it".into()),
        [limit] if !lexeme.listed => {
            let limit = parse_range_limit(limit.text(), now);
            limit.ok_or_else(|| A_TIME.into())
        }
        _ => Err("a single time, not a list".into()),
    }
}

const A_TIME: &str = "a time such as 2026-11-20T12:00:00Z, a date such as 2026-11-20, or an age such as 30m, 2h, 7d, 4w";

fn filter(lexeme: &Lexeme<'_>, now: OffsetDateTime) -> Result<Filter, Expected> {
    let values = &lexeme.values;
    let Some(key) = lexeme.key else {
        let words = values.iter().map(|word| Pattern::containing(word.text()));
        return Ok(Filter::Text(TextField::Any, words.collect()));
    };
    let contained = |value: &Written<'_>| pattern(value).anywhere();
    Ok(match key {
        "message" => Filter::Text(TextField::Message, values.iter().map(contained).collect()),
        "type" => Filter::Text(TextField::Type, patterns(values)),
        "is" => Filter::State(each(values, state)?),
        "assigned" => Filter::Assigned(values.iter().map(assignee).collect()),
        "project" => Filter::Project(patterns(values)),
        "fingerprint" => Filter::Fingerprint(each(values, |value| {
            let fingerprint = value.text().parse();
            fingerprint.map_err(|_| "a fingerprint of 32 hexadecimal digits".into())
        })?),
        "count" => Filter::Figure(FigureFilter::Count(each(values, count)?)),
        "users" => Filter::Figure(FigureFilter::Users(each(values, count)?)),
        "first_seen" => {
            let bounds = each(values, |value| seen(value, now))?;
            Filter::Figure(FigureFilter::FirstSeen(bounds))
        }
        "last_seen" => {
            let bounds = each(values, |value| seen(value, now))?;
            Filter::Figure(FigureFilter::LastSeen(bounds))
        }
        key => Filter::Occurrence(of_occurrence(key, values)?),
    })
}

fn of_occurrence(key: &str, values: &[Written<'_>]) -> Result<OccurrenceFilter, Expected> {
    Ok(match key {
        "level" => OccurrenceFilter::Level(each(values, |value| {
            let level = Level::parse_reported(value.text());
            level.map_err(|_| "error, warning, info, debug, fatal or critical".into())
        })?),
        "severity" => OccurrenceFilter::Severity(each(values, |value| {
            let severity = Severity::parse_reported(value.text());
            severity.map_err(|_| "low, medium, high or critical".into())
        })?),
        "release" => OccurrenceFilter::Release(values.iter().map(release).collect()),
        "user" => OccurrenceFilter::User(patterns(values)),
        "has" => OccurrenceFilter::Has(each(values, presence)?),
        key => OccurrenceFilter::Tag(TagKey::new(key), patterns(values)),
    })
}

fn each<'v, T>(
    values: &'v [Written<'v>],
    read: impl Fn(&'v Written<'v>) -> Result<T, Expected>,
) -> Result<Vec<T>, Expected> {
    values.iter().map(read).collect()
}

fn patterns(values: &[Written<'_>]) -> Vec<Pattern> {
    values.iter().map(pattern).collect()
}

fn pattern(value: &Written<'_>) -> Pattern {
    match value {
        Written::Word(text) => Pattern::with_wildcards(text),
        Written::Quoted(text) => Pattern::literal(text),
    }
}

/// Whether a value is a word with a meaning of its own. In quotes it is a name.
fn is_word(value: &Written<'_>, word: &str) -> bool {
    matches!(value, Written::Word(text) if fold(text) == word)
}

fn state(value: &Written<'_>) -> Result<State, Expected> {
    match fold(value.text()).as_str() {
        "unresolved" => Ok(State::Open),
        name => State::named(name).ok_or_else(|| {
            let names = State::ALL.map(State::as_str).join(", ");
            format!("one of {names}, unresolved").into()
        }),
    }
}

fn assignee(value: &Written<'_>) -> Assignee {
    if is_word(value, "me") {
        Assignee::Me
    } else if is_word(value, "none") {
        Assignee::Nobody
    } else {
        Assignee::Member(pattern(value))
    }
}

fn release(value: &Written<'_>) -> ReleaseValue {
    if is_word(value, "latest") {
        ReleaseValue::Latest
    } else {
        ReleaseValue::Version(pattern(value))
    }
}

fn presence(value: &Written<'_>) -> Result<Presence, Expected> {
    let key = value.text();
    if key.is_empty() || !key.chars().all(is_of_key) {
        return Err("the key of a tag or a field".into());
    }
    Ok(match key {
        "message" | "severity" | "project" | "fingerprint" => Presence::Always,
        "type" => Presence::ExceptionType,
        key => Presence::Tag(TagKey::new(key)),
    })
}

/// Splits a comparison off a value: none compares for equality.
fn compared<'v>(value: &'v Written<'_>) -> (Comparison, &'v str) {
    let mut rest = value.text();
    match comparison.parse_next(&mut rest) {
        Ok(comparison) => (comparison, rest),
        Err(_) => (Comparison::Equal, value.text()),
    }
}

fn count(value: &Written<'_>) -> Result<Bounds<i64>, Expected> {
    let (comparison, number) = compared(value);
    let bounds = Bounds::parse(comparison, number);
    bounds.ok_or_else(|| "a whole number, also after >, >=, <, <= or =".into())
}

fn seen(value: &Written<'_>, now: OffsetDateTime) -> Result<Bounds<OffsetDateTime>, Expected> {
    let (comparison, time) = compared(value);
    let bounds = time_bounds(comparison, time, now);
    bounds.ok_or_else(|| format!("{A_TIME}, also after >, >=, <, <= or =").into())
}
