//! Points of a range, out of roll-ups or of a search.

use super::analytics_store::{Buckets, TrendFilter, TrendPoint};
use super::breakdown::narrowed;
use super::breakdown_store::HourCount;
use super::insights::Insights;
use super::range::HourRange;
use super::service::{Step, aligned, following};
use crate::errors::ErrorQuery;
use crate::id::ErrorId;
use crate::store_error::StoreError;
use crate::tenancy::Scope;
use std::collections::HashSet;
use time::{Duration, OffsetDateTime};

/// Errors of a search whose resolutions and first sights are looked up.
const ERRORS_READ: usize = 10_000;

/// What happened in a step of a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RangePoint {
    /// The start of the step; the first may lie before the range.
    pub at: OffsetDateTime,
    /// Occurrences and resolutions.
    pub point: TrendPoint,
    /// Errors that were first seen.
    pub new_errors: Option<u64>,
}

/// Points of a range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RangeTrend {
    /// One a step, oldest first; `None` where too much would have to be read.
    pub points: Option<Vec<RangePoint>>,
    /// Whether resolutions are known.
    pub knows_resolved: bool,
}

impl Insights {
    /// Returns one point a step of the range, zeros included; with a search, of what it finds.
    ///
    /// # Errors
    /// [`StoreError`] when a store fails.
    pub async fn trend(
        &self,
        scope: &Scope,
        (filter, search): (&TrendFilter, Option<&ErrorQuery>),
        (range, step): (HourRange, Step),
    ) -> Result<RangeTrend, StoreError> {
        let starts: Vec<OffsetDateTime> =
            std::iter::successors(Some(aligned(range.since, step)), |at| {
                Some(following(*at, step))
            })
            .take_while(|at| *at < range.until)
            .collect();
        let buckets = Buckets {
            starts: starts
                .iter()
                .map(|start| (*start).max(range.since))
                .collect(),
            end: range.until,
        };
        let counted = match search {
            None => Some(self.of_roll_ups(scope, filter, (range, &buckets)).await?),
            Some(query) => {
                let query = narrowed(query, filter, range);
                self.of_search(scope, &query, (range, &buckets)).await?
            }
        };
        let Some((points, new_errors, knows_resolved)) = counted else {
            return Ok(RangeTrend {
                points: None,
                knows_resolved: true,
            });
        };
        let points = starts.into_iter().zip(points).enumerate();
        let points = points.map(|(place, (at, point))| RangePoint {
            at,
            point,
            new_errors: new_errors.as_ref().map(|counts| counts[place]),
        });
        Ok(RangeTrend {
            points: Some(points.collect()),
            knows_resolved,
        })
    }

    async fn of_roll_ups(
        &self,
        scope: &Scope,
        filter: &TrendFilter,
        (range, buckets): (HourRange, &Buckets),
    ) -> Result<Counted, StoreError> {
        let points = self.0.analytics.get_trend(scope, filter, buckets).await?;
        let breakdowns = &self.0.breakdowns;
        let hours = breakdowns
            .count_new_errors(scope, filter, range, true)
            .await?;
        let new_errors = hours.map(|hours| by_bucket(&hours, range, buckets));
        Ok((points, new_errors, true))
    }

    async fn of_search(
        &self,
        scope: &Scope,
        query: &ErrorQuery,
        (range, buckets): (HourRange, &Buckets),
    ) -> Result<Option<Counted>, StoreError> {
        let query = self.0.finder.with_latest_releases(scope, query).await?;
        let breakdowns = &self.0.breakdowns;
        let Some(hours) = breakdowns.count_hours(scope, &query, range).await? else {
            return Ok(None);
        };
        let mut points = vec![TrendPoint::default(); buckets.starts.len()];
        for hour in hours {
            if let Some(place) = bucket_of(buckets, at_hour(range, hour.hour)) {
                points[place].occurrences += hour.count;
                points[place].critical += hour.critical;
            }
        }
        let ids = self.0.errors.list_error_ids(scope, &query).await?;
        if ids.len() > ERRORS_READ {
            return Ok(Some((points, None, false)));
        }
        let moments = breakdowns.list_moments(scope, &ids, range).await?;
        let mut resolved: HashSet<(usize, ErrorId)> = HashSet::new();
        for (error, at) in moments.resolved {
            if let Some(place) = bucket_of(buckets, at)
                && resolved.insert((place, error))
            {
                points[place].resolved += 1;
            }
        }
        let mut new_errors = vec![0; points.len()];
        for at in moments.first_seen {
            if let Some(place) = bucket_of(buckets, at) {
                new_errors[place] += 1;
            }
        }
        Ok(Some((points, Some(new_errors), true)))
    }
}

/// Points, errors first seen, and whether resolutions are known.
type Counted = (Vec<TrendPoint>, Option<Vec<u64>>, bool);

fn bucket_of(buckets: &Buckets, at: OffsetDateTime) -> Option<usize> {
    let begun = buckets.starts.partition_point(|start| *start <= at);
    begun.checked_sub(1).filter(|_| at < buckets.end)
}

fn at_hour(range: HourRange, hour: usize) -> OffsetDateTime {
    range.since + Duration::HOUR * i32::try_from(hour).unwrap_or(i32::MAX)
}

fn by_bucket(hours: &[HourCount], range: HourRange, buckets: &Buckets) -> Vec<u64> {
    let mut counts = vec![0; buckets.starts.len()];
    for hour in hours {
        if let Some(place) = bucket_of(buckets, at_hour(range, hour.hour)) {
            counts[place] += hour.count;
        }
    }
    counts
}
