//! How many, and when.

use crate::dto::{DataPoint, StatsView, TrendView};
use crate::http::cached;
use crate::http::caller::Caller;
use crate::http::envelope::{Envelope, ErrorEnvelope};
use crate::http::error::{ApiError, ApiResult};
use crate::http::query::Query;
use crate::state::AppState;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use faultbook_domain::analytics::TrendFilter;
use faultbook_domain::analytics::{Period, Step};
use faultbook_domain::identity::Permission;

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
    get, path = "/api/stats", operation_id = "get_stats", tag = "Analytics",
    params(("project" = Option<String>, Query, description = "Project id or short name")),
    responses(
        (status = 200, description = "The overview", body = Envelope<StatsView>),
        (status = 304, description = "As in the answer whose ETag was sent"),
        (status = 401, description = "No valid key", body = ErrorEnvelope),
        (status = 403, description = "The key may not read analytics", body = ErrorEnvelope),
        (status = 404, description = "No such project", body = ErrorEnvelope),
        (status = 503, description = "Worth another try", body = ErrorEnvelope),
    )
)]
pub async fn get_stats(
    caller: Caller,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    caller.require(Permission::AnalyticsRead)?;
    let scope = caller.scope_of(&Query::of(request.query_string()))?;
    let wanted = (&scope, "stats", state.cache_times.analytics);
    cached::answer(&request, &state, wanted, || async {
        let stats = state.analytics.stats(&scope).await?;
        Ok(Envelope::of(StatsView::of(&stats)).into())
    })
    .await
}

/// Gets occurrences and resolutions over time.
///
/// The last 1, 7, 30 or 365 days up to now: whole UTC days, today included (by hour: up to the current
/// one). Weeks begin on Monday, months on the 1st; the first point counts from the period's first day.
#[utoipa::path(
    get, path = "/api/analytics/trends", operation_id = "get_trends", tag = "Analytics",
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
        (status = 401, description = "No valid key", body = ErrorEnvelope),
        (status = 403, description = "The key may not read analytics", body = ErrorEnvelope),
        (status = 404, description = "No such project", body = ErrorEnvelope),
        (status = 503, description = "Worth another try", body = ErrorEnvelope),
    )
)]
pub async fn get_trends(
    caller: Caller,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    caller.require(Permission::AnalyticsRead)?;
    let query = Query::of(request.query_string());
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
        let points = state.analytics.trend(&scope, &filter, asked).await?;
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
