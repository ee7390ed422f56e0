//! [`ErrorStore`](crate::errors::ErrorStore) in process.

use super::{MemoryStore, State, newest_page};
use crate::errors::{
    Activity, ErrorDetail, ErrorFigures, ErrorGroup, FACET_VALUES, Facet, FacetValue, Facets,
    FeedEntry, Likeness, Occurrence, Status, TrendSpans, summary_message,
};
use crate::errors::{ErrorQuery, ErrorStore};
use crate::fingerprint::Fingerprint;
use crate::id::{ErrorId, ProjectId};
use crate::instant::micros;
use crate::page::{Cursor, Page, PageStart, page_length};
use crate::search::{
    self, Facts, Figures, OccurrenceFilter, Query, SearchedError, SearchedOccurrence,
};
use crate::store_error::StoreError;
use crate::tenancy::Scope;
use async_trait::async_trait;
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;
use time::{Duration, OffsetDateTime};

#[async_trait]
impl ErrorStore for MemoryStore {
    async fn list_errors(
        &self,
        scope: &Scope,
        query: &ErrorQuery,
    ) -> Result<Page<ErrorDetail>, StoreError> {
        let state = self.state();
        let search = query.whole_search();
        let mut found: Vec<(i64, ErrorDetail)> = state
            .errors
            .values()
            .filter(|error| scope.projects().contains(&error.project_id))
            .filter(|error| {
                let ids = query.ids.as_ref();
                ids.is_none_or(|ids| ids.contains(&error.state.id))
            })
            .filter_map(|error| state.found(error, query, &search))
            .collect();
        found.sort_unstable_by_key(|(rank, detail)| Reverse((*rank, detail.error.state.id)));
        let total = found.len() as u64;
        let key = |(rank, detail): &(i64, ErrorDetail)| (*rank, detail.error.state.id.0);
        let skipped = match query.start {
            PageStart::Offset(offset) => usize::try_from(offset).unwrap_or(usize::MAX),
            PageStart::After(Cursor { rank, id }) => {
                found.partition_point(|one| key(one) >= (rank, id))
            }
        };
        let rest = found.get(skipped..).unwrap_or_default();
        let bytes = rest.iter().map(|(_, detail)| {
            let latest = detail.latest.as_ref();
            latest.map_or(0, Occurrence::text_bytes)
        });
        let shown = &rest[..page_length(bytes, query.limit)];
        let last = shown.last().filter(|_| shown.len() < rest.len());
        let next = last.map(key).map(|(rank, id)| Cursor { rank, id });
        let items = shown.iter().map(|(_, detail)| detail.clone()).collect();
        Ok(Page { items, total, next })
    }

    async fn list_error_ids(
        &self,
        scope: &Scope,
        query: &ErrorQuery,
    ) -> Result<Vec<ErrorId>, StoreError> {
        let query = ErrorQuery {
            start: PageStart::default(),
            limit: u32::MAX,
            with_latest: false,
            ..query.clone()
        };
        let page = self.list_errors(scope, &query).await?;
        let all = page.items.into_iter();
        Ok(all.map(|detail| detail.error.state.id).collect())
    }

    async fn list_facets(&self, scope: &Scope, query: &ErrorQuery) -> Result<Facets, StoreError> {
        let state = self.state();
        let search = query.whole_search();
        let mut facets = Facets::default();
        for error in state.errors.values() {
            let is_asked = query
                .ids
                .as_ref()
                .is_none_or(|ids| ids.contains(&error.state.id));
            if is_asked
                && scope.projects().contains(&error.project_id)
                && state.found(error, query, &search).is_some()
            {
                state.add_to_facets(&mut facets, error, query, &search);
            }
        }
        let all = [
            &mut facets.level,
            &mut facets.severity,
            &mut facets.environment,
            &mut facets.release,
            &mut facets.source,
            &mut facets.status,
        ];
        for facet in all {
            facet.sort_by(|one, other| (other.count, &one.value).cmp(&(one.count, &other.value)));
            facet.truncate(usize::try_from(FACET_VALUES).unwrap_or(usize::MAX));
        }
        Ok(facets)
    }

    async fn list_candidates(
        &self,
        project: ProjectId,
        error: ErrorId,
        _like: &Likeness,
        limit: u32,
    ) -> Result<Vec<ErrorId>, StoreError> {
        let state = self.state();
        let others = state
            .errors
            .values()
            .filter(|other| other.project_id == project && other.state.id != error);
        let mut others: Vec<&ErrorGroup> = others.collect();
        others.sort_by_key(|other| Reverse((other.state.last_seen, other.state.id)));
        let others = others.into_iter().take(limit as usize);
        Ok(others.map(|other| other.state.id).collect())
    }

    async fn get_error(
        &self,
        scope: &Scope,
        id: ErrorId,
    ) -> Result<Option<ErrorDetail>, StoreError> {
        let state = self.state();
        let error = state.find(scope, id).and_then(|key| state.errors.get(&key));
        Ok(error.map(|error| ErrorDetail {
            error: error.clone(),
            latest: latest(&state, error),
            figures: None,
        }))
    }

    async fn list_occurrences(
        &self,
        scope: &Scope,
        id: ErrorId,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Option<Page<Occurrence>>, StoreError> {
        let state = self.state();
        let Some(key) = state.find(scope, id) else {
            return Ok(None);
        };
        let fingerprints = state.fingerprints_of(key);
        let all = state.occurrences_of(key.0, &fingerprints).collect();
        let (total, rest) = newest(all, after);
        let kept = page_length(rest.iter().map(|one| one.text_bytes()), limit);
        let items = rest[..kept].iter().map(|one| Occurrence::clone(one));
        let more = kept < rest.len();
        let page = Page::ending(items.collect(), more, total, |one: &Occurrence| one.id.0);
        Ok(Some(page))
    }

    async fn list_feed(
        &self,
        scope: &Scope,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<FeedEntry>, StoreError> {
        let state = self.state();
        let is_visible = |one: &&Arc<Occurrence>| scope.projects().contains(&one.project_id);
        let all = state.occurrences.values().filter(is_visible).collect();
        let (total, rest) = newest(all, after);
        let entry = |one: &Arc<Occurrence>| FeedEntry {
            id: one.id,
            timestamp: one.timestamp,
            severity: one.summary.severity,
            message: summary_message(&one.summary.message).to_owned(),
        };
        let items = rest.into_iter().map(entry).collect();
        Ok(Page::newest(items, limit, total, |one: &FeedEntry| {
            one.id.0
        }))
    }

    async fn list_activity(
        &self,
        scope: &Scope,
        id: ErrorId,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Activity>, StoreError> {
        let state = self.state();
        let key = state.find(scope, id);
        let own = state
            .activity
            .iter()
            .filter(|entry| Some((entry.project_id, entry.error_id)) == key);
        Ok(newest_page(own, (after, limit), |entry| entry.id.0))
    }

    async fn delete_errors(
        &self,
        scope: &Scope,
        ids: &[ErrorId],
    ) -> Result<Vec<ErrorId>, StoreError> {
        let mut state = self.state();
        let mut found = Vec::new();
        for id in ids {
            let Some(key) = state.find(scope, *id) else {
                continue;
            };
            found.push(*id);
            let gone = state.fingerprints_of(key);
            let is_gone = |fingerprint| gone.iter().any(|(owned, _)| *owned == fingerprint);
            state.errors.remove(&key);
            state.fingerprints.retain(|_, (_, error)| *error != key.1);
            state
                .past
                .retain(|(project, print), _| *project != key.0 || !is_gone(*print));
            state
                .event_ids
                .retain(|(project, _), (print, _)| *project != key.0 || !is_gone(*print));
            state
                .occurrences
                .retain(|(project, _), kept| *project != key.0 || !is_gone(kept.fingerprint));
            state
                .retired
                .retain(|(project, _), kept| *project != key.0 || !is_gone(kept.fingerprint));
            state
                .feedback
                .retain(|entry| entry.project != key.0 || !is_gone(entry.fingerprint));
            state
                .activity
                .retain(|entry| (entry.project_id, entry.error_id) != key);
            state.known_users.remove(&key);
            state.delete_discussion(key);
            state.delete_links(key);
        }
        Ok(found)
    }
}

/// Returns the number of occurrences, and those after the cursor, last received first.
fn newest(mut all: Vec<&Arc<Occurrence>>, after: Option<Cursor>) -> (u64, Vec<&Arc<Occurrence>>) {
    let total = all.len() as u64;
    all.retain(|occurrence| occurrence.id.0 < Cursor::bound(after));
    all.sort_unstable_by_key(|occurrence| Reverse(occurrence.id));
    (total, all)
}

fn latest(state: &State, error: &ErrorGroup) -> Option<Occurrence> {
    state
        .occurrences
        .get(&(error.project_id, error.latest_id))
        .map(|latest| Occurrence::clone(latest))
}

impl State {
    /// Returns whether an occurrence meets what a search asks of one.
    pub(super) fn matches(&self, one: &Occurrence, query: &ErrorQuery, search: &Query) -> bool {
        let facts = Facts::of(one);
        let searched = SearchedOccurrence {
            timestamp: one.timestamp,
            level: one.summary.level,
            severity: one.summary.severity,
            facts: &facts,
        };
        let mut newest = query.latest_releases.iter();
        let newest = newest.find(|(project, _)| *project == one.project_id);
        let newest = newest.map(|(_, version)| version.as_str());
        search.includes(one.timestamp)
            && search
                .required()
                .all(|filter| filter.holds(&searched, newest))
    }

    /// Returns an error with its rank and figures, if the search finds it.
    pub(super) fn found(
        &self,
        error: &ErrorGroup,
        query: &ErrorQuery,
        search: &Query,
    ) -> Option<(i64, ErrorDetail)> {
        let key = (error.project_id, error.state.id);
        let fingerprints = self.fingerprints_of(key);
        let stored: Vec<&Arc<Occurrence>> = self.occurrences_of(key.0, &fingerprints).collect();
        let facts: Vec<Facts> = stored.iter().map(|one| Facts::of(one)).collect();
        let occurrences: Vec<SearchedOccurrence<'_>> = stored
            .iter()
            .zip(&facts)
            .map(|(one, facts)| SearchedOccurrence {
                timestamp: one.timestamp,
                level: one.summary.level,
                severity: one.summary.severity,
                facts,
            })
            .collect();
        let owned: Vec<Fingerprint> = fingerprints.iter().map(|(owned, _)| *owned).collect();
        let mut newest = query.latest_releases.iter();
        let newest = newest.find(|(project, _)| *project == error.project_id);
        let project = self.projects.get(&error.project_id);
        let searched = SearchedError {
            project_id: error.project_id,
            project: project.map_or("", |project| project.slug.as_str()),
            newest_release: newest.map(|(_, version)| version.as_str()),
            fingerprints: &owned,
            states: &states(error),
            assigned_to: None,
            figures: Figures {
                count: error.state.count,
                users: Figures::of(&occurrences).map_or(0, |figures| figures.users),
                first_seen: error.state.first_seen,
                last_seen: error.state.last_seen,
            },
            occurrences: occurrences.clone(),
        };
        let of = search.find(&searched, query.viewer.member)?;
        let mut matching = occurrences;
        matching.retain(|one| {
            let holds = |filter: &OccurrenceFilter| filter.holds(one, searched.newest_release);
            search.includes(one.timestamp) && search.required().all(holds)
        });
        let times: Vec<OffsetDateTime> = matching.iter().map(|one| one.timestamp).collect();
        let spans = TrendSpans::at(query.now);
        let within = |from, end| {
            let hits = times
                .iter()
                .filter(|at| (from..end).contains(&micros(**at)));
            i64::try_from(hits.count()).unwrap_or(i64::MAX)
        };
        let recent = within(spans.recent, spans.end);
        let by_trend = TrendSpans::rank(recent, within(spans.from, spans.recent));
        let start = query.trend.start(query.trend_end(search));
        let buckets = (0..query.trend.counts()).map(|number| {
            let number = i32::try_from(number).unwrap_or(0);
            let from = micros(start + query.trend.width() * number);
            within(from, from + micros_of(query.trend.width()))
        });
        let latest = latest(self, error);
        let newest = latest.as_ref().map(Facts::of).unwrap_or_default();
        let detail = ErrorDetail {
            error: error.clone(),
            latest: latest.filter(|_| query.with_latest),
            figures: Some(ErrorFigures {
                of,
                trend: buckets.collect(),
                exception_type: newest.exception_type,
                culprit: newest.culprit,
            }),
        };
        Some((query.sort.rank(&of, by_trend), detail))
    }
}

impl State {
    /// Counts an error that matches.
    fn add_to_facets(
        &self,
        facets: &mut Facets,
        error: &ErrorGroup,
        query: &ErrorQuery,
        search: &Query,
    ) {
        let fingerprints = self.fingerprints_of((error.project_id, error.state.id));
        let newest = query
            .latest_releases
            .iter()
            .find(|(project, _)| *project == error.project_id)
            .map(|(_, version)| version.as_str());
        let mut values: BTreeSet<(&str, String)> = BTreeSet::new();
        for one in self.occurrences_of(error.project_id, &fingerprints) {
            let facts = Facts::of(one);
            let searched = SearchedOccurrence {
                timestamp: one.timestamp,
                level: one.summary.level,
                severity: one.summary.severity,
                facts: &facts,
            };
            let mut required = search.required();
            if search.includes(one.timestamp)
                && required.all(|filter| filter.holds(&searched, newest))
            {
                for key in ["level", "environment", "release", "source"] {
                    values.extend(facts.tag(key).map(|value| (key, value.to_owned())));
                }
                values.insert(("severity", one.summary.severity.as_str().to_owned()));
            }
        }
        for (key, value) in values {
            let facet = match key {
                "level" => &mut facets.level,
                "severity" => &mut facets.severity,
                "environment" => &mut facets.environment,
                "release" => &mut facets.release,
                _ => &mut facets.source,
            };
            add_to_facet(facet, value);
        }
        add_to_facet(&mut facets.status, error.state.status().as_str().to_owned());
        if error.state.regressed && error.state.status() == Status::Open {
            add_to_facet(&mut facets.status, "regressed".to_owned());
        }
    }
}

fn add_to_facet(facet: &mut Facet, value: String) {
    match facet.iter_mut().find(|one| one.value == value) {
        Some(known) => known.count += 1,
        None => facet.push(FacetValue { value, count: 1 }),
    }
}

fn micros_of(span: Duration) -> i64 {
    i64::try_from(span.whole_microseconds()).unwrap_or(i64::MAX)
}

/// Returns the states of an error that do not follow from other fields.
fn states(error: &ErrorGroup) -> Vec<search::State> {
    match error.state.status() {
        Status::Resolved => vec![search::State::Resolved],
        Status::Ignored => vec![search::State::Ignored],
        Status::Open if error.state.regressed => {
            vec![search::State::Open, search::State::Regressed]
        }
        Status::Open => vec![search::State::Open],
    }
}
