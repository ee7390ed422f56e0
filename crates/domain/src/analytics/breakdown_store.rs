//! Port: figures of a range by the values of a dimension.

use super::analytics_store::TrendFilter;
use super::range::HourRange;
use crate::errors::ErrorQuery;
use crate::id::ErrorId;
use crate::store_error::StoreError;
use crate::tenancy::Scope;
use async_trait::async_trait;
use std::collections::HashMap;
use time::OffsetDateTime;

/// What occurrences are divided by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dimension {
    /// Their project; values are ids.
    Project,
    /// Their release; occurrences without one have no value.
    Release,
    /// Their environment.
    Environment,
    /// Their source.
    Source,
    /// Their level.
    Level,
    /// Their severity.
    Severity,
}

/// Errors that are chosen from where a range is divided by errors: those with the highest count.
pub const ERRORS_MAX: u32 = 1_000;

/// Occurrences by value; `None` for those without one.
pub type ValueCounts = HashMap<Option<String>, u64>;

/// Distinct errors and users of a value's occurrences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Distinct {
    /// Errors.
    pub errors: u64,
    /// Users.
    pub users: u64,
}

/// Instants of errors.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Moments {
    /// When each was resolved.
    pub resolved: Vec<(ErrorId, OffsetDateTime)>,
    /// When each was first seen.
    pub first_seen: Vec<OffsetDateTime>,
}

/// What is counted by hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HourCount {
    /// Whole hours since the start of the range.
    pub hour: usize,
    /// How many.
    pub count: u64,
    /// How many of them are of critical severity.
    pub critical: u64,
}

/// Reads figures of ranges.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait BreakdownStore: Send + Sync {
    /// Counts the occurrences of a range by value, out of roll-ups. MUST be as exact as
    /// [`get_trend`](super::AnalyticsStore::get_trend). `error` of the filter is unused.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn count_values(
        &self,
        scope: &Scope,
        by: Dimension,
        filter: &TrendFilter,
        range: HourRange,
    ) -> Result<ValueCounts, StoreError>;

    /// Counts the occurrences of a range by error, out of roll-ups: of the [`ERRORS_MAX`] errors that were seen between
    /// its ends with the highest count, then the greatest id. The second part tells whether there are more.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn count_by_error(
        &self,
        scope: &Scope,
        filter: &TrendFilter,
        range: HourRange,
    ) -> Result<(HashMap<ErrorId, u64>, bool), StoreError>;

    /// Counts errors and users of the matching occurrences of a query, whose range is given, by value; `None` where more
    /// than [`READ_MAX`](crate::errors::READ_MAX) occurrences match.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn count_distinct(
        &self,
        scope: &Scope,
        by: Dimension,
        query: &ErrorQuery,
    ) -> Result<Option<HashMap<Option<String>, Distinct>>, StoreError>;

    /// Counts the matching occurrences of a query, whose range is `range`, by hour; `None` where more than
    /// [`READ_MAX`](crate::errors::READ_MAX) match.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn count_hours(
        &self,
        scope: &Scope,
        query: &ErrorQuery,
        range: HourRange,
    ) -> Result<Option<Vec<HourCount>>, StoreError>;

    /// Counts the errors that were first seen in a range by hour; `critical` stays 0. Filters hold by the latest
    /// occurrence, `release` by the earliest that ever was. With `bounded`, `None` where more than
    /// [`READ_MAX`](crate::errors::READ_MAX) were first seen.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn count_new_errors(
        &self,
        scope: &Scope,
        filter: &TrendFilter,
        range: HourRange,
        bounded: bool,
    ) -> Result<Option<Vec<HourCount>>, StoreError>;

    /// Lists when these errors were resolved and first seen within a range, in any order.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_moments(
        &self,
        scope: &Scope,
        errors: &[ErrorId],
        range: HourRange,
    ) -> Result<Moments, StoreError>;
}
