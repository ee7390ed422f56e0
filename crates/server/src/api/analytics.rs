//! Stats.

use crate::api::trends::read_range;
use crate::http::cached;
use crate::http::caller::Caller;
use crate::http::envelope::{Envelope, ErrorEnvelope};
use crate::http::error::ApiResult;
use crate::http::query::Query;
use crate::state::AppState;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use faultbook_domain::analytics::{Analytics, Insights, RangeFigures, Stats};
use faultbook_domain::errors::Tallies;
use faultbook_domain::identity::Permission;
use faultbook_domain::ingest::hour_of;
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
    /// Occurrences ever counted by the errors there are; of an environment, those in it, as long as counts are kept.
    total_occurrences: u64,
    /// Open errors, regressed ones too.
    open_errors: u64,
    /// Open errors that occurred again after they were resolved.
    regressed_errors: u64,
    /// Ignored errors.
    ignored_errors: u64,
    /// Occurrences of today's full hours against the same hours of yesterday, in percent; null without any then.
    #[schema(example = -25.0)]
    today_change_percent: Option<f64>,
    /// Figures of the range that was asked for.
    range: Option<RangeView>,
    /// Nothing: all is exact.
    capped: Vec<&'static str>,
}

/// Figures of a range.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StatsRange)]
pub struct RangeView {
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    since: OffsetDateTime,
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    until: OffsetDateTime,
    /// Occurrences.
    occurrences: u64,
    /// Errors that were first seen.
    new_errors: u64,
    /// Errors that were resolved.
    resolved_errors: u64,
    /// Occurrences of the full hours that are over against as many right before, in percent.
    #[schema(example = 12.5)]
    change_percent: Option<f64>,
}

impl From<RangeFigures> for RangeView {
    fn from(figures: RangeFigures) -> Self {
        let RangeFigures {
            range,
            occurrences,
            new_errors,
            resolved_errors,
            change_percent,
        } = figures;
        Self {
            since: range.since,
            until: range.until,
            occurrences,
            new_errors,
            resolved_errors,
            change_percent,
        }
    }
}

/// What stats are made of.
pub struct StatsParts {
    /// Counts of errors and occurrences.
    pub stats: Stats,
    /// Errors by state.
    pub states: Tallies,
    /// Change of today.
    pub today_change: Option<f64>,
    /// Figures of a range.
    pub range: Option<RangeFigures>,
}

impl StatsView {
    /// The view of these figures.
    #[must_use]
    pub fn of(parts: StatsParts) -> Self {
        let StatsParts {
            stats,
            states,
            today_change,
            range,
        } = parts;
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
            open_errors: states.open().errors,
            regressed_errors: states.regressed.errors,
            ignored_errors: states.ignored.errors,
            today_change_percent: today_change,
            range: range.map(RangeView::from),
            capped: Vec::new(),
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

/// Gets an overview: how many errors there are, how many were resolved, how often they occur.
#[utoipa::path(
    get, path = "/api/stats", tag = "Analytics",
    params(
        ("project" = Option<String>, Query, description = "Project id or short name"),
        ("environment" = Option<String>, Query, description = "Environment, exactly: errors with an occurrence in it, and occurrences in it"),
        ("since" = Option<String>, Query, description = "Start of `range`: RFC 3339 or a date; cut down to the hour"),
        ("until" = Option<String>, Query, description = "End of `range`, now by default; raised to the hour"),
    ),
    responses(
        (status = 200, description = "The overview", body = Envelope<StatsView>),
        (status = 304, description = "As in the answer whose ETag was sent"),
        (status = 400, description = "A bad parameter", body = ErrorEnvelope),
        (status = 403, description = "The key may not read analytics", body = ErrorEnvelope),
        (status = 404, description = "Project not found", body = ErrorEnvelope),
    )
)]
pub async fn get_stats(
    caller: Caller,
    request: HttpRequest,
    query: Query,
    (analytics, insights): (Data<Analytics>, Data<Insights>),
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    caller.require(Permission::AnalyticsRead)?;
    let scope = caller.scope_of(&query)?;
    let now = state.clock.now();
    let range = read_range(&query, now)?;
    let environment = query.text("environment");
    if environment.is_some() {
        insights.refresh().await;
    }
    let given = (query.text("since"), query.text("until"));
    let key = format!("stats:{environment:?}:{given:?}:{}", hour_of(now));
    let wanted = (&scope, key.as_str(), state.cache_times.analytics);
    cached::answer(&request, &state, wanted, || async {
        let stats = match environment {
            Some(environment) => analytics.stats_of(&scope, environment).await?,
            None => analytics.stats(&scope).await?,
        };
        let range = match range {
            Some(range) => Some(insights.range(&scope, environment, range).await?),
            None => None,
        };
        let states = insights.states(&scope, environment).await?;
        let mut parts = StatsParts {
            stats,
            states,
            today_change: insights.today_change(&scope, environment).await?,
            range,
        };
        parts.stats.summary.errors = states.all().errors;
        parts.stats.summary.resolved = states.resolved.errors;
        Ok(Envelope::of(StatsView::of(parts)).into())
    })
    .await
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
