//! [`AnalyticsStore`](crate::analytics::AnalyticsStore) in process: recounts the occurrences each time.

use super::{MemoryStore, State};
use crate::analytics::{AnalyticsStore, Buckets, Summary, TrendFilter, TrendPoint, Window};
use crate::errors::{ActivityKind, ErrorGroup, Occurrence, Severity, resolution_start};
use crate::id::ErrorId;
use crate::ingest::{hour_of, rollup_text};
use crate::search::Facts;
use crate::store_error::StoreError;
use crate::tenancy::Scope;
use async_trait::async_trait;
use std::collections::HashSet;
use std::sync::Arc;
use time::{Duration, OffsetDateTime};

#[async_trait]
impl AnalyticsStore for MemoryStore {
    async fn get_summary(&self, scope: &Scope, windows: &[Window]) -> Result<Summary, StoreError> {
        let state = self.state();
        let errors: Vec<&ErrorGroup> = visible_errors(&state, scope).collect();
        let took: Vec<Duration> = errors
            .iter()
            .filter_map(|error| {
                let received = state.first_received(error);
                Some(error.state.resolved_at? - resolution_start(error.state.first_seen, received))
            })
            .collect();
        let number = u32::try_from(took.len()).unwrap_or(u32::MAX);
        let in_windows = windows.iter().map(|window| {
            let within =
                |one: &&Arc<Occurrence>| (window.from..window.to).contains(&hour_of(one.timestamp));
            visible_occurrences(&state, scope).filter(within).count() as u64
        });
        Ok(Summary {
            errors: errors.len() as u64,
            resolved: errors.iter().filter(|error| error.state.resolved).count() as u64,
            occurrences: errors
                .iter()
                .map(|error| error.state.count.unsigned_abs())
                .sum(),
            mean_resolution: (number > 0).then(|| took.iter().sum::<Duration>() / number),
            in_windows: in_windows.collect(),
        })
    }

    async fn get_mean_resolution(
        &self,
        scope: &Scope,
        environment: &str,
    ) -> Result<Option<Duration>, StoreError> {
        let state = self.state();
        let has_one = |error: &&ErrorGroup| {
            let own = state.fingerprints_of((error.project_id, error.state.id));
            let mut stored = state.occurrences_of(error.project_id, &own);
            stored.any(|one| rollup_text(&one.summary.environment) == rollup_text(environment))
        };
        let took: Vec<Duration> = visible_errors(&state, scope)
            .filter(has_one)
            .filter_map(|error| {
                let received = state.first_received(error);
                Some(error.state.resolved_at? - resolution_start(error.state.first_seen, received))
            })
            .collect();
        let number = u32::try_from(took.len()).unwrap_or(u32::MAX);
        Ok((number > 0).then(|| took.iter().sum::<Duration>() / number))
    }

    async fn get_trend(
        &self,
        scope: &Scope,
        filter: &TrendFilter,
        buckets: &Buckets,
    ) -> Result<Vec<TrendPoint>, StoreError> {
        let state = self.state();
        let mut points = vec![TrendPoint::default(); buckets.starts.len()];
        let counted = visible_occurrences(&state, scope).filter(|one| counts(&state, filter, one));
        for occurrence in counted {
            if let Some(bucket) = bucket_of(buckets, hour_of(occurrence.timestamp)) {
                points[bucket].occurrences += 1;
                points[bucket].critical +=
                    u64::from(occurrence.summary.severity == Severity::Critical);
            }
        }
        let mut resolved: HashSet<(usize, ErrorId)> = HashSet::new();
        for entry in &state.activity {
            let of_error = state
                .errors
                .get(&(entry.project_id, entry.error_id))
                .filter(|_| scope.projects().contains(&entry.project_id))
                .filter(|error| concerns(filter, error));
            if let (ActivityKind::Resolved, Some(error), Some(bucket)) =
                (entry.kind(), of_error, bucket_of(buckets, entry.at))
                && resolved.insert((bucket, error.state.id))
            {
                points[bucket].resolved += 1;
            }
        }
        Ok(points)
    }
}

pub(super) fn visible_errors<'a>(
    state: &'a State,
    scope: &'a Scope,
) -> impl Iterator<Item = &'a ErrorGroup> {
    let is_visible = |error: &&ErrorGroup| scope.projects().contains(&error.project_id);
    state.errors.values().filter(is_visible)
}

pub(super) fn visible_occurrences<'a>(
    state: &'a State,
    scope: &'a Scope,
) -> impl Iterator<Item = &'a Arc<Occurrence>> {
    let is_visible = |one: &&Arc<Occurrence>| scope.projects().contains(&one.project_id);
    let counted = state.occurrences.values().chain(state.retired.values());
    counted.filter(is_visible)
}

fn bucket_of(buckets: &Buckets, at: OffsetDateTime) -> Option<usize> {
    let begun = buckets.starts.partition_point(|start| *start <= at);
    begun.checked_sub(1).filter(|_| at < buckets.end)
}

pub(super) fn counts(state: &State, filter: &TrendFilter, occurrence: &Occurrence) -> bool {
    let owner = || {
        let key = (occurrence.project_id, occurrence.fingerprint);
        state.fingerprints.get(&key).map(|(_, error)| *error)
    };
    let TrendFilter {
        level,
        severity,
        source,
        environment,
        release,
        error,
    } = filter;
    let is_of_release =
        |wanted: &String| Facts::of(occurrence).tag("release") == Some(rollup_text(wanted));
    level.is_none_or(|level| level == occurrence.summary.level)
        && severity.is_none_or(|severity| severity == occurrence.summary.severity)
        && release.as_ref().is_none_or(is_of_release)
        && is_text(source.as_deref(), &occurrence.summary.source)
        && is_text(environment.as_deref(), &occurrence.summary.environment)
        && error.is_none_or(|error| owner() == Some(error))
}

pub(super) fn concerns(filter: &TrendFilter, of: &ErrorGroup) -> bool {
    let TrendFilter {
        level,
        severity,
        source,
        environment,
        release,
        error,
    } = filter;
    let own = of.summary.release.as_deref().unwrap_or_default();
    level.is_none_or(|level| level == of.summary.level)
        && severity.is_none_or(|severity| severity == of.summary.severity)
        && is_text(release.as_deref(), own)
        && is_text(source.as_deref(), &of.summary.source)
        && is_text(environment.as_deref(), &of.summary.environment)
        && error.is_none_or(|error| error == of.state.id)
}

fn is_text(wanted: Option<&str>, text: &str) -> bool {
    wanted.is_none_or(|wanted| rollup_text(wanted) == rollup_text(text))
}
