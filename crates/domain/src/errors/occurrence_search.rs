//! What of a search concerns single occurrences.

use super::occurrence::Occurrence;
use super::summary::summary_message;
use crate::id::ProjectId;
use crate::search::{
    Facts, Filter, OccurrenceFilter, Pattern, Query, SearchedOccurrence, TextField,
};
use time::OffsetDateTime;

/// A condition on one occurrence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OccurrenceTerm {
    /// It meets a filter.
    Filter(OccurrenceFilter),
    /// Its message matches one of these.
    Message(Vec<Pattern>),
}

/// Conditions on single occurrences: all must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OccurrenceSearch {
    /// The conditions; `true` where the occurrence must not meet it.
    pub terms: Vec<(bool, OccurrenceTerm)>,
    /// Own times from this one on.
    pub since: Option<OffsetDateTime>,
    /// Own times before this one.
    pub until: Option<OffsetDateTime>,
    /// The newest release of each project that has one, where a filter speaks of it.
    pub latest_releases: Vec<(ProjectId, String)>,
}

impl OccurrenceSearch {
    /// Takes occurrence filters, `message:` and the range out of a search. Its other terms are about errors and say
    /// nothing of one occurrence.
    #[must_use]
    pub fn of(query: &Query) -> Self {
        let terms = query.terms.iter().filter_map(|term| {
            let taken = match &term.filter {
                Filter::Occurrence(filter) => OccurrenceTerm::Filter(filter.clone()),
                Filter::Text(TextField::Message, patterns) => {
                    OccurrenceTerm::Message(patterns.clone())
                }
                _ => return None,
            };
            Some((term.negated, taken))
        });
        Self {
            terms: terms.collect(),
            since: query.since,
            until: query.until,
            latest_releases: Vec::new(),
        }
    }

    /// Returns whether every occurrence meets it.
    #[must_use]
    pub const fn is_all(&self) -> bool {
        self.terms.is_empty() && self.since.is_none() && self.until.is_none()
    }

    /// Returns whether it looks at messages.
    #[must_use]
    pub fn reads_messages(&self) -> bool {
        let mut terms = self.terms.iter();
        terms.any(|(_, term)| matches!(term, OccurrenceTerm::Message(_)))
    }

    /// Returns whether a message meets the conditions on it: as much of the message as lists show.
    #[must_use]
    pub fn meets_message(&self, message: &str) -> bool {
        let message = summary_message(message);
        self.terms.iter().all(|(negated, term)| match term {
            OccurrenceTerm::Filter(_) => true,
            OccurrenceTerm::Message(patterns) => {
                patterns.iter().any(|pattern| pattern.matches(message)) != *negated
            }
        })
    }

    /// Returns whether an occurrence meets it: the reference for stores.
    #[must_use]
    pub fn meets(&self, occurrence: &Occurrence) -> bool {
        let facts = Facts::of(occurrence);
        let searched = SearchedOccurrence {
            timestamp: occurrence.timestamp,
            level: occurrence.summary.level,
            severity: occurrence.summary.severity,
            facts: &facts,
        };
        let mut latest = self.latest_releases.iter();
        let newest = latest
            .find(|(project, _)| *project == occurrence.project_id)
            .map(|(_, version)| version.as_str());
        let meets = |(negated, term): &(bool, OccurrenceTerm)| match term {
            OccurrenceTerm::Filter(filter) => filter.holds(&searched, newest) != *negated,
            OccurrenceTerm::Message(_) => true,
        };
        self.since.is_none_or(|since| occurrence.timestamp >= since)
            && self.until.is_none_or(|until| occurrence.timestamp < until)
            && self.terms.iter().all(meets)
            && self.meets_message(&occurrence.summary.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_about_errors_are_passed_over() {
        let now = OffsetDateTime::UNIX_EPOCH;
        let text = "is:open word assigned:me count:>1 users:>2 type:E project:p last_seen:<2h";
        let query = Query::parse(text, now).unwrap();
        assert!(OccurrenceSearch::of(&query).is_all());
        let query = Query::parse("message:a !environment:b since:1970-01-02", now).unwrap();
        let search = OccurrenceSearch::of(&query);
        assert_eq!(search.terms.len(), 2);
        assert_eq!(
            search.terms.iter().map(|term| term.0).collect::<Vec<_>>(),
            [false, true]
        );
        assert!(search.since.is_some() && search.reads_messages());
        assert!(search.meets_message("ä and A") && !search.meets_message("b"));
    }
}
