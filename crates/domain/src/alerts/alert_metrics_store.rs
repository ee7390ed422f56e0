//! What alert rules look at.

use crate::errors::{Level, Severity};
use crate::id::ProjectId;
use crate::notifications::TopError;
use crate::store_error::StoreError;
use async_trait::async_trait;
use std::collections::BTreeSet;
use time::OffsetDateTime;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AlertMetric {
    /// Occurrences, to the microsecond.
    Occurrences,
    /// Occurrences, by whole hours, without their release: for long windows.
    OccurrencesByHour,
    /// Errors that occurred for the first time.
    NewErrors,
    /// Errors that occurred again after having been resolved.
    Regressions,
}

/// How many there were of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricCell {
    /// In this project.
    pub project: ProjectId,
    /// Of this level.
    pub level: Level,
    /// Of this severity.
    pub severity: Severity,
    /// From this source.
    pub source: String,
    /// In this environment.
    pub environment: String,
    /// Of this release.
    pub release: Option<String>,
    /// So many.
    pub count: u64,
}

/// The values by which cells are told apart. Whatever has another source or environment is of the kind with
/// the empty one, and whatever has another release of the kind without: there are no more kinds than somebody
/// asks for, whatever is reported.
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
    /// Tells apart what a filter asks for.
    pub fn add(&mut self, filter: &MetricFilter) {
        self.sources.extend(filter.source.clone());
        self.environments.extend(filter.environment.clone());
        self.releases.extend(filter.release.clone());
    }

    /// The cell of the kind that is told apart.
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

/// Which occurrences count; every given part must match.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct MetricFilter {
    /// Level.
    pub level: Option<Level>,
    /// Severity.
    pub severity: Option<Severity>,
    /// Source, exactly.
    pub source: Option<String>,
    /// Environment, exactly.
    pub environment: Option<String>,
    /// Release, exactly.
    pub release: Option<String>,
}

impl MetricFilter {
    /// Whether a cell counts.
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

/// The counts since each of several ascending times, from counts by the last time that what they count does
/// not precede.
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

/// Counts what happened since a time. An occurrence happened when its timestamp says; errors are of the
/// kind of their latest occurrence.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait AlertMetricsStore: Send + Sync {
    /// Counts of every kind that is told apart, for many rules with many windows to pick from: what happened is
    /// looked at once. `since` ascends, and each cell comes with the place in it of the last time that
    /// what it counts does not precede: what happened since the time at `i` are the cells of all places
    /// from `i` on.
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

    /// Counts the different users that were affected since each of these times, which ascend: by
    /// `user.id`, or the whole `user` where it has none. MUST NOT fail over what a user holds.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn count_users(
        &self,
        projects: &[ProjectId],
        since: &[OffsetDateTime],
        filter: &MetricFilter,
    ) -> Result<Vec<u64>, StoreError>;

    /// The errors that contributed most, greatest first.
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
