//! Ranges divided by the values of a dimension, or by errors.

use super::analytics_store::TrendFilter;
use super::breakdown_store::{Dimension, Distinct};
use super::insights::Insights;
use super::range::{HourRange, change_percent};
use crate::errors::{ErrorFilter, ErrorQuery};
use crate::id::ErrorId;
use crate::search::{Filter, OccurrenceFilter, Pattern, ReleaseValue, Term};
use crate::store_error::StoreError;
use crate::tenancy::Scope;
use std::collections::HashMap;

/// Values of a breakdown that are shown.
pub const ROWS_MAX: usize = 20;

/// What is shown of a value.
#[derive(Debug, Clone, PartialEq)]
pub struct BreakdownRow {
    /// The value; `None` for occurrences without one.
    pub value: Option<String>,
    /// Occurrences.
    pub occurrences: u64,
    /// Distinct errors and users; `None` where too much would have to be read, or nobody asked.
    pub distinct: Option<Distinct>,
    /// Occurrences of full hours that are over against as many before, in percent.
    pub change_percent: Option<f64>,
}

/// A range divided by the values of a dimension, or by errors.
#[derive(Debug, Clone, PartialEq)]
pub struct Breakdown {
    /// Occurrences of all values.
    pub total: u64,
    /// How many values there are; `None` where not all are known.
    pub values: Option<u64>,
    /// The greatest, ties by value.
    pub rows: Vec<BreakdownRow>,
}

impl Insights {
    /// Divides a range by the values of a dimension.
    ///
    /// # Errors
    /// [`StoreError`] when a store fails.
    pub async fn breakdown(
        &self,
        scope: &Scope,
        by: Dimension,
        filter: &TrendFilter,
        range: HourRange,
    ) -> Result<Breakdown, StoreError> {
        let mut found = self.shares(scope, by, filter, range).await?;
        let query = narrowed(&self.everything(), filter, range);
        let distinct = self.0.breakdowns.count_distinct(scope, by, &query).await?;
        for row in &mut found.rows {
            let known = distinct.as_ref();
            row.distinct = known.map(|known| known.get(&row.value).copied().unwrap_or_default());
        }
        Ok(found)
    }

    /// The same out of roll-ups alone: without distinct errors and users.
    ///
    /// # Errors
    /// [`StoreError`] when a store fails.
    pub async fn shares(
        &self,
        scope: &Scope,
        by: Dimension,
        filter: &TrendFilter,
        range: HourRange,
    ) -> Result<Breakdown, StoreError> {
        let breakdowns = &self.0.breakdowns;
        let counts = breakdowns.count_values(scope, by, filter, range).await?;
        let (over, before) = match self.comparable(scope, range).await? {
            Some((over, before)) => (
                breakdowns.count_values(scope, by, filter, over).await?,
                breakdowns.count_values(scope, by, filter, before).await?,
            ),
            None => (HashMap::new(), HashMap::new()),
        };
        let total = counts.values().sum();
        let values = Some(counts.len() as u64);
        let count = |counts: &HashMap<_, u64>, value: &Option<String>| {
            counts.get(value).copied().unwrap_or(0)
        };
        let rows = greatest(counts)
            .into_iter()
            .map(|(value, occurrences)| BreakdownRow {
                occurrences,
                distinct: None,
                change_percent: change_percent(count(&over, &value), count(&before, &value)),
                value,
            });
        Ok(Breakdown {
            total,
            values,
            rows: rows.collect(),
        })
    }

    /// Divides a range by errors. Users are counted of the rows alone.
    ///
    /// # Errors
    /// [`StoreError`] when a store fails.
    pub async fn breakdown_by_error(
        &self,
        scope: &Scope,
        filter: &TrendFilter,
        range: HourRange,
    ) -> Result<Breakdown, StoreError> {
        let breakdowns = &self.0.breakdowns;
        let (counts, more) = breakdowns.count_by_error(scope, filter, range).await?;
        let total = self.occurrences(scope, filter, range).await?;
        let values = (!more).then_some(counts.len() as u64);
        let named = counts
            .into_iter()
            .map(|(id, count)| (Some(id.to_string()), count));
        let mut rows = Vec::new();
        for (value, occurrences) in greatest(named.collect()) {
            let error = value.as_deref().and_then(|id| id.parse::<ErrorId>().ok());
            let own = TrendFilter {
                error,
                ..filter.clone()
            };
            let query = ErrorQuery {
                ids: error.map(|id| vec![id]),
                ..narrowed(&self.everything(), &own, range)
            };
            let users = self.0.figures.count_matches(scope, &query).await?.users;
            rows.push(BreakdownRow {
                occurrences,
                distinct: users.map(|users| Distinct { errors: 1, users }),
                change_percent: self.change(scope, &own, range).await?,
                value,
            });
        }
        Ok(Breakdown {
            total,
            values,
            rows,
        })
    }

    fn everything(&self) -> ErrorQuery {
        ErrorQuery {
            now: self.0.clock.now(),
            ..ErrorQuery::default()
        }
    }
}

/// Returns the greatest values, ties by value, those without one last.
fn greatest(counts: HashMap<Option<String>, u64>) -> Vec<(Option<String>, u64)> {
    let mut all: Vec<(Option<String>, u64)> =
        counts.into_iter().filter(|(_, count)| *count > 0).collect();
    all.sort_by(|(one, count), (other, others)| {
        let last = |value: &Option<String>| value.is_none();
        (others, last(one), one).cmp(&(count, last(other), other))
    });
    all.truncate(ROWS_MAX);
    all
}

/// Adds a filter and a range to a query.
pub(super) fn narrowed(query: &ErrorQuery, filter: &TrendFilter, range: HourRange) -> ErrorQuery {
    let TrendFilter {
        level,
        severity,
        source,
        environment,
        release,
        error,
    } = filter;
    let added = ErrorFilter {
        level: *level,
        severity: *severity,
        source: source.clone(),
        environment: environment.clone(),
        since: Some(range.since),
        until: Some(range.until),
        ..ErrorFilter::default()
    };
    let mut search = query.whole_search().with(&added);
    if let Some(release) = release {
        let exact = ReleaseValue::Version(Pattern::exact(release));
        search.terms.push(Term {
            position: 0,
            negated: false,
            filter: Filter::Occurrence(OccurrenceFilter::Release(vec![exact])),
        });
    }
    ErrorQuery {
        filter: ErrorFilter::default(),
        search: Some(search),
        ids: error.map(|id| vec![id]).or_else(|| query.ids.clone()),
        ..query.clone()
    }
}
