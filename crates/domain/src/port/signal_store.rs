//! What alert rules look at.

use super::StoreError;
use crate::entity::{Level, ProjectId, Severity, TopError};
use async_trait::async_trait;
use time::OffsetDateTime;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Signal {
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
pub struct SignalCell {
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

/// Which occurrences count; every given part must match.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SignalFilter {
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

impl SignalFilter {
    /// Whether a cell counts.
    #[must_use]
    pub fn admits(&self, cell: &SignalCell) -> bool {
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

/// Counts what happened since a time. An occurrence happened when its timestamp says; errors are of the
/// kind of their latest occurrence.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait SignalStore: Send + Sync {
    /// Counts of every kind there is, for many rules with many windows to pick from: what happened is
    /// looked at once. `since` ascends, and each cell comes with the place in it of the last time that
    /// what it counts does not precede: what happened since the time at `i` are the cells of all places
    /// from `i` on.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn cells(
        &self,
        signal: Signal,
        projects: &[ProjectId],
        since: &[OffsetDateTime],
    ) -> Result<Vec<(usize, SignalCell)>, StoreError>;

    /// How many different users were affected: by `user.id`, or the whole `user` where it has none.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn users(
        &self,
        projects: &[ProjectId],
        since: OffsetDateTime,
        filter: &SignalFilter,
    ) -> Result<u64, StoreError>;

    /// The errors that contributed most, greatest first.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn top(
        &self,
        signal: Signal,
        projects: &[ProjectId],
        since: OffsetDateTime,
        filter: &SignalFilter,
    ) -> Result<Vec<TopError>, StoreError>;
}
