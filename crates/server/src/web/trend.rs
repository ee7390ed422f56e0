//! What happened over time, for charts of pages.

use super::visitor::Visitor;
use crate::api::trends::firings;
use crate::http::error::{ApiError, ApiResult};
use actix_web::web::Data;
use faultbook_domain::analytics::{HourRange, Insights, Step, TrendFilter, TrendMark};
use faultbook_domain::errors::ErrorQuery;
use faultbook_domain::identity::Permission;
use faultbook_domain::ingest::hour_of;
use faultbook_domain::notifications::Outbox;
use faultbook_domain::tenancy::Scope;
use faultbook_web::errors::Volume;
use time::{Duration, OffsetDateTime, UtcOffset};

/// So many steps up to now.
#[derive(Debug, Clone, Copy)]
pub(super) struct Steps {
    pub(super) step: Step,
    pub(super) count: i32,
}

impl Steps {
    fn length(self) -> Duration {
        match self.step {
            Step::Hour => Duration::HOUR,
            Step::Day => Duration::DAY,
            Step::Week | Step::Month => Duration::WEEK,
        }
    }

    /// The hours that they cover.
    pub(super) fn range(self, now: OffsetDateTime) -> ApiResult<HourRange> {
        let last = match self.step {
            Step::Hour => hour_of(now),
            _ => now.to_offset(UtcOffset::UTC).truncate_to_day(),
        };
        let since = last - self.length() * (self.count - 1);
        let range = HourRange::of(Some(since), None, now).map_err(ApiError::internal)?;
        Ok(range.unwrap_or_else(|| HourRange::last_week(now)))
    }
}

/// What happened in these steps, of a search if one is given, with what may explain it; `None` where too much would have
/// to be read.
pub(super) async fn volume(
    visitor: &Visitor,
    scope: &Scope,
    search: Option<&ErrorQuery>,
    (steps, now): (Steps, OffsetDateTime),
) -> ApiResult<Option<Volume>> {
    let insights = visitor.service::<Insights>()?;
    let range = steps.range(now)?;
    let what = (&TrendFilter::default(), search);
    let trend = insights.trend(scope, what, (range, steps.step)).await?;
    let Some(points) = trend.points else {
        return Ok(None);
    };
    let points = points
        .into_iter()
        .map(|one| (one.at, one.point.occurrences, one.point.critical));
    Ok(Some(Volume {
        points: points.collect(),
        step: steps.length(),
        marks: marks(visitor, scope, &insights, range).await?,
    }))
}

/// Releases, deploys and, for those who may read them, alerts of a range.
async fn marks(
    visitor: &Visitor,
    scope: &Scope,
    insights: &Insights,
    range: HourRange,
) -> ApiResult<Vec<TrendMark>> {
    let outbox: Data<dyn Outbox> = visitor.service()?;
    let fired = match visitor.principal().may(Permission::AlertsRead) {
        true => firings(&visitor.caller(), &outbox, range).await?,
        false => Vec::new(),
    };
    Ok(insights.marks(scope, range, None, fired).await?)
}
