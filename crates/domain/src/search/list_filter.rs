//! The filter of a list of errors as terms of a search.

use super::facts::MAX_TAG_VALUE;
use super::key::TagKey;
use super::pattern::Pattern;
use super::query::{Filter, OccurrenceFilter, Query, State, Term, TextField};
use crate::errors::ErrorFilter;
use crate::text::start;

impl Query {
    /// Adds what a filter asks for; all must hold. Fields are compared exactly, and its words must be in a message.
    #[must_use]
    pub fn with(mut self, filter: &ErrorFilter) -> Self {
        let ErrorFilter {
            level,
            source,
            environment,
            severity,
            resolved,
            fingerprint,
            since,
            until,
            words,
        } = filter;
        self.narrow(*since, *until);
        let level = level.map(|level| OccurrenceFilter::Level(vec![(level, None)]));
        let severity = severity.map(|severity| OccurrenceFilter::Severity(vec![severity]));
        let source = source.as_deref().map(|value| exactly("source", value));
        let environment = environment.as_deref();
        let environment = environment.map(|value| exactly("environment", value));
        let occurrence = [level, severity, source, environment];
        let occurrence = occurrence.into_iter().flatten().map(Filter::Occurrence);
        let state = resolved.map(|resolved| match resolved {
            true => Filter::State(vec![State::Resolved]),
            false => Filter::State(vec![State::Open, State::Ignored]),
        });
        let fingerprint = fingerprint.map(|one| Filter::Fingerprint(vec![one]));
        let words = words.iter().map(|word| {
            let contained = Pattern::containing(word);
            Filter::Text(TextField::Message, vec![contained])
        });
        let filters = occurrence.chain(state).chain(fingerprint).chain(words);
        self.terms.extend(filters.map(|filter| Term {
            position: 0,
            negated: false,
            filter,
        }));
        self
    }
}

/// Compares as much of a value as tags keep.
fn exactly(key: &str, value: &str) -> OccurrenceFilter {
    let pattern = Pattern::exact(start(value, MAX_TAG_VALUE));
    OccurrenceFilter::Tag(TagKey::new(key), vec![pattern])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::errors::{Level, Severity};
    use time::macros::datetime;

    #[test]
    fn a_filter_becomes_terms() {
        let now = datetime!(2026-11-27 12:00 UTC);
        let later = datetime!(2026-11-26 12:00 UTC);
        let fingerprint = "5f0c1d2e3b4a59687786a5b4c3d2e1f0";
        let filter = ErrorFilter {
            level: Some(Level::Error),
            source: Some("Shop".to_owned()),
            environment: Some("eu*".to_owned()),
            severity: Some(Severity::High),
            resolved: Some(false),
            fingerprint: fingerprint.parse().ok(),
            since: Some(later),
            until: Some(now),
            words: vec!["Tea".to_owned(), "*".to_owned()],
        };
        let query = Query::parse("is:new since:7d until:1h", now).unwrap();
        let query = query.with(&filter);
        let text = format!(
            "level:error severity:high is:[open,ignored] fingerprint:{fingerprint} message:tea message:\"*\""
        );
        let written = Query::parse(&text, now).unwrap();
        let filters = |query: Query| query.terms.into_iter().map(|term| term.filter);
        let (exact, folded): (Vec<Filter>, Vec<Filter>) = filters(query.clone())
            .skip(1)
            .partition(|filter| filter.tags().count() > 0);
        assert_eq!(folded, filters(written).collect::<Vec<_>>());
        let tag = |key, value| Filter::Occurrence(exactly(key, value));
        assert_eq!(exact, [tag("source", "Shop"), tag("environment", "eu*")]);
        assert_eq!(query.since, Some(later));
        assert_eq!(query.until, Some(datetime!(2026-11-27 11:00 UTC)));
        let all = Query::all(now);
        assert_eq!(all.clone().with(&ErrorFilter::default()), all);
    }
}
