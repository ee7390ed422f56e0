//! Port: the past of what alert rules measure.

use super::alert_metrics_store::MetricFilter;
use crate::errors::UserKey;
use crate::id::ProjectId;
use crate::store_error::StoreError;
use async_trait::async_trait;
use time::OffsetDateTime;

/// What to count of the past.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PastMetric {
    /// Occurrences, by the second of their own timestamp. A part of the past is what was received in a range.
    Occurrences,
    /// The same by affected user too, without occurrences that name none.
    Users,
    /// Occurrences by hour, out of the roll-up. A part of the past is a range of hours.
    Hours,
    /// Errors, by the second of `first_seen`, with the dimensions of their latest occurrence.
    NewErrors,
    /// Errors that occurred again after they had been resolved, by the second.
    Regressions,
}

/// A question about a part of the past.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastQuery {
    /// What to count.
    pub metric: PastMetric,
    /// Whether occurrences count that were recorded while their error was ignored.
    pub include_ignored: bool,
    /// The projects.
    pub projects: Vec<ProjectId>,
    /// Which of them count.
    pub filter: MetricFilter,
    /// Start of the part.
    pub from: OffsetDateTime,
    /// End of the part, which does not belong to it.
    pub to: OffsetDateTime,
    /// How many rows may be read.
    pub most: u32,
}

/// A count of one second, or of one hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PastCount {
    /// Its start.
    pub at: OffsetDateTime,
    /// The user, for [`PastMetric::Users`].
    pub user: Option<UserKey>,
    /// How many.
    pub count: u64,
}

/// A part of the past.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PastCounts {
    /// The counts, in no order.
    pub counts: Vec<PastCount>,
    /// Rows read; more than were allowed where the part has more, and then the counts are not whole.
    pub read: u64,
}

/// Reads the past of what alert rules measure, as it is stored now.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait PastMetricsStore: Send + Sync {
    /// Counts events of a part of the past. MUST read no more than `most` and one rows, whether they match the filter
    /// or not, and MUST NOT count occurrences that were recorded while their error was ignored unless asked to.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn count_past(&self, query: &PastQuery) -> Result<PastCounts, StoreError>;
}
