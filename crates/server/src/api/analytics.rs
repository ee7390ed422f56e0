//! Stats and trends.

use crate::http::cached;
use crate::http::caller::Caller;
use crate::http::envelope::{Envelope, ErrorEnvelope};
use crate::http::error::{ApiError, ApiResult};
use crate::http::query::Query;
use crate::state::AppState;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use faultbook_domain::analytics::{Analytics, Period, Stats, Step, TrendFilter, TrendPoint};
use faultbook_domain::identity::Permission;
use serde::Serialize;
use time::{Duration, OffsetDateTime};
use utoipa::ToSchema;

/// An overview.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Stats)]
pub struct StatsView {
    /// Errors.
    #[schema(example = 1250)]
    total_errors: u64,
    /// Errors that are resolved.
    #[schema(example = 856)]
    resolved_errors: u64,
    /// Occurrences of today, UTC.
    #[schema(example = 23)]
    errors_today: u64,
    /// Occurrences of the last 7 days, today included.
    #[schema(example = 145)]
    errors_this_week: u64,
    /// Occurrences of the last 30 days, today included.
    #[schema(example = 567)]
    errors_this_month: u64,
    /// Occurrences an hour over the last 24 hours, the current one included.
    #[schema(example = 2.3)]
    error_rate_24h: f64,
    /// Resolved errors, in percent of all.
    #[schema(example = 68.5)]
    resolution_rate: f64,
    /// Mean time from an error's first occurrence to its resolution; from its receipt where a client reported
    /// it more than 30 days before that.
    #[schema(example = "2h 15m")]
    avg_resolution_time: String,
    /// Occurrences ever counted by the errors there are.
    total_occurrences: u64,
}

impl StatsView {
    /// The view of these figures.
    #[must_use]
    pub fn of(stats: &Stats) -> Self {
        let summary = &stats.summary;
        let percent = match summary.errors {
            0 => 0.0,
            errors => summary.resolved as f64 / errors as f64 * 100.0,
        };
        Self {
            total_errors: summary.errors,
            resolved_errors: summary.resolved,
            errors_today: stats.today,
            errors_this_week: stats.this_week,
            errors_this_month: stats.this_month,
            error_rate_24h: rounded(stats.last_24_hours as f64 / 24.0, 1),
            resolution_rate: rounded(percent, 1),
            avg_resolution_time: in_words(summary.mean_resolution.unwrap_or_default()),
            total_occurrences: summary.occurrences,
        }
    }
}

/// What happened when.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Trend)]
pub struct TrendView {
    /// day, week, month or year.
    #[schema(example = "week")]
    pub period: &'static str,
    /// hour, day, week or month.
    #[schema(example = "day")]
    pub group_by: &'static str,
    /// One point per step, oldest first.
    pub data_points: Vec<DataPoint>,
}

/// What happened in one step.
#[derive(Debug, Serialize, ToSchema)]
pub struct DataPoint {
    /// The start of the step, UTC.
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    timestamp: OffsetDateTime,
    /// Occurrences.
    #[schema(example = 45)]
    error_count: u64,
    /// Errors that were resolved.
    #[schema(example = 32)]
    resolved_count: u64,
    /// Occurrences of critical severity.
    #[schema(example = 3)]
    critical_count: u64,
}

impl DataPoint {
    /// The view of one point.
    #[must_use]
    pub const fn of((timestamp, point): (OffsetDateTime, TrendPoint)) -> Self {
        Self {
            timestamp,
            error_count: point.occurrences,
            resolved_count: point.resolved,
            critical_count: point.critical,
        }
    }
}

/// Rounded to so many decimals.
pub fn rounded(value: f64, decimals: i32) -> f64 {
    let scale = 10_f64.powi(decimals);
    (value * scale).round() / scale
}

/// The two largest units of d, h, m, s: `2h 15m`, `1d`, `0s`.
fn in_words(span: Duration) -> String {
    let seconds = span.whole_seconds().max(0);
    let units = [
        (seconds / 86_400, 'd'),
        (seconds / 3_600 % 24, 'h'),
        (seconds / 60 % 60, 'm'),
        (seconds % 60, 's'),
    ];
    let largest = units.iter().position(|(number, _)| *number > 0);
    let shown = largest.map_or(&units[3..], |first| &units[first..(first + 2).min(4)]);
    let words: Vec<String> = shown
        .iter()
        .enumerate()
        .filter(|(place, (number, _))| *place == 0 || *number > 0)
        .map(|(_, (number, unit))| format!("{number}{unit}"))
        .collect();
    words.join(" ")
}

const PERIODS: [(&str, Period); 4] = [
    ("day", Period::Day),
    ("week", Period::Week),
    ("month", Period::Month),
    ("year", Period::Year),
];

const STEPS: [(&str, Step); 4] = [
    ("hour", Step::Hour),
    ("day", Step::Day),
    ("week", Step::Week),
    ("month", Step::Month),
];

/// Gets an overview: how many errors there are, how many were resolved, how often they occur.
#[utoipa::path(
    get, path = "/api/stats", tag = "Analytics",
    params(("project" = Option<String>, Query, description = "Project id or short name")),
    responses(
        (status = 200, description = "The overview", body = Envelope<StatsView>),
        (status = 304, description = "As in the answer whose ETag was sent"),
        (status = 403, description = "The key may not read analytics", body = ErrorEnvelope),
        (status = 404, description = "Project not found", body = ErrorEnvelope),
    )
)]
pub async fn get_stats(
    caller: Caller,
    request: HttpRequest,
    query: Query,
    analytics: Data<Analytics>,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    caller.require(Permission::AnalyticsRead)?;
    let scope = caller.scope_of(&query)?;
    let wanted = (&scope, "stats", state.cache_times.analytics);
    cached::answer(&request, &state, wanted, || async {
        let stats = analytics.stats(&scope).await?;
        Ok(Envelope::of(StatsView::of(&stats)).into())
    })
    .await
}

/// Gets occurrences and resolutions over time.
///
/// The last 1, 7, 30 or 365 days up to now: whole UTC days, today included (by hour: up to the current
/// one). Weeks begin on Monday, months on the 1st; the first point counts from the period's first day.
#[utoipa::path(
    get, path = "/api/analytics/trends", tag = "Analytics",
    params(
        ("period" = Option<String>, Query, description = "day, week (default), month or year"),
        ("group_by" = Option<String>, Query, description = "hour, day (default), week or month; not longer than the period"),
        ("level" = Option<String>, Query, description = "error, warning, info or debug"),
        ("source" = Option<String>, Query, description = "Source, exactly"),
        ("environment" = Option<String>, Query, description = "Environment, exactly"),
        ("project" = Option<String>, Query, description = "Project id or short name"),
        ("error_id" = Option<uuid::Uuid>, Query, description = "One error"),
    ),
    responses(
        (status = 200, description = "One point per step, oldest first, zeros included", body = Envelope<TrendView>),
        (status = 304, description = "As in the answer whose ETag was sent"),
        (status = 400, description = "A bad parameter", body = ErrorEnvelope),
        (status = 403, description = "The key may not read analytics", body = ErrorEnvelope),
        (status = 404, description = "Project not found", body = ErrorEnvelope),
    )
)]
pub async fn get_trends(
    caller: Caller,
    request: HttpRequest,
    query: Query,
    analytics: Data<Analytics>,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    caller.require(Permission::AnalyticsRead)?;
    let period = named(&query, "period", &PERIODS)?.unwrap_or(PERIODS[1]);
    let group_by = named(&query, "group_by", &STEPS)?.unwrap_or(STEPS[1]);
    if !group_by.1.fits(period.1) {
        let expected = format!("must not be longer than the period, {}", period.0);
        return Err(ApiError::field("group_by", &expected));
    }
    let scope = caller.scope_of(&query)?;
    let filter = TrendFilter {
        level: query.level("level")?,
        source: query.text("source").map(str::to_owned),
        environment: query.text("environment").map(str::to_owned),
        error: query.parsed("error_id", "must be a UUID", |text| text.parse().ok())?,
    };
    let key = format!("trends:{period:?}:{group_by:?}:{filter:?}");
    let wanted = (&scope, key.as_str(), state.cache_times.analytics);
    cached::answer(&request, &state, wanted, || async {
        let asked = (period.1, group_by.1);
        let points = analytics.trend(&scope, &filter, asked).await?;
        Ok(Envelope::of(TrendView {
            period: period.0,
            group_by: group_by.0,
            data_points: points.into_iter().map(DataPoint::of).collect(),
        })
        .into())
    })
    .await
}

/// A parameter that names one of these.
fn named<T: Copy>(
    query: &Query,
    name: &str,
    all: &[(&'static str, T)],
) -> ApiResult<Option<(&'static str, T)>> {
    let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
    let expected = format!("must be one of {}", names.join(", "));
    query.parsed(name, &expected, |text| {
        all.iter().find(|(name, _)| *name == text).copied()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_told_in_two_units() {
        for (seconds, words) in [
            (-5, "0s"),
            (0, "0s"),
            (59, "59s"),
            (61, "1m 1s"),
            (8_100, "2h 15m"),
            (7_200, "2h"),
            (86_400 + 59, "1d"),
            (90 * 86_400 + 3_600, "90d 1h"),
        ] {
            assert_eq!(in_words(Duration::seconds(seconds)), words);
        }
    }
}
