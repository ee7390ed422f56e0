//! [`PastMetricsStore`](crate::alerts::PastMetricsStore) in process.

use super::alert_metrics_store::{cell_of, cell_of_error};
use super::{MemoryStore, State};
use crate::alerts::{MetricCell, PastCount, PastCounts, PastMetric, PastMetricsStore, PastQuery};
use crate::errors::{ActivityKind, ErrorGroup, Occurrence, UserKey};
use crate::id::OccurrenceId;
use crate::ingest::hour_of;
use crate::store_error::StoreError;
use async_trait::async_trait;
use std::collections::BTreeMap;
use time::OffsetDateTime;

/// An event: when it counts, who was affected, and its dimensions.
type Event = (OffsetDateTime, Option<UserKey>, MetricCell);

#[async_trait]
impl PastMetricsStore for MemoryStore {
    async fn count_past(&self, query: &PastQuery) -> Result<PastCounts, StoreError> {
        let state = self.state();
        let events = match query.metric {
            PastMetric::Occurrences | PastMetric::Users => received(&state, query),
            PastMetric::Hours => by_hour(&state, query),
            PastMetric::NewErrors => new_errors(&state, query),
            PastMetric::Regressions => regressions(&state, query),
        };
        let mut counts: BTreeMap<(OffsetDateTime, Option<UserKey>), u64> = BTreeMap::new();
        let most = query.most as usize + 1;
        let read = events.len().min(most) as u64;
        for (at, user, cell) in events.into_iter().take(most) {
            if query.filter.matches(&cell) {
                *counts.entry((at, user)).or_default() += 1;
            }
        }
        let counts = counts
            .into_iter()
            .map(|((at, user), count)| PastCount { at, user, count });
        Ok(PastCounts {
            counts: counts.collect(),
            read,
        })
    }
}

fn second_of(at: OffsetDateTime) -> OffsetDateTime {
    at.replace_nanosecond(0).unwrap_or(at)
}

fn counts(state: &State, query: &PastQuery, one: &Occurrence) -> bool {
    let is_ignored = state.ignored.contains(&(one.project_id, one.id));
    query.projects.contains(&one.project_id) && (query.include_ignored || !is_ignored)
}

fn received(state: &State, query: &PastQuery) -> Vec<Event> {
    let part = OccurrenceId::first_of(query.from)..OccurrenceId::first_of(query.to);
    let users = query.metric == PastMetric::Users;
    let own = state.occurrences.values();
    let own = own.filter(|one| part.contains(&one.id) && counts(state, query, one));
    let events = own.map(|one| {
        let user = one.user_key().filter(|_| users);
        (second_of(one.timestamp), user, cell_of(one))
    });
    events
        .filter(|(_, user, _)| !users || user.is_some())
        .collect()
}

fn by_hour(state: &State, query: &PastQuery) -> Vec<Event> {
    let all = state.occurrences.values().chain(state.retired.values());
    let own = all.filter(|one| counts(state, query, one));
    let events = own.map(|one| {
        let mut cell = cell_of(one);
        cell.release = None;
        (hour_of(one.timestamp), None, cell)
    });
    let is_part = |event: &Event| (hour_of(query.from)..query.to).contains(&event.0);
    events.filter(is_part).collect()
}

fn errors<'a>(state: &'a State, query: &'a PastQuery) -> impl Iterator<Item = &'a ErrorGroup> {
    let all = state.errors.values();
    all.filter(|error| query.projects.contains(&error.project_id))
}

fn new_errors(state: &State, query: &PastQuery) -> Vec<Event> {
    let part = query.from..query.to;
    errors(state, query)
        .filter(|error| part.contains(&error.state.first_seen))
        .map(|error| {
            let at = second_of(error.state.first_seen);
            (at, None, cell_of_error(error))
        })
        .collect()
}

fn regressions(state: &State, query: &PastQuery) -> Vec<Event> {
    let part = query.from..query.to;
    let marks = state.activity.iter();
    let own =
        marks.filter(|mark| mark.kind() == ActivityKind::Regressed && part.contains(&mark.at));
    let events = own.filter_map(|mark| {
        let error = errors(state, query).find(|error| error.state.id == mark.error_id)?;
        Some((second_of(mark.at), None, cell_of_error(error)))
    });
    events.collect()
}
