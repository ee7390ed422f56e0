//! Port: metrics of alert rules.

use crate::errors::{Level, Severity};
use crate::id::ProjectId;
use crate::notifications::TopError;
use crate::store_error::StoreError;
use async_trait::async_trait;
use std::collections::BTreeSet;
use time::OffsetDateTime;

/// What to count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AlertMetric {
    /// Occurrences, with microsecond precision.
    Occurrences,
    /// Occurrences, by whole hours and without release: for long windows.
    OccurrencesByHour,
    /// As [`Occurrences`](Self::Occurrences), with those that were recorded while their error was ignored.
    AllOccurrences,
    /// As [`OccurrencesByHour`](Self::OccurrencesByHour), with those that were recorded while their error was ignored.
    AllOccurrencesByHour,
    /// Errors that occurred for the first time.
    NewErrors,
    /// Errors that occurred again after they had been resolved.
    Regressions,
}

impl AlertMetric {
    /// Returns whether events count by whole hours.
    #[must_use]
    pub const fn is_by_hour(self) -> bool {
        matches!(self, Self::OccurrencesByHour | Self::AllOccurrencesByHour)
    }
}

/// A count with the values of its dimensions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricCell {
    /// Project.
    pub project: ProjectId,
    /// Level.
    pub level: Level,
    /// Severity.
    pub severity: Severity,
    /// Source.
    pub source: String,
    /// Environment.
    pub environment: String,
    /// Release.
    pub release: Option<String>,
    /// The count.
    pub count: u64,
}

/// The dimension values that the rules of a round filter by. All other sources and environments count as the empty
/// one, all other releases as none, so that the number of cells does not grow with what is reported.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MetricDimensions {
    /// Sources.
    pub sources: BTreeSet<String>,
    /// Environments.
    pub environments: BTreeSet<String>,
    /// Releases.
    pub releases: BTreeSet<String>,
}

impl MetricDimensions {
    /// Adds the dimension values of a filter.
    pub fn add(&mut self, filter: &MetricFilter) {
        self.sources.extend(filter.source.clone());
        self.environments.extend(filter.environment.clone());
        self.releases.extend(filter.release.clone());
    }

    /// Maps the dimensions of a cell to those values.
    #[must_use]
    pub fn applied(&self, mut cell: MetricCell) -> MetricCell {
        let known = |values: &BTreeSet<String>, value: String| {
            if values.contains(&value) {
                value
            } else {
                String::new()
            }
        };
        cell.source = known(&self.sources, cell.source);
        cell.environment = known(&self.environments, cell.environment);
        cell.release = cell
            .release
            .filter(|release| self.releases.contains(release));
        cell
    }
}

/// Filter of the occurrences to count; all given fields must match.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct MetricFilter {
    /// Level.
    pub level: Option<Level>,
    /// Severity.
    pub severity: Option<Severity>,
    /// Source, exact.
    pub source: Option<String>,
    /// Environment, exact.
    pub environment: Option<String>,
    /// Release, exact.
    pub release: Option<String>,
}

impl MetricFilter {
    /// Returns whether a cell matches the filter.
    #[must_use]
    pub fn matches(&self, cell: &MetricCell) -> bool {
        self.level.is_none_or(|level| level == cell.level)
            && self
                .severity
                .is_none_or(|severity| severity == cell.severity)
            && self
                .source
                .as_ref()
                .is_none_or(|source| *source == cell.source)
            && self
                .environment
                .as_ref()
                .is_none_or(|named| *named == cell.environment)
            && self
                .release
                .as_ref()
                .is_none_or(|release| Some(release) == cell.release.as_ref())
    }
}

/// Sums counts since each of several ascending times, from counts keyed by the index of the last time at or before
/// the event.
#[must_use]
pub fn since_each(times: usize, by_place: impl IntoIterator<Item = (usize, u64)>) -> Vec<u64> {
    let mut counts = vec![0; times];
    for (place, count) in by_place {
        for one in counts.iter_mut().take(place + 1) {
            *one += count;
        }
    }
    counts
}

/// Counts events since a time. Occurrences count at their timestamp. Where they were recorded while their error was
/// ignored, whether it still is or not, they MUST NOT count but in the metrics of all occurrences. Errors have the
/// dimensions of their latest occurrence.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait AlertMetricsStore: Send + Sync {
    /// Counts events of all tenants or projects by cell, for several windows in one query. `since` ascends; each cell
    /// comes with the index in it of the last time at or before the event: events since the time at `i` are the cells
    /// of all indexes from `i` on.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn count_by_cell(
        &self,
        signal: AlertMetric,
        projects: &[ProjectId],
        since: &[OffsetDateTime],
        apart: &MetricDimensions,
    ) -> Result<Vec<(usize, MetricCell)>, StoreError>;

    /// Counts distinct affected users since each of these ascending times: by `user.id`, or the whole `user` where it
    /// has none; with `include_ignored` those of all occurrences. MUST NOT fail because of the content of a user.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn count_users(
        &self,
        projects: &[ProjectId],
        since: &[OffsetDateTime],
        filter: &MetricFilter,
        include_ignored: bool,
    ) -> Result<Vec<u64>, StoreError>;

    /// Lists the errors with the highest counts, descending.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_top_errors(
        &self,
        signal: AlertMetric,
        projects: &[ProjectId],
        since: OffsetDateTime,
        filter: &MetricFilter,
    ) -> Result<Vec<TopError>, StoreError>;
}
