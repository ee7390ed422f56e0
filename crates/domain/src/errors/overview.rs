//! Service: figures of errors and of lists of them.

use super::error_group::ErrorFilter;
use super::error_store::ErrorQuery;
use super::figure_store::{FigureStore, Neighbors};
use super::finder::ErrorFinder;
use super::history::ErrorHistory;
use super::tally::{MatchCount, Tallies, Tally};
use crate::clock::Clock;
use crate::id::ErrorId;
use crate::search::{Filter, Query, State, Term};
use crate::store_error::StoreError;
use crate::tenancy::Scope;
use std::sync::Arc;
use time::{Duration, UtcOffset};

/// What the errors of a list are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Errors by state, whatever states the search asks for.
    pub states: Tallies,
    /// Whether counters know the states, so that they are exact at any size.
    pub known: bool,
    /// Occurrences and users of the search as it stands.
    pub matching: MatchCount,
}

/// Reads figures of errors, including what was recorded just now.
pub struct Overview {
    figures: Arc<dyn FigureStore>,
    finder: Arc<ErrorFinder>,
    clock: Arc<dyn Clock>,
}

impl Overview {
    /// Creates the service.
    #[must_use]
    pub fn new(
        figures: Arc<dyn FigureStore>,
        finder: Arc<ErrorFinder>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            figures,
            finder,
            clock,
        }
    }

    /// Returns an error's past, with its occurrences of this UTC day; `None` when it does not exist.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn history(
        &self,
        scope: &Scope,
        id: ErrorId,
    ) -> Result<Option<ErrorHistory>, StoreError> {
        let today = self.clock.now().to_offset(UtcOffset::UTC).truncate_to_day();
        self.finder.refresh().await;
        let within = (today, today + Duration::DAY);
        self.figures.get_history(scope, id, within).await
    }

    /// Counts errors by state.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn tallies(&self, scope: &Scope) -> Result<Tallies, StoreError> {
        self.figures.get_tallies(scope).await
    }

    /// Counts what a list finds, of what is indexed.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn counts(&self, scope: &Scope, query: &ErrorQuery) -> Result<Counts, StoreError> {
        let query = self.finder.with_latest_releases(scope, query).await?;
        let search = query.whole_search();
        let stateless = without_states(&search);
        let is_project = |term: &Term| matches!(term.filter, Filter::Project(_));
        let known =
            stateless.terms.iter().all(is_project) && !stateless.has_range() && query.ids.is_none();
        let states = if known && stateless.is_all() {
            self.figures.get_tallies(scope).await?
        } else {
            // The filter is part of the search already.
            let query = ErrorQuery {
                filter: ErrorFilter::default(),
                search: Some(stateless),
                ..query.clone().into_owned()
            };
            self.figures.count_by_state(scope, &query).await?
        };
        let matching = if known {
            MatchCount {
                occurrences: Some(states.asked_for(&search).occurrences),
                users: Some(self.figures.count_users(scope, &query).await?),
            }
        } else {
            self.figures.count_matches(scope, &query).await?
        };
        Ok(Counts {
            states,
            known,
            matching,
        })
    }

    /// Returns whether counters know how many errors a list finds: that of a search for states alone.
    #[must_use]
    pub fn counters_know(query: &ErrorQuery) -> bool {
        query.ids.is_none() && without_states(&query.whole_search()).is_all()
    }

    /// Returns how many errors a list finds, where [counters know](Self::counters_know) it.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn known_total(
        &self,
        scope: &Scope,
        query: &ErrorQuery,
    ) -> Result<Option<u64>, StoreError> {
        if !Self::counters_know(query) {
            return Ok(None);
        }
        let search = query.whole_search();
        let tallies = self.figures.get_tallies(scope).await?;
        Ok(Some(tallies.asked_for(&search).errors))
    }

    /// Finds an error's place in a list; `None` when it does not exist.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn neighbors(
        &self,
        scope: &Scope,
        query: &ErrorQuery,
        id: ErrorId,
    ) -> Result<Option<Neighbors>, StoreError> {
        self.finder.refresh().await;
        let query = self.finder.with_latest_releases(scope, query).await?;
        self.figures.find_neighbors(scope, &query, id).await
    }
}

/// Whether a term asks for states of which an error is in one.
fn is_of_states(term: &Term) -> bool {
    use State::{Ignored, Open, Regressed, Resolved};
    match &term.filter {
        Filter::State(states) => states
            .iter()
            .all(|state| matches!(state, Open | Resolved | Ignored | Regressed)),
        _ => false,
    }
}

/// Returns a search without the terms that ask for states.
fn without_states(search: &Query) -> Query {
    let mut search = search.clone();
    search.terms.retain(|term| !is_of_states(term));
    search
}

impl Tallies {
    /// Joins the tallies that the state terms of a search ask for.
    fn asked_for(&self, search: &Query) -> Tally {
        let all = [
            (self.calm, &[State::Open][..]),
            (self.regressed, &[State::Open, State::Regressed]),
            (self.ignored, &[State::Ignored]),
            (self.resolved, &[State::Resolved]),
        ];
        let asked = all.into_iter().filter(|(_, own)| {
            search.terms.iter().all(|term| match &term.filter {
                Filter::State(states) => {
                    states.iter().any(|state| own.contains(state)) != term.negated
                }
                _ => true,
            })
        });
        asked.fold(Tally::default(), |sum, (tally, _)| sum.and(tally))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::OffsetDateTime;

    #[test]
    fn state_terms_choose_tallies() {
        let tally = |occurrences| Tally {
            errors: 1,
            occurrences,
        };
        let tallies = Tallies {
            calm: tally(1),
            regressed: tally(10),
            ignored: tally(100),
            resolved: tally(1_000),
        };
        for (text, expected) in [
            ("", 1_111),
            ("is:open", 11),
            ("is:regressed", 10),
            ("!is:resolved", 111),
            ("is:[ignored,resolved]", 1_100),
            ("is:open is:resolved", 0),
        ] {
            let query = Query::parse(text, OffsetDateTime::UNIX_EPOCH).unwrap();
            assert!(without_states(&query).is_all(), "{text}");
            assert_eq!(tallies.asked_for(&query).occurrences, expected, "{text}");
        }
        let other = Query::parse("is:assigned is:open", OffsetDateTime::UNIX_EPOCH).unwrap();
        assert_eq!(without_states(&other).terms.len(), 1);
    }
}
