//! Trends: what happened when, with what may explain it.

use crate::api::alerts::seen_conditions;
use crate::api::list_params::TrendFilterParams;
use crate::api::list_query::read_search;
use crate::http::cached;
use crate::http::caller::Caller;
use crate::http::envelope::{Envelope, ErrorEnvelope};
use crate::http::error::{ApiError, ApiResult};
use crate::http::query::Query;
use crate::state::AppState;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use faultbook_domain::analytics::{
    HourRange, Insights, MARKS_MAX, MarkKind, Period, RangeError, RangePoint, RangeTrend, Step,
    TrendFilter, TrendMark, Window, spanned,
};
use faultbook_domain::errors::{Discussion, ErrorQuery};
use faultbook_domain::id::OccurrenceId;
use faultbook_domain::identity::Permission;
use faultbook_domain::ingest::hour_of;
use faultbook_domain::instant::parse_instant;
use faultbook_domain::notifications::{HistoryQuery, NotificationKind, Outbox};
use faultbook_domain::page::Cursor;
use faultbook_domain::search::parse_range_limit;
use serde::Serialize;
use time::{Duration, OffsetDateTime};
use utoipa::ToSchema;
use uuid::Uuid;

/// What happened when.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Trend)]
pub struct TrendView {
    /// day, week, month, year, or range where one was given.
    #[schema(example = "week")]
    pub period: &'static str,
    /// hour, day, week or month.
    #[schema(example = "day")]
    pub group_by: &'static str,
    /// Start of what is counted.
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    pub since: OffsetDateTime,
    /// End of what is counted.
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    pub until: OffsetDateTime,
    /// One point per step, oldest first.
    pub data_points: Vec<DataPoint>,
    /// What happened that may explain it, oldest first: the newest 50.
    pub marks: Vec<MarkView>,
    /// What is null or empty because too much would have had to be read.
    pub capped: Vec<&'static str>,
}

/// What happened at an instant.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TrendMark)]
pub struct MarkView {
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    at: OffsetDateTime,
    /// release, deploy, firing, and of one error resolved and regressed.
    #[schema(example = "deploy")]
    kind: &'static str,
    #[schema(example = "4.12.1 production")]
    label: String,
    /// The deploy's, the rule's or the error's.
    id: Option<Uuid>,
}

impl From<TrendMark> for MarkView {
    fn from(mark: TrendMark) -> Self {
        let TrendMark {
            at,
            kind,
            label,
            id,
        } = mark;
        Self {
            at,
            kind: kind.as_str(),
            label,
            id,
        }
    }
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
    resolved_count: Option<u64>,
    /// Occurrences of critical severity.
    #[schema(example = 3)]
    critical_count: u64,
    /// Errors that were first seen.
    #[schema(example = 4)]
    new_errors: Option<u64>,
}

impl DataPoint {
    /// The view of one point.
    const fn of(point: RangePoint, knows_resolved: bool) -> Self {
        let RangePoint {
            at,
            point,
            new_errors,
        } = point;
        Self {
            timestamp: at,
            error_count: point.occurrences,
            resolved_count: if knows_resolved {
                Some(point.resolved)
            } else {
                None
            },
            critical_count: point.critical,
            new_errors,
        }
    }
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

/// The longest range by hour.
const BY_HOUR: Duration = Duration::days(31);

/// Reads a range of whole hours.
///
/// # Errors
/// 400 naming the parameter.
pub fn read_range(query: &Query, now: OffsetDateTime) -> Result<Option<HourRange>, ApiError> {
    let limit = |name| {
        let expected = "must be a time in RFC 3339, such as 2026-11-20T12:00:00Z, or a date";
        query.parsed(name, expected, |text| {
            let date = || parse_range_limit(text, now).filter(|_| text.contains('-'));
            parse_instant(text).or_else(date)
        })
    };
    let (since, until) = (limit("since")?, limit("until")?);
    HourRange::of(since, until, now).map_err(|error| {
        let field = match error {
            RangeError::NoStart => "until",
            _ => "since",
        };
        ApiError::field(field, &error.to_string())
    })
}

/// Reads the filters of figures that come out of roll-ups.
///
/// # Errors
/// 400 naming the parameter.
pub fn read_trend_filter(query: &Query) -> Result<TrendFilter, ApiError> {
    Ok(TrendFilter {
        level: query.level("level")?,
        severity: query.severity("severity")?,
        source: query.text("source").map(str::to_owned),
        environment: query.text("environment").map(str::to_owned),
        release: query.text("release").map(str::to_owned),
        error: query.parsed("error_id", "must be a UUID", |text| text.parse().ok())?,
    })
}

/// Gets occurrences, resolutions and new errors over time.
///
/// The last 1, 7, 30 or 365 days up to now: whole UTC days, today included (by hour: up to the current
/// one); or a range of whole hours. Weeks begin on Monday, months on the 1st; the first point counts from the period's
/// first day, or from the range's first hour.
#[utoipa::path(
    get, path = "/api/analytics/trends", tag = "Analytics",
    params(
        ("period" = Option<String>, Query, description = "day, week (default), month or year"),
        ("since" = Option<String>, Query, description = "In place of a period: RFC 3339 or a date; cut down to the hour"),
        ("until" = Option<String>, Query, description = "RFC 3339 or a date, now by default; raised to the hour"),
        ("group_by" = Option<String>, Query, description = "hour, day (default), week or month; not longer than the period, and hour for at most 31 days of a range"),
        ("query" = Option<String>, Query, description = "Search, as for the list of errors"),
        ("error_id" = Option<uuid::Uuid>, Query, description = "One error"),
        TrendFilterParams,
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
    (insights, discussion): (Data<Insights>, Data<Discussion>),
    outbox: Data<dyn Outbox>,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    caller.require(Permission::AnalyticsRead)?;
    let now = state.clock.now();
    let asked = Asked::read(&query, now)?;
    let scope = caller.scope_of(&query)?;
    let filter = read_trend_filter(&query)?;
    let search = read_search(&query, now)?;
    let viewer = discussion.viewer(caller.scope(), caller.actor()).await?;
    let search = (!search.is_all()).then(|| ErrorQuery {
        now,
        search: Some(search),
        viewer,
        ..ErrorQuery::default()
    });
    if search.is_some() || filter.release.is_some() {
        insights.refresh().await;
    }
    let given = (
        query.text("since"),
        query.text("until"),
        query.text("query"),
    );
    let reads_alerts = caller.require(Permission::AlertsRead).is_ok();
    let own = search
        .as_ref()
        .map(|search| (&search.viewer, now.unix_timestamp() / 60));
    let key = format!(
        "trends:{asked:?}:{filter:?}:{given:?}:{own:?}:{reads_alerts}:{}",
        hour_of(now)
    );
    let wanted = (&scope, key.as_str(), state.cache_times.analytics);
    cached::answer(&request, &state, wanted, || async {
        let what = (&filter, search.as_ref());
        let trend = insights
            .trend(&scope, what, (asked.range, asked.step))
            .await?;
        let firings = match filter.error {
            None if reads_alerts => firings(&caller, &outbox, asked.range).await?,
            _ => Vec::new(),
        };
        let marks = insights.marks(&scope, asked.range, filter.error, firings);
        Ok(Envelope::of(asked.view(trend, marks.await?)).into())
    })
    .await
}

/// What span is asked for, and in which steps.
#[derive(Debug, Clone, Copy)]
struct Asked {
    period: &'static str,
    group_by: &'static str,
    range: HourRange,
    step: Step,
}

impl Asked {
    fn read(query: &Query, now: OffsetDateTime) -> Result<Self, ApiError> {
        let period = named(query, "period", &PERIODS)?;
        let (group_by, step) = named(query, "group_by", &STEPS)?.unwrap_or(STEPS[1]);
        if let Some(range) = read_range(query, now)? {
            if period.is_some() {
                return Err(ApiError::field("period", "cannot be combined with since"));
            }
            if step == Step::Hour && range.until - range.since > BY_HOUR {
                let expected = "must not be hour for more than 31 days";
                return Err(ApiError::field("group_by", expected));
            }
            return Ok(Self {
                period: "range",
                group_by,
                range,
                step,
            });
        }
        let (name, period) = period.unwrap_or(PERIODS[1]);
        if !step.fits(period) {
            let expected = format!("must not be longer than the period, {name}");
            return Err(ApiError::field("group_by", &expected));
        }
        let Window { from, to } = spanned(period, step, now);
        Ok(Self {
            period: name,
            group_by,
            range: HourRange {
                since: from,
                until: to,
            },
            step,
        })
    }

    fn view(self, trend: RangeTrend, marks: Vec<TrendMark>) -> TrendView {
        let RangeTrend {
            points,
            knows_resolved,
        } = trend;
        let mut capped = Vec::new();
        match &points {
            None => capped.push("data_points"),
            Some(points) => {
                if !knows_resolved {
                    capped.push("resolved_count");
                }
                if points.iter().any(|point| point.new_errors.is_none()) {
                    capped.push("new_errors");
                }
            }
        }
        let points = points.unwrap_or_default().into_iter();
        TrendView {
            period: self.period,
            group_by: self.group_by,
            since: self.range.since,
            until: self.range.until,
            data_points: points
                .map(|point| DataPoint::of(point, knows_resolved))
                .collect(),
            marks: marks.into_iter().map(MarkView::from).collect(),
            capped,
        }
    }
}

/// Lists the newest firings of a range that the caller may see, tests left out.
pub(crate) async fn firings(
    caller: &Caller,
    outbox: &Data<dyn Outbox>,
    range: HourRange,
) -> ApiResult<Vec<TrendMark>> {
    let tenant = caller.tenant_scope();
    let conditions = seen_conditions(caller, outbox).await?;
    let mut marks = Vec::new();
    let mut after = Some(Cursor {
        rank: 0,
        id: OccurrenceId::first_of(range.until).0,
    });
    while let Some(start) = after {
        let wanted = HistoryQuery {
            rule: None,
            conditions: conditions.clone(),
            after: Some(start),
            limit: 100,
            ..HistoryQuery::default()
        };
        let page = outbox.list_firings(tenant, &wanted).await?;
        after = page.next;
        for (firing, _) in page.items {
            let notification = firing.notification;
            if notification.raised_at < range.since {
                return Ok(marks);
            }
            if notification.kind == NotificationKind::Alert && notification.raised_at < range.until
            {
                marks.push(TrendMark {
                    at: notification.raised_at,
                    kind: MarkKind::Firing,
                    label: notification.rule,
                    id: Some(firing.rule_id.0),
                });
            }
            if marks.len() == MARKS_MAX {
                return Ok(marks);
            }
        }
    }
    Ok(marks)
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
