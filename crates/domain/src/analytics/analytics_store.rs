//! Figures about errors, out of roll-ups and counters.

use crate::errors::Level;
use crate::id::ErrorId;
use crate::store_error::StoreError;
use crate::tenancy::Scope;
use async_trait::async_trait;
use time::{Duration, OffsetDateTime};

/// A span of time; the end does not belong to it. Roll-ups know whole hours: both ends MUST be the
/// start of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Its first instant.
    pub from: OffsetDateTime,
    /// The first instant after it.
    pub to: OffsetDateTime,
}

/// What there is, at one instant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    /// Errors.
    pub errors: u64,
    /// Errors that are resolved.
    pub resolved: u64,
    /// Occurrences ever counted by those errors.
    pub occurrences: u64,
    /// The mean of `resolved_at - first_seen` of the resolved errors; `None` without any.
    pub mean_resolution: Option<Duration>,
    /// Occurrences in each of the windows asked for.
    pub in_windows: Vec<u64>,
}

/// Which occurrences and resolutions a trend counts; every given part must match.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TrendFilter {
    /// Level: of the occurrence, and of a resolved error's latest.
    pub level: Option<Level>,
    /// Source, as far as roll-ups know it ([`rollup_text`](crate::ingest::rollup_text)).
    pub source: Option<String>,
    /// Environment, as far as roll-ups know it.
    pub environment: Option<String>,
    /// One error.
    pub error: Option<ErrorId>,
}

/// Adjoining spans of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Buckets {
    /// Where each begins, ascending; never empty. Whole hours.
    pub starts: Vec<OffsetDateTime>,
    /// Where the last one ends.
    pub end: OffsetDateTime,
}

/// What happened in one bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TrendPoint {
    /// Occurrences.
    pub occurrences: u64,
    /// Occurrences of critical severity.
    pub critical: u64,
    /// Errors that were marked resolved in it, each once.
    pub resolved: u64,
}

/// Reads figures. MUST NOT read occurrences: what it costs depends on hours and errors, not on reports.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait AnalyticsStore: Send + Sync {
    /// Counts errors, and occurrences in windows, all at the same instant. MUST be exact to the
    /// occurrence after any recording, resolution, deletion, merge or split.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn get_summary(&self, scope: &Scope, windows: &[Window]) -> Result<Summary, StoreError>;

    /// One point per bucket, in their order, zeros included. As exact as the summary.
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
