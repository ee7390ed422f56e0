//! Service: figures of ranges.

use super::analytics_store::{AnalyticsStore, Buckets, TrendFilter, TrendPoint};
use super::breakdown_store::{BreakdownStore, Dimension, Distinct, HourCount};
use super::mark::{MARKS_MAX, MarkKind, TrendMark};
use super::mark_store::MarkStore;
use super::range::{HourRange, change_percent};
use super::service::{Step, aligned, following};
use crate::clock::Clock;
use crate::errors::{ErrorFilter, ErrorFinder, ErrorQuery, ErrorStore, FigureStore, Tallies};
use crate::id::ErrorId;
use crate::releases::ReleaseStore;
use crate::retention::RetentionPolicy;
use crate::search::{Filter, OccurrenceFilter, Pattern, ReleaseValue, Term};
use crate::store_error::StoreError;
use crate::tenancy::Scope;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use time::{Duration, OffsetDateTime, UtcOffset};

/// Values of a breakdown that are shown.
pub const ROWS_MAX: usize = 20;

/// Errors of a search whose resolutions and first sights are looked up.
const ERRORS_READ: usize = 10_000;

/// Dependencies of [`Insights`].
pub struct InsightsParts {
    /// Roll-ups.
    pub analytics: Arc<dyn AnalyticsStore>,
    /// Breakdowns.
    pub breakdowns: Arc<dyn BreakdownStore>,
    /// Marks.
    pub marks: Arc<dyn MarkStore>,
    /// Counters.
    pub figures: Arc<dyn FigureStore>,
    /// Errors.
    pub errors: Arc<dyn ErrorStore>,
    /// Releases.
    pub releases: Arc<dyn ReleaseStore>,
    /// Finds errors, and brings the index up to date.
    pub finder: Arc<ErrorFinder>,
    /// How long counts are kept.
    pub retention: RetentionPolicy,
    /// The clock.
    pub clock: Arc<dyn Clock>,
}

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

/// Figures of a range beside an overview.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RangeFigures {
    /// The range.
    pub range: HourRange,
    /// Occurrences.
    pub occurrences: u64,
    /// Errors that were first seen.
    pub new_errors: u64,
    /// Errors that were resolved, each once.
    pub resolved_errors: u64,
    /// Occurrences of its full hours that are over against as many before, in percent.
    pub change_percent: Option<f64>,
}

/// What is shown of a value.
#[derive(Debug, Clone, PartialEq)]
pub struct BreakdownRow {
    /// The value; `None` for occurrences without one.
    pub value: Option<String>,
    /// Occurrences.
    pub occurrences: u64,
    /// Distinct errors and users; `None` where too much would have to be read.
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

/// Computes figures of ranges, including what was recorded just now.
pub struct Insights(InsightsParts);

impl Insights {
    /// Creates the service.
    #[must_use]
    pub const fn new(parts: InsightsParts) -> Self {
        Self(parts)
    }

    /// Indexes what was recorded just now, which makes cached reads old.
    pub async fn refresh(&self) {
        self.0.finder.refresh().await;
    }

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

    /// Lists marks of a range, oldest first, at most [`MARKS_MAX`]: releases, deploys, and of an error its decisions.
    /// `firings` are those of alert rules.
    ///
    /// # Errors
    /// [`StoreError`] when a store fails.
    pub async fn marks(
        &self,
        scope: &Scope,
        range: HourRange,
        error: Option<ErrorId>,
        firings: Vec<TrendMark>,
    ) -> Result<Vec<TrendMark>, StoreError> {
        let mut marks = self.0.marks.list_deploy_marks(scope, range).await?;
        for release in self.0.releases.list_releases(scope).await? {
            let at = release.released_at.or(release.first_seen);
            if let Some(at) = at.filter(|at| (range.since..range.until).contains(at)) {
                marks.push(TrendMark {
                    at,
                    kind: MarkKind::Release,
                    label: release.version.to_string(),
                    id: None,
                });
            }
        }
        match error {
            Some(error) => {
                marks.extend(
                    self.0
                        .marks
                        .list_decision_marks(scope, error, range)
                        .await?,
                );
            }
            None => marks.extend(firings),
        }
        marks.sort_by(|one, other| {
            (one.at, one.kind, &one.label).cmp(&(other.at, other.kind, &other.label))
        });
        let surplus = marks.len().saturating_sub(MARKS_MAX);
        marks.drain(..surplus);
        Ok(marks)
    }

    /// Counts errors by state; with an environment, those that have an occurrence in it.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn states(
        &self,
        scope: &Scope,
        environment: Option<&str>,
    ) -> Result<Tallies, StoreError> {
        let Some(environment) = environment else {
            return self.0.figures.get_tallies(scope).await;
        };
        let query = ErrorQuery {
            now: self.0.clock.now(),
            filter: ErrorFilter {
                environment: Some(environment.to_owned()),
                ..ErrorFilter::default()
            },
            ..ErrorQuery::default()
        };
        self.0.figures.count_by_state(scope, &query).await
    }

    /// Returns the occurrences of today's full hours against the same hours of yesterday, in percent.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn today_change(
        &self,
        scope: &Scope,
        environment: Option<&str>,
    ) -> Result<Option<f64>, StoreError> {
        let now = self.0.clock.now();
        let today = now.to_offset(UtcOffset::UTC).truncate_to_day();
        let range = HourRange {
            since: today,
            until: today + Duration::DAY,
        };
        let Some((over, _)) = range.compared(now) else {
            return Ok(None);
        };
        let before = HourRange {
            since: over.since - Duration::DAY,
            until: over.until - Duration::DAY,
        };
        let filter = TrendFilter {
            environment: environment.map(str::to_owned),
            ..TrendFilter::default()
        };
        let now = self.occurrences(scope, &filter, over).await?;
        let before = self.occurrences(scope, &filter, before).await?;
        Ok(change_percent(now, before))
    }

    /// Returns the figures of a range.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn range(
        &self,
        scope: &Scope,
        environment: Option<&str>,
        range: HourRange,
    ) -> Result<RangeFigures, StoreError> {
        let filter = TrendFilter {
            environment: environment.map(str::to_owned),
            ..TrendFilter::default()
        };
        let whole = Buckets {
            starts: vec![range.since],
            end: range.until,
        };
        let points = self.0.analytics.get_trend(scope, &filter, &whole).await?;
        let point = points.first().copied().unwrap_or_default();
        let breakdowns = &self.0.breakdowns;
        let hours = breakdowns
            .count_new_errors(scope, &filter, range, false)
            .await?;
        let new_errors = hours
            .unwrap_or_default()
            .iter()
            .map(|hour| hour.count)
            .sum();
        Ok(RangeFigures {
            range,
            occurrences: point.occurrences,
            new_errors,
            resolved_errors: point.resolved,
            change_percent: self.change(scope, &filter, range).await?,
        })
    }

    /// Counts the occurrences of a range, out of roll-ups.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn occurrences(
        &self,
        scope: &Scope,
        filter: &TrendFilter,
        range: HourRange,
    ) -> Result<u64, StoreError> {
        let whole = Buckets {
            starts: vec![range.since],
            end: range.until,
        };
        let points = self.0.analytics.get_trend(scope, filter, &whole).await?;
        Ok(points.iter().map(|point| point.occurrences).sum())
    }

    async fn change(
        &self,
        scope: &Scope,
        filter: &TrendFilter,
        range: HourRange,
    ) -> Result<Option<f64>, StoreError> {
        let Some((over, before)) = self.comparable(range) else {
            return Ok(None);
        };
        let now = self.occurrences(scope, filter, over).await?;
        let before = self.occurrences(scope, filter, before).await?;
        Ok(change_percent(now, before))
    }

    /// Returns what of a range is over and as much before it, as far as counts are kept.
    fn comparable(&self, range: HourRange) -> Option<(HourRange, HourRange)> {
        let now = self.0.clock.now();
        let (over, before) = range.compared(now)?;
        (before.since >= self.0.retention.counts_from(now)).then_some((over, before))
    }

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
        let breakdowns = &self.0.breakdowns;
        let counts = breakdowns.count_values(scope, by, filter, range).await?;
        let query = narrowed(&self.everything(), filter, range);
        let distinct = breakdowns.count_distinct(scope, by, &query).await?;
        let (over, before) = match self.comparable(range) {
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
        let rows = greatest(counts).into_iter().map(|(value, occurrences)| {
            let distinct = distinct.as_ref();
            BreakdownRow {
                occurrences,
                distinct: distinct.map(|known| known.get(&value).copied().unwrap_or_default()),
                change_percent: change_percent(count(&over, &value), count(&before, &value)),
                value,
            }
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

/// Points, errors first seen, and whether resolutions are known.
type Counted = (Vec<TrendPoint>, Option<Vec<u64>>, bool);

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

/// Adds a filter and a range to a query.
fn narrowed(query: &ErrorQuery, filter: &TrendFilter, range: HourRange) -> ErrorQuery {
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
