//! [`AlertMetricsStore`](crate::alerts::AlertMetricsStore) in process.

use super::{MemoryStore, State};
use crate::alerts::{AlertMetric, AlertMetricsStore, MetricCell, MetricDimensions, MetricFilter};
use crate::errors::{ActivityKind, ErrorGroup, Occurrence, UserKey};
use crate::id::{ErrorId, ProjectId};
use crate::ingest::hour_of;
use crate::notifications::{Notification, TopError};
use crate::store_error::StoreError;
use async_trait::async_trait;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};
use time::OffsetDateTime;

#[async_trait]
impl AlertMetricsStore for MemoryStore {
    async fn count_by_cell(
        &self,
        signal: AlertMetric,
        projects: &[ProjectId],
        since: &[OffsetDateTime],
        apart: &MetricDimensions,
    ) -> Result<Vec<(usize, MetricCell)>, StoreError> {
        let state = self.state();
        let happened = |place: usize| {
            let since = since.get(place).copied();
            let all = since.map(|since| happened(&state, signal, projects, since));
            let cells = all.unwrap_or_default().into_iter();
            cells
                .map(|(_, cell)| apart.applied(cell))
                .collect::<Vec<MetricCell>>()
        };
        let mut cells = Vec::new();
        for place in 0..since.len() {
            // Subtracts the events of later indexes, one for one.
            let mut later = happened(place + 1);
            for cell in happened(place) {
                match later.iter().position(|one| *one == cell) {
                    Some(counted) => drop(later.swap_remove(counted)),
                    None => cells.push((place, cell)),
                }
            }
        }
        Ok(cells)
    }

    async fn count_users(
        &self,
        projects: &[ProjectId],
        since: &[OffsetDateTime],
        filter: &MetricFilter,
        include_ignored: bool,
    ) -> Result<Vec<u64>, StoreError> {
        let state = self.state();
        let metric = if include_ignored {
            AlertMetric::AllOccurrences
        } else {
            AlertMetric::Occurrences
        };
        let counted = since.iter().map(|since| {
            let recent = occurrences(&state, metric, projects, *since);
            let admitted = recent.filter(|one| filter.matches(&cell_of(one)));
            let users: HashSet<UserKey> = admitted.filter_map(Occurrence::user_key).collect();
            users.len() as u64
        });
        Ok(counted.collect())
    }

    async fn list_top_errors(
        &self,
        signal: AlertMetric,
        projects: &[ProjectId],
        since: OffsetDateTime,
        filter: &MetricFilter,
    ) -> Result<Vec<TopError>, StoreError> {
        let state = self.state();
        let mut counts: BTreeMap<ErrorId, u64> = BTreeMap::new();
        for (error, cell) in happened(&state, signal, projects, since) {
            if filter.matches(&cell) {
                *counts.entry(error).or_default() += 1;
            }
        }
        let message = |id: ErrorId| {
            let mut errors = state.errors.values();
            let found = errors.find(|error| error.state.id == id);
            found
                .map(|error| error.summary.message.clone())
                .unwrap_or_default()
        };
        let mut top: Vec<TopError> = counts
            .into_iter()
            .map(|(id, count)| TopError {
                id,
                message: message(id),
                count,
            })
            .collect();
        top.sort_by_key(|error| Reverse((error.count, error.id)));
        top.truncate(Notification::TOP_ERRORS);
        Ok(top)
    }
}

fn occurrences<'a>(
    state: &'a State,
    signal: AlertMetric,
    projects: &'a [ProjectId],
    since: OffsetDateTime,
) -> impl Iterator<Item = &'a Occurrence> {
    let from = if signal.is_by_hour() {
        hour_of(since)
    } else {
        since
    };
    let include_ignored = matches!(
        signal,
        AlertMetric::AllOccurrences | AlertMetric::AllOccurrencesByHour
    );
    let own = state.occurrences.values().map(|one| &**one);
    own.filter(move |one| {
        projects.contains(&one.project_id)
            && one.timestamp >= from
            && (include_ignored || !state.ignored.contains(&(one.project_id, one.id)))
    })
}

/// Returns the events of a metric, each with its error.
fn happened(
    state: &State,
    signal: AlertMetric,
    projects: &[ProjectId],
    since: OffsetDateTime,
) -> Vec<(ErrorId, MetricCell)> {
    let of_error = |error: &ErrorGroup| (error.state.id, cell_of_error(error));
    let errors = || {
        let all = state.errors.values();
        all.filter(|error| projects.contains(&error.project_id))
    };
    match signal {
        AlertMetric::Occurrences
        | AlertMetric::OccurrencesByHour
        | AlertMetric::AllOccurrences
        | AlertMetric::AllOccurrencesByHour => {
            let recent = occurrences(state, signal, projects, since);
            let counted = recent.filter_map(|one| {
                let key = (one.project_id, one.fingerprint);
                let (_, error) = state.fingerprints.get(&key)?;
                let mut cell = cell_of(one);
                if signal.is_by_hour() {
                    cell.release = None;
                }
                Some((*error, cell))
            });
            counted.collect()
        }
        AlertMetric::NewErrors => errors()
            .filter(|error| error.state.created_at >= since && error.state.first_seen >= since)
            .map(of_error)
            .collect(),
        AlertMetric::Regressions => {
            let marks = state.activity.iter();
            let recent =
                marks.filter(|mark| mark.kind() == ActivityKind::Regressed && mark.at >= since);
            let own = recent.filter_map(|mark| {
                let mut all = errors();
                all.find(|error| error.state.id == mark.error_id)
            });
            own.map(of_error).collect()
        }
    }
}

/// Returns the dimensions of an error: those of its latest occurrence.
pub(super) fn cell_of_error(error: &ErrorGroup) -> MetricCell {
    MetricCell {
        project: error.project_id,
        level: error.summary.level,
        severity: error.summary.severity,
        source: error.summary.source.clone(),
        environment: error.summary.environment.clone(),
        release: error.summary.release.clone(),
        count: 1,
    }
}

/// Returns the dimensions of an occurrence.
pub(super) fn cell_of(occurrence: &Occurrence) -> MetricCell {
    MetricCell {
        project: occurrence.project_id,
        level: occurrence.summary.level,
        severity: occurrence.summary.severity,
        source: occurrence.summary.source.clone(),
        environment: occurrence.summary.environment.clone(),
        release: occurrence.summary.release.clone(),
        count: 1,
    }
}
