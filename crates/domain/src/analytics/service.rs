//! Service: statistics and trends.

use super::analytics_store::{AnalyticsStore, Buckets, Summary, TrendFilter, TrendPoint, Window};
use crate::clock::Clock;
use crate::ingest::hour_of;
use crate::instant::clamped_instant;
use crate::store_error::StoreError;
use crate::tenancy::Scope;
use std::sync::Arc;
use time::{Date, Duration, OffsetDateTime, UtcOffset};

/// Length of a trend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Period {
    /// The last day.
    Day,
    /// The last 7 days.
    Week,
    /// The last 30 days.
    Month,
    /// The last 365 days.
    Year,
}

impl Period {
    /// Returns the length in days.
    #[must_use]
    pub const fn days(self) -> u16 {
        match self {
            Self::Day => 1,
            Self::Week => 7,
            Self::Month => 30,
            Self::Year => 365,
        }
    }
}

/// Bucket size of a trend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// An hour.
    Hour,
    /// A UTC day.
    Day,
    /// A week that starts on Monday.
    Week,
    /// A calendar month.
    Month,
}

impl Step {
    /// Returns whether a period can be divided into such steps.
    #[must_use]
    pub const fn fits(self, period: Period) -> bool {
        match self {
            Self::Hour | Self::Day => true,
            Self::Week => !matches!(period, Period::Day),
            Self::Month => matches!(period, Period::Month | Period::Year),
        }
    }
}

/// Statistics of a scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stats {
    /// Counts of errors and occurrences.
    pub summary: Summary,
    /// Occurrences today, UTC.
    pub today: u64,
    /// Occurrences of the last 7 days, today included.
    pub this_week: u64,
    /// Occurrences of the last 30 days, today included.
    pub this_month: u64,
    /// Occurrences of the last 24 hours, the current one included.
    pub last_24_hours: u64,
}

/// Computes statistics and trends.
#[derive(Clone)]
pub struct Analytics {
    store: Arc<dyn AnalyticsStore>,
    clock: Arc<dyn Clock>,
}

impl Analytics {
    /// Creates the service.
    #[must_use]
    pub fn new(store: Arc<dyn AnalyticsStore>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// Returns the statistics of a scope.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn stats(&self, scope: &Scope) -> Result<Stats, StoreError> {
        let now = self.clock.now();
        let days = |period| spanned(period, Step::Day, now);
        let windows = [
            days(Period::Day),
            days(Period::Week),
            days(Period::Month),
            spanned(Period::Day, Step::Hour, now),
        ];
        let summary = self.store.get_summary(scope, &windows).await?;
        let count = |window: usize| summary.in_windows.get(window).copied().unwrap_or(0);
        Ok(Stats {
            today: count(0),
            this_week: count(1),
            this_month: count(2),
            last_24_hours: count(3),
            summary,
        })
    }

    /// Returns the statistics of an environment: its occurrences, as long as counts are kept, and the mean time to
    /// resolution of errors that have one. Numbers of errors are left out.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn stats_of(&self, scope: &Scope, environment: &str) -> Result<Stats, StoreError> {
        let now = self.clock.now();
        let days = |period| spanned(period, Step::Day, now);
        let ever = Window {
            from: Date::MIN.midnight().assume_utc(),
            to: days(Period::Day).to + Duration::days(36_500),
        };
        let filter = TrendFilter {
            environment: Some(environment.to_owned()),
            ..TrendFilter::default()
        };
        let mut counts = Vec::new();
        for window in [
            days(Period::Day),
            days(Period::Week),
            days(Period::Month),
            spanned(Period::Day, Step::Hour, now),
            ever,
        ] {
            let buckets = Buckets {
                starts: vec![clamped_instant(window.from)],
                end: window.to,
            };
            let points = self.store.get_trend(scope, &filter, &buckets).await?;
            counts.push(points.iter().map(|point| point.occurrences).sum());
        }
        let summary = Summary {
            occurrences: counts[4],
            mean_resolution: self.store.get_mean_resolution(scope, environment).await?,
            ..Summary::default()
        };
        Ok(Stats {
            today: counts[0],
            this_week: counts[1],
            this_month: counts[2],
            last_24_hours: counts[3],
            summary,
        })
    }

    /// Returns one point per step of the period, oldest first, zeros included.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn trend(
        &self,
        scope: &Scope,
        filter: &TrendFilter,
        (period, step): (Period, Step),
    ) -> Result<Vec<(OffsetDateTime, TrendPoint)>, StoreError> {
        let Window { from, to } = spanned(period, step, self.clock.now());
        let aligned: Vec<OffsetDateTime> =
            std::iter::successors(Some(aligned(from, step)), |at| Some(following(*at, step)))
                .take_while(|at| *at < to)
                .collect();
        // The first bucket starts with the period, so that the sum is the same for every step.
        let starts = aligned.iter().map(|start| (*start).max(from)).collect();
        let buckets = Buckets { starts, end: to };
        let points = self.store.get_trend(scope, filter, &buckets).await?;
        Ok(aligned.into_iter().zip(points).collect())
    }
}

/// Returns the range of a period: up to the current hour for hourly steps, otherwise whole days up to today.
#[must_use]
pub fn spanned(period: Period, step: Step, now: OffsetDateTime) -> Window {
    let days = Duration::days(i64::from(period.days()));
    let to = if step == Step::Hour {
        hour_of(now) + Duration::HOUR
    } else {
        midnight(now) + Duration::DAY
    };
    Window {
        from: to - days,
        to,
    }
}

fn midnight(at: OffsetDateTime) -> OffsetDateTime {
    at.to_offset(UtcOffset::UTC).truncate_to_day()
}

/// Returns the start of the step that contains this instant.
pub(super) fn aligned(at: OffsetDateTime, step: Step) -> OffsetDateTime {
    match step {
        Step::Hour => at,
        Step::Day => midnight(at),
        Step::Week => {
            let since_monday = at.weekday().number_days_from_monday();
            midnight(at) - Duration::days(i64::from(since_monday))
        }
        Step::Month => first_of_month(at.date()),
    }
}

/// Returns the start of the next step.
pub(super) fn following(start: OffsetDateTime, step: Step) -> OffsetDateTime {
    match step {
        Step::Hour => start + Duration::HOUR,
        Step::Day => start + Duration::DAY,
        Step::Week => start + Duration::WEEK,
        Step::Month => first_of_month((start + Duration::days(31)).date()),
    }
}

fn first_of_month(day: Date) -> OffsetDateTime {
    // Every month has a first day.
    day.replace_day(1).unwrap_or(day).midnight().assume_utc()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analytics::MockAnalyticsStore;
    use crate::id::TenantId;
    use crate::tenancy::TenantScope;
    use crate::testing::FixedClock;
    use time::macros::datetime;
    use uuid::Uuid;

    const NOW: OffsetDateTime = datetime!(2026-11-21 13:45:10 UTC);

    async fn starts(period: Period, step: Step) -> (Vec<OffsetDateTime>, Buckets) {
        let (sent, asked) = std::sync::mpsc::channel();
        let mut store = MockAnalyticsStore::new();
        store.expect_get_trend().returning(move |_, _, buckets| {
            sent.send(buckets.clone()).unwrap();
            Ok(vec![TrendPoint::default(); buckets.starts.len()])
        });
        let analytics = Analytics::new(Arc::new(store), Arc::new(FixedClock::at(NOW)));
        let scope = Scope::new(TenantScope::of(TenantId(Uuid::nil())), Vec::new());
        let points = analytics
            .trend(&scope, &TrendFilter::default(), (period, step))
            .await
            .unwrap();
        let starts = points.into_iter().map(|(at, _)| at).collect();
        (starts, asked.recv().unwrap())
    }

    #[tokio::test]
    async fn a_week_by_day_is_seven_days_and_ends_today() {
        let (starts, buckets) = starts(Period::Week, Step::Day).await;
        assert_eq!(starts.len(), 7);
        assert_eq!(starts[0], datetime!(2026-11-15 00:00 UTC));
        assert_eq!(starts[6], datetime!(2026-11-21 00:00 UTC));
        assert_eq!(
            (buckets.starts, buckets.end),
            (starts, datetime!(2026-11-22 00:00 UTC))
        );
    }

    #[tokio::test]
    async fn a_day_by_hour_ends_with_the_current_hour() {
        let (starts, buckets) = starts(Period::Day, Step::Hour).await;
        assert_eq!(starts.len(), 24);
        assert_eq!(starts[0], datetime!(2026-11-20 14:00 UTC));
        assert_eq!(starts[23], datetime!(2026-11-21 13:00 UTC));
        assert_eq!(buckets.end, datetime!(2026-11-21 14:00 UTC));
    }

    #[tokio::test]
    async fn weeks_begin_on_monday_and_count_from_the_period_on() {
        let (starts, buckets) = starts(Period::Month, Step::Week).await;
        assert_eq!(starts[0], datetime!(2026-10-19 00:00 UTC), "a Monday");
        assert_eq!(
            buckets.starts[0],
            datetime!(2026-10-23 00:00 UTC),
            "30 days"
        );
        assert_eq!(starts.last(), Some(&datetime!(2026-11-16 00:00 UTC)));
        assert_eq!(buckets.starts[1..], starts[1..]);
    }

    #[tokio::test]
    async fn months_begin_on_the_first() {
        let (starts, buckets) = starts(Period::Year, Step::Month).await;
        assert_eq!(starts.len(), 13);
        assert_eq!(starts[0], datetime!(2025-11-01 00:00 UTC));
        assert_eq!(buckets.starts[0], datetime!(2025-11-22 00:00 UTC));
        assert_eq!(starts[4], datetime!(2026-03-01 00:00 UTC));
    }

    #[test]
    fn a_step_may_not_be_longer_than_its_period() {
        use Period::{Day, Month, Week, Year};
        let fitting = |step: Step| {
            let all = [Day, Week, Month, Year];
            all.into_iter()
                .filter(|period| step.fits(*period))
                .collect::<Vec<_>>()
        };
        assert_eq!(fitting(Step::Hour), [Day, Week, Month, Year]);
        assert_eq!(fitting(Step::Day), [Day, Week, Month, Year]);
        assert_eq!(fitting(Step::Week), [Week, Month, Year]);
        assert_eq!(fitting(Step::Month), [Month, Year]);
    }
}
