//! Service: figures of ranges.

use super::analytics_store::{AnalyticsStore, Buckets, TrendFilter};
use super::breakdown_store::BreakdownStore;
use super::mark::{MARKS_MAX, MarkKind, TrendMark};
use super::mark_store::MarkStore;
use super::range::{HourRange, change_percent};
use crate::clock::Clock;
use crate::errors::{ErrorFilter, ErrorFinder, ErrorQuery, ErrorStore, FigureStore, Tallies};
use crate::id::ErrorId;
use crate::releases::ReleaseStore;
use crate::retention::RetentionPolicy;
use crate::store_error::StoreError;
use crate::tenancy::{ProjectStore, Scope};
use std::sync::Arc;
use time::{Duration, UtcOffset};

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
    /// Projects, of which some keep their counts for a time of their own.
    pub projects: Arc<dyn ProjectStore>,
    /// How long counts are kept elsewhere.
    pub retention: RetentionPolicy,
    /// The clock.
    pub clock: Arc<dyn Clock>,
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

/// Computes figures of ranges, including what was recorded just now.
pub struct Insights(pub(super) InsightsParts);

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

    pub(super) async fn change(
        &self,
        scope: &Scope,
        filter: &TrendFilter,
        range: HourRange,
    ) -> Result<Option<f64>, StoreError> {
        let Some((over, before)) = self.comparable(scope, range).await? else {
            return Ok(None);
        };
        let now = self.occurrences(scope, filter, over).await?;
        let before = self.occurrences(scope, filter, before).await?;
        Ok(change_percent(now, before))
    }

    /// Returns what of a range is over and as much before it, as far as every project of the scope keeps its counts.
    pub(super) async fn comparable(
        &self,
        scope: &Scope,
        range: HourRange,
    ) -> Result<Option<(HourRange, HourRange)>, StoreError> {
        let now = self.0.clock.now();
        let Some((over, before)) = range.compared(now) else {
            return Ok(None);
        };
        let projects = self.0.projects.list_projects(scope.tenant_scope()).await?;
        let own = projects
            .iter()
            .filter(|one| scope.projects().contains(&one.id));
        let kept_from = own.map(|one| self.0.retention.counts_from(one, now)).max();
        let is_kept = kept_from.is_none_or(|from| before.since >= from);
        Ok(is_kept.then_some((over, before)))
    }
}
