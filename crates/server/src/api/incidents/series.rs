//! What the rule of an incident measured meanwhile.

use super::visible::incident_of;
use crate::api::alerts::preview::{PATIENCE, SeriesPoint};
use crate::api::alerts::rule::Number;
use crate::http::caller::Caller;
use crate::http::envelope::{Envelope, ErrorEnvelope, Success};
use crate::http::error::{ApiError, ApiResult, Code};
use crate::http::extract::PathId;
use crate::state::AppState;
use actix_web::web::{self, Data};
use faultbook_domain::alerts::{
    AlertRule, AlertRules, Preview, PreviewError, PreviewRequest, Previews, RuleSettings,
};
use faultbook_domain::id::IncidentId;
use faultbook_domain::identity::Permission;
use faultbook_domain::incidents::{Incident, Incidents};
use faultbook_domain::tenancy::Projects;
use serde::Serialize;
use time::{Duration, OffsetDateTime};
use utoipa::ToSchema;

/// How long before its incident a rule's metric is shown.
const BEFORE: Duration = Duration::hours(2);

/// Most of the past that is looked at, as in a preview.
const LONGEST: Duration = Duration::days(30);

/// What the rule of an incident measured.
#[derive(Debug, Serialize, ToSchema)]
pub struct IncidentSeries {
    /// At most 300 points, oldest first; none without a rule.
    series: Vec<SeriesPoint>,
    /// What the value is compared with; null without a rule.
    limit: Option<Number>,
    /// How much time each point covers; null without a rule.
    step_seconds: Option<i64>,
    /// `["series"]` where it begins later than 2 hours before the incident.
    capped: Vec<&'static str>,
}

/// Plays a rule over the time of an incident; nothing where no rule opened it, or it is gone.
///
/// # Errors
/// 503 with `Retry-After` where others took too long.
pub async fn played(
    caller: &Caller,
    incident: &Incident,
    rules: &AlertRules,
    (projects, previews): (&Projects, &Previews),
    now: OffsetDateTime,
) -> ApiResult<Option<(AlertRule, Preview)>> {
    let tenant = caller.tenant_scope();
    let Some(id) = incident.rule_id else {
        return Ok(None);
    };
    let Some(rule) = rules.get(tenant, id).await? else {
        return Ok(None);
    };
    let to = incident.resolved_at.unwrap_or(now).min(now);
    let to = to.replace_nanosecond(0).unwrap_or(to);
    let wanted = incident.created_at - BEFORE;
    let from = wanted.max(to - LONGEST);
    let request = PreviewRequest {
        settings: settings_of(&rule),
        projects: projects.list(caller.principal()).await?,
        from,
        to,
    };
    let turn = tokio::time::timeout(PATIENCE, previews.turn(tenant.id())).await;
    let turn = turn.map_err(|_| ApiError::new(Code::Overloaded).retry_after(5))?;
    let past = match previews.read(&turn, request).await {
        Ok(past) => past,
        // A rule of an older version may have a condition that is not valid any more.
        Err(PreviewError::Condition(_)) => return Ok(None),
        Err(PreviewError::Store(error)) => return Err(error.into()),
        Err(other) => return Err(ApiError::internal(other)),
    };
    let evaluator = previews.evaluator();
    let played = web::block(move || past.play(&*evaluator)).await;
    let mut played = played.map_err(ApiError::internal)?;
    played.capped |= from > wanted;
    Ok(Some((rule, played)))
}

fn settings_of(rule: &AlertRule) -> RuleSettings {
    RuleSettings {
        name: rule.name.clone(),
        condition: rule.condition.clone(),
        threshold: rule.threshold,
        time_window: rule.time_window,
        enabled: rule.enabled,
        notifications: Vec::new(),
        open_incident: None,
        include_ignored: rule.include_ignored,
    }
}

/// Shows what the rule of an incident measured from 2 hours before until it was resolved, or now.
#[utoipa::path(
    get, path = "/api/alerts/incidents/{id}/series", tag = "Incidents",
    params(("id" = uuid::Uuid, Path, description = "Incident id")),
    responses(
        (status = 200, description = "The points", body = Envelope<IncidentSeries>),
        (status = 400, description = "Not a UUID", body = ErrorEnvelope),
        (status = 403, description = "The key may not read incidents", body = ErrorEnvelope),
        (status = 404, description = "Incident not found", body = ErrorEnvelope),
    )
)]
pub async fn get_series(
    caller: Caller,
    id: PathId<IncidentId>,
    (incidents, rules): (Data<Incidents>, Data<AlertRules>),
    (projects, previews): (Data<Projects>, Data<Previews>),
    state: Data<AppState>,
) -> ApiResult<Success<IncidentSeries>> {
    caller.require(Permission::IncidentsRead)?;
    let (incident, _) = incident_of(&caller, id.get()?, (&incidents, &rules)).await?;
    let services = (&**projects, &**previews);
    let played = played(&caller, &incident, &rules, services, state.clock.now()).await?;
    let Some((_, played)) = played else {
        return Ok(Success::ok(IncidentSeries {
            series: Vec::new(),
            limit: None,
            step_seconds: None,
            capped: Vec::new(),
        }));
    };
    Ok(Success::ok(IncidentSeries {
        series: played.series.into_iter().map(SeriesPoint::of).collect(),
        limit: Some(Number(played.limit)),
        step_seconds: Some(played.slice.whole_seconds()),
        capped: if played.capped {
            vec!["series"]
        } else {
            Vec::new()
        },
    }))
}
