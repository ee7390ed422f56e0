//! A range of occurrences, divided by the values of a dimension.

use crate::api::list_params::TrendFilterParams;
use crate::api::trends::{read_range, read_trend_filter};
use crate::http::cached;
use crate::http::caller::Caller;
use crate::http::envelope::{Envelope, ErrorEnvelope};
use crate::http::error::{ApiError, ApiResult};
use crate::http::query::Query;
use crate::state::AppState;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use faultbook_domain::analytics::{
    Breakdown, BreakdownRow, Dimension, HourRange, Insights, TrendFilter,
};
use faultbook_domain::errors::Triage;
use faultbook_domain::id::ErrorId;
use faultbook_domain::identity::Permission;
use faultbook_domain::ingest::hour_of;
use faultbook_domain::tenancy::{Projects, Scope};
use serde::Serialize;
use std::collections::HashMap;
use time::OffsetDateTime;
use utoipa::ToSchema;

/// Figures of a value.
#[derive(Debug, Serialize, ToSchema)]
pub struct BreakdownValue {
    /// The value: a project's short name, an error's id; null for occurrences without release.
    #[schema(example = "production")]
    value: Option<String>,
    /// The project's name, the error's message; otherwise null.
    name: Option<String>,
    /// Occurrences.
    occurrences: u64,
    /// Distinct errors.
    errors: Option<u64>,
    /// Distinct users.
    users: Option<u64>,
    /// Occurrences of the full hours that are over against as many right before, in percent.
    #[schema(example = -25.0)]
    change_percent: Option<f64>,
}

/// A range of occurrences, divided.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Breakdown)]
pub struct BreakdownView {
    /// project, release, environment, source, level, severity or error.
    #[schema(example = "environment")]
    by: &'static str,
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    since: OffsetDateTime,
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    until: OffsetDateTime,
    /// Occurrences of all values.
    total: u64,
    /// How many values there are.
    values: Option<u64>,
    /// The 20 greatest.
    rows: Vec<BreakdownValue>,
    /// The fields above that are null because too much would have had to be read.
    capped: Vec<&'static str>,
}

/// What a range is divided by.
#[derive(Debug, Clone, Copy)]
enum By {
    Values(Dimension),
    Errors,
}

const DIVIDERS: [(&str, By); 7] = [
    ("project", By::Values(Dimension::Project)),
    ("release", By::Values(Dimension::Release)),
    ("environment", By::Values(Dimension::Environment)),
    ("source", By::Values(Dimension::Source)),
    ("level", By::Values(Dimension::Level)),
    ("severity", By::Values(Dimension::Severity)),
    ("error", By::Errors),
];

/// Divides the occurrences of a range, the last 7 days by default, by the values of a dimension: the 20 greatest.
///
/// `error` chooses among the 1,000 errors of the range with the highest count, and needs `errors:read` too.
#[utoipa::path(
    get, path = "/api/analytics/breakdown", tag = "Analytics",
    params(
        ("by" = String, Query, description = "project, release, environment, source, level, severity or error"),
        ("since" = Option<String>, Query, description = "RFC 3339 or a date; cut down to the hour"),
        ("until" = Option<String>, Query, description = "RFC 3339 or a date, now by default; raised to the hour"),
        TrendFilterParams,
    ),
    responses(
        (status = 200, description = "The greatest values", body = Envelope<BreakdownView>),
        (status = 304, description = "As in the answer whose ETag was sent"),
        (status = 400, description = "A bad parameter", body = ErrorEnvelope),
        (status = 403, description = "The key may not read analytics", body = ErrorEnvelope),
        (status = 404, description = "Project not found", body = ErrorEnvelope),
    )
)]
pub async fn get_breakdown(
    caller: Caller,
    request: HttpRequest,
    query: Query,
    insights: Data<Insights>,
    (projects, triage): (Data<Projects>, Data<Triage>),
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    caller.require(Permission::AnalyticsRead)?;
    let names: Vec<&str> = DIVIDERS.iter().map(|(name, _)| *name).collect();
    let expected = format!("must be one of {}", names.join(", "));
    let by = query.parsed("by", &expected, |text| {
        DIVIDERS.iter().find(|(name, _)| *name == text).copied()
    })?;
    let (name, by) = by.ok_or_else(|| ApiError::field("by", &expected))?;
    if matches!(by, By::Errors) {
        caller.require(Permission::ErrorsRead)?;
    }
    let now = state.clock.now();
    let range = read_range(&query, now)?.unwrap_or_else(|| HourRange::last_week(now));
    let filter = TrendFilter {
        error: None,
        ..read_trend_filter(&query)?
    };
    let scope = caller.scope_of(&query)?;
    insights.refresh().await;
    let given = (query.text("since"), query.text("until"));
    let key = format!("breakdown:{name}:{filter:?}:{given:?}:{}", hour_of(now));
    let wanted = (&scope, key.as_str(), state.cache_times.lists);
    cached::answer(&request, &state, wanted, || async {
        let (found, shown) = match by {
            By::Values(Dimension::Project) => {
                let by = Dimension::Project;
                let found = insights.breakdown(&scope, by, &filter, range).await?;
                let all = projects.list(caller.principal()).await?.into_iter();
                let all = all.map(|project| {
                    let shown = (project.slug.to_string(), Some(project.name));
                    (project.id.to_string(), shown)
                });
                (found, all.collect())
            }
            By::Values(by) => {
                let found = insights.breakdown(&scope, by, &filter, range).await?;
                (found, HashMap::new())
            }
            By::Errors => {
                let found = insights.breakdown_by_error(&scope, &filter, range).await?;
                let messages = messages(&scope, &triage, &found.rows).await?;
                (found, messages)
            }
        };
        Ok(Envelope::of(view((name, range), found, &shown)).into())
    })
    .await
}

/// Values as shown, with their names.
type Shown = HashMap<String, (String, Option<String>)>;

async fn messages(scope: &Scope, triage: &Triage, rows: &[BreakdownRow]) -> ApiResult<Shown> {
    let mut shown = Shown::new();
    for id in rows.iter().filter_map(|row| row.value.clone()) {
        if let Ok(error) = id.parse::<ErrorId>()
            && let Some(detail) = triage.get(scope, error).await?
        {
            let message = detail.error.summary.message;
            shown.insert(id.clone(), (id, Some(message)));
        }
    }
    Ok(shown)
}

fn view((by, range): (&'static str, HourRange), found: Breakdown, shown: &Shown) -> BreakdownView {
    let Breakdown {
        total,
        values,
        rows,
    } = found;
    let mut capped = Vec::new();
    if values.is_none() {
        capped.push("values");
    }
    if rows.iter().any(|row| row.distinct.is_none()) {
        capped.extend(["errors", "users"]);
    }
    let rows = rows.into_iter().map(|row| {
        let BreakdownRow {
            value,
            occurrences,
            distinct,
            change_percent,
        } = row;
        let known = value.as_ref().and_then(|value| shown.get(value)).cloned();
        let (value, name) = match known {
            Some((value, name)) => (Some(value), name),
            None => (value, None),
        };
        BreakdownValue {
            value,
            name,
            occurrences,
            errors: distinct.map(|distinct| distinct.errors),
            users: distinct.map(|distinct| distinct.users),
            change_percent,
        }
    });
    BreakdownView {
        by,
        since: range.since,
        until: range.until,
        total,
        values,
        rows: rows.collect(),
        capped,
    }
}
