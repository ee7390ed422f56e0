//! Port: statistics of errors, read from roll-ups and counters.

use crate::errors::{Level, Severity};
use crate::id::ErrorId;
use crate::store_error::StoreError;
use crate::tenancy::Scope;
use async_trait::async_trait;
use time::{Duration, OffsetDateTime};

/// A half-open time range. Roll-ups have hourly cells: both ends MUST be the start of an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Start, inclusive.
    pub from: OffsetDateTime,
    /// End, exclusive.
    pub to: OffsetDateTime,
}

/// Counts of errors and occurrences at one instant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    /// Number of errors.
    pub errors: u64,
    /// Number of resolved errors.
    pub resolved: u64,
    /// Number of occurrences of those errors.
    pub occurrences: u64,
    /// Mean of `resolved_at - first_seen` of resolved errors; `None` without any.
    pub mean_resolution: Option<Duration>,
    /// Occurrences in each requested window.
    pub in_windows: Vec<u64>,
}

/// Filter of a trend; all given fields must match.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TrendFilter {
    /// Level: of the occurrence, and of a resolved error's latest.
    pub level: Option<Level>,
    /// Severity: of the occurrence, and of a resolved error's latest.
    pub severity: Option<Severity>,
    /// Source, cut as in roll-ups ([`rollup_text`](crate::ingest::rollup_text)).
    pub source: Option<String>,
    /// Environment, cut as in roll-ups.
    pub environment: Option<String>,
    /// Release, cut as in roll-ups.
    pub release: Option<String>,
    /// One error.
    pub error: Option<ErrorId>,
}

/// Consecutive time ranges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Buckets {
    /// Start of each bucket, ascending; never empty. Whole hours.
    pub starts: Vec<OffsetDateTime>,
    /// End of the last bucket.
    pub end: OffsetDateTime,
}

/// Counts of one bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TrendPoint {
    /// Occurrences.
    pub occurrences: u64,
    /// Occurrences of critical severity.
    pub critical: u64,
    /// Errors that were resolved in it, each once.
    pub resolved: u64,
}

/// Reads statistics. MUST NOT read occurrences: the cost depends on hours and errors, not on reports.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait AnalyticsStore: Send + Sync {
    /// Counts errors, and occurrences per window, all at one instant. MUST be exact after any recording, resolution,
    /// deletion, merge or split.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn get_summary(&self, scope: &Scope, windows: &[Window]) -> Result<Summary, StoreError>;

    /// Returns the mean of `resolved_at - first_seen` of resolved errors that have a stored and indexed occurrence in an
    /// environment; `None` without any.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn get_mean_resolution(
        &self,
        scope: &Scope,
        environment: &str,
    ) -> Result<Option<Duration>, StoreError>;

    /// Returns one point per bucket, in order, zeros included. As exact as the summary.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn get_trend(
        &self,
        scope: &Scope,
        filter: &TrendFilter,
        buckets: &Buckets,
    ) -> Result<Vec<TrendPoint>, StoreError>;
}
