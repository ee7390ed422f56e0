//! [`BreakdownStore`](crate::analytics::BreakdownStore) in process: recounts the occurrences each time.

use super::analytics_store::{concerns, counts, visible_errors, visible_occurrences};
use super::{MemoryStore, State};
use crate::analytics::{
    BreakdownStore, Dimension, Distinct, ERRORS_MAX, HourCount, HourRange, Moments, TrendFilter,
    ValueCounts,
};
use crate::errors::{
    ActivityKind, ErrorGroup, ErrorQuery, ErrorStore, Occurrence, READ_MAX, Severity,
};
use crate::id::{ErrorId, ProjectId};
use crate::ingest::{hour_of, rollup_text};
use crate::search::{Facts, Query};
use crate::store_error::StoreError;
use crate::tenancy::Scope;
use async_trait::async_trait;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};
use time::OffsetDateTime;

#[async_trait]
impl BreakdownStore for MemoryStore {
    async fn count_values(
        &self,
        scope: &Scope,
        by: Dimension,
        filter: &TrendFilter,
        range: HourRange,
    ) -> Result<ValueCounts, StoreError> {
        let state = self.state();
        let mut values = ValueCounts::new();
        for one in visible_occurrences(&state, scope).filter(|one| counts(&state, filter, one)) {
            if is_within(range, hour_of(one.timestamp)) {
                *values.entry(value_of(by, one)).or_default() += 1;
            }
        }
        Ok(values)
    }

    async fn count_by_error(
        &self,
        scope: &Scope,
        filter: &TrendFilter,
        range: HourRange,
    ) -> Result<(HashMap<ErrorId, u64>, bool), StoreError> {
        let state = self.state();
        let seen = visible_errors(&state, scope).filter(|error| {
            error.state.last_seen >= range.since && error.state.first_seen < range.until
        });
        let mut seen: Vec<&ErrorGroup> = seen.collect();
        seen.sort_by_key(|error| Reverse((error.state.count, error.state.id)));
        let more = seen.len() > ERRORS_MAX as usize;
        seen.truncate(ERRORS_MAX as usize);
        let mut found: HashMap<ErrorId, u64> = HashMap::new();
        for one in visible_occurrences(&state, scope).filter(|one| counts(&state, filter, one)) {
            let owner = state.owner(one);
            if is_within(range, hour_of(one.timestamp))
                && let Some(error) = seen.iter().find(|error| Some(error.state.id) == owner)
            {
                *found.entry(error.state.id).or_default() += 1;
            }
        }
        Ok((found, more))
    }

    async fn count_distinct(
        &self,
        scope: &Scope,
        by: Dimension,
        query: &ErrorQuery,
    ) -> Result<Option<HashMap<Option<String>, Distinct>>, StoreError> {
        let state = self.state();
        let search = query.whole_search();
        let stored = state.occurrences.values();
        let matching = stored
            .filter(|one| scope.projects().contains(&one.project_id))
            .filter(|one| state.matches(one, query, &search));
        let mut sets: HashMap<Option<String>, (HashSet<ErrorId>, HashSet<String>)> = HashMap::new();
        for one in matching {
            let (errors, users) = sets.entry(value_of(by, one)).or_default();
            errors.extend(state.owner(one));
            users.extend(Facts::of(one).user);
        }
        let distinct = sets.into_iter().map(|(value, (errors, users))| {
            let distinct = Distinct {
                errors: errors.len() as u64,
                users: users.len() as u64,
            };
            (value, distinct)
        });
        Ok(Some(distinct.collect()))
    }

    async fn count_hours(
        &self,
        scope: &Scope,
        query: &ErrorQuery,
        range: HourRange,
    ) -> Result<Option<Vec<HourCount>>, StoreError> {
        let found = self.list_error_ids(scope, query).await?;
        let state = self.state();
        let search: Query = query.whole_search();
        let mut hours: BTreeMap<usize, HourCount> = BTreeMap::new();
        let mut read = 0;
        for one in state.occurrences.values() {
            let is_found = state.owner(one).is_some_and(|owner| found.contains(&owner));
            if !is_found || !state.matches(one, query, &search) {
                continue;
            }
            read += 1;
            let hour = hours_since(range, one.timestamp);
            let cell = hours.entry(hour).or_insert(HourCount {
                hour,
                ..HourCount::default()
            });
            cell.count += 1;
            cell.critical += u64::from(one.summary.severity == Severity::Critical);
        }
        Ok((read <= READ_MAX).then(|| hours.into_values().collect()))
    }

    async fn count_new_errors(
        &self,
        scope: &Scope,
        filter: &TrendFilter,
        range: HourRange,
        _bounded: bool,
    ) -> Result<Option<Vec<HourCount>>, StoreError> {
        let state = self.state();
        let by_latest = TrendFilter {
            release: None,
            ..filter.clone()
        };
        let mut hours: BTreeMap<usize, HourCount> = BTreeMap::new();
        for error in visible_errors(&state, scope) {
            let first = state.earliest_release((error.project_id, error.state.id));
            let is_of_release = filter
                .release
                .as_deref()
                .is_none_or(|wanted| first.as_deref() == Some(rollup_text(wanted)));
            if is_within(range, error.state.first_seen)
                && concerns(&by_latest, error)
                && is_of_release
            {
                let hour = hours_since(range, error.state.first_seen);
                let cell = hours.entry(hour).or_insert(HourCount {
                    hour,
                    ..HourCount::default()
                });
                cell.count += 1;
            }
        }
        Ok(Some(hours.into_values().collect()))
    }

    async fn list_moments(
        &self,
        scope: &Scope,
        errors: &[ErrorId],
        range: HourRange,
    ) -> Result<Moments, StoreError> {
        let state = self.state();
        let is_asked = |project: &ProjectId, error: &ErrorId| {
            scope.projects().contains(project) && errors.contains(error)
        };
        let resolved = state.activity.iter().filter(|entry| {
            entry.kind() == ActivityKind::Resolved
                && is_asked(&entry.project_id, &entry.error_id)
                && is_within(range, entry.at)
        });
        let seen = visible_errors(&state, scope)
            .filter(|error| is_asked(&error.project_id, &error.state.id))
            .map(|error| error.state.first_seen)
            .filter(|at| is_within(range, *at));
        Ok(Moments {
            resolved: resolved.map(|entry| (entry.error_id, entry.at)).collect(),
            first_seen: seen.collect(),
        })
    }
}

fn is_within(range: HourRange, at: OffsetDateTime) -> bool {
    (range.since..range.until).contains(&at)
}

fn hours_since(range: HourRange, at: OffsetDateTime) -> usize {
    usize::try_from((at - range.since).whole_hours()).unwrap_or(usize::MAX)
}

/// Returns an occurrence's value of a dimension.
fn value_of(by: Dimension, one: &Occurrence) -> Option<String> {
    let summary = &one.summary;
    match by {
        Dimension::Project => Some(one.project_id.to_string()),
        Dimension::Release => Facts::of(one).tag("release").map(str::to_owned),
        Dimension::Environment => Some(rollup_text(&summary.environment).to_owned()),
        Dimension::Source => Some(rollup_text(&summary.source).to_owned()),
        Dimension::Level => Some(summary.level.as_str().to_owned()),
        Dimension::Severity => Some(summary.severity.as_str().to_owned()),
    }
}

impl State {
    /// Returns the error that an occurrence belongs to.
    fn owner(&self, one: &Occurrence) -> Option<ErrorId> {
        let owner = self.fingerprints.get(&(one.project_id, one.fingerprint));
        owner.map(|(_, error)| *error)
    }

    /// Returns the release of the earliest occurrence that an error ever had.
    fn earliest_release(&self, key: (ProjectId, ErrorId)) -> Option<String> {
        let pasts = self.pasts_of(key).into_iter();
        let earliest = pasts.filter_map(|(_, past)| past.earliest.clone()).min();
        earliest.and_then(|(.., release)| release)
    }
}
