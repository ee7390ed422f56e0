//! Incidents.

use crate::dto::{IncidentList, IncidentView, NewIncident, read_incident};
use crate::http::caller::{AuthenticatedBody, Caller};
use crate::http::envelope::{Envelope, ErrorEnvelope, Success};
use crate::http::error::{ApiError, ApiResult, Code};
use crate::http::query::Query;
use crate::state::AppState;
use actix_web::HttpRequest;
use actix_web::web::{Data, Path};
use faultbook_domain::id::{IncidentId, RuleId};
use faultbook_domain::identity::Permission;
use faultbook_domain::incidents::IncidentQuery;
use faultbook_domain::incidents::{Incident, IncidentChange};
use faultbook_domain::tenancy::TenantScope;

fn incident_id(text: &str) -> ApiResult<IncidentId> {
    text.parse()
        .map_err(|_| ApiError::field("id", "must be a UUID"))
}

/// The rules whose incidents exist for the caller; `None` for all incidents.
async fn visible_rules(caller: &Caller, state: &AppState) -> ApiResult<Option<Vec<RuleId>>> {
    if !caller.principal().project_bound {
        return Ok(None);
    }
    let rules = state.rules.list(caller.tenant_scope()).await?;
    let own = rules
        .into_iter()
        .filter(|rule| caller.principal().may_see_rule(&rule.condition));
    Ok(Some(own.map(|rule| rule.id).collect()))
}

/// The caller's incident of this id with its history.
async fn incident_of(
    caller: &Caller,
    id: &str,
    state: &AppState,
) -> ApiResult<(Incident, Vec<IncidentChange>)> {
    let id = incident_id(id)?;
    let found = state.incidents.get(caller.tenant_scope(), id).await?;
    let (incident, changes) = found.ok_or_else(not_found)?;
    if caller.principal().project_bound {
        let rule = match incident.rule_id {
            Some(rule) => state.rules.get(caller.tenant_scope(), rule).await?,
            None => None,
        };
        rule.filter(|rule| caller.principal().may_see_rule(&rule.condition))
            .ok_or_else(not_found)?;
    }
    Ok((incident, changes))
}

fn not_found() -> ApiError {
    ApiError::new(Code::IncidentNotFound)
}

/// Lists incidents, newest first. They are kept 400 days after they were resolved or closed unless
/// `retention.incident_days` is set.
#[utoipa::path(
    get, path = "/api/alerts/incidents", operation_id = "list_incidents", tag = "Incidents",
    params(
        ("status" = Option<String>, Query, description = "open, investigating, identified, monitoring, resolved or closed"),
        ("severity" = Option<String>, Query, description = "low, medium, high or critical"),
        ("limit" = Option<u32>, Query, description = "1 to 100, 50 by default", minimum = 1, maximum = 100),
        ("offset" = Option<u64>, Query, description = "Incidents to skip", minimum = 0),
    ),
    responses(
        (status = 200, description = "A page of incidents; with a key bound to a project, those opened by rules that name it", body = Envelope<IncidentList>),
        (status = 400, description = "A bad parameter", body = ErrorEnvelope),
        (status = 401, description = "No valid key", body = ErrorEnvelope),
        (status = 403, description = "The key may not read incidents", body = ErrorEnvelope),
        (status = 503, description = "Worth another try", body = ErrorEnvelope),
    )
)]
pub async fn list_incidents(
    caller: Caller,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<Success<IncidentList>> {
    caller.require(Permission::IncidentsRead)?;
    let query = Query::of(request.query_string());
    let expected = "must be one of open, investigating, identified, monitoring, resolved, closed";
    let wanted = IncidentQuery {
        status: query.parsed("status", expected, |text| {
            text.to_ascii_lowercase().parse().ok()
        })?,
        severity: query.severity("severity")?,
        rules: visible_rules(&caller, &state).await?,
        offset: query.number("offset", 0..=u64::MAX)?.unwrap_or(0),
        limit: query.number("limit", 1..=100)?.unwrap_or(50) as u32,
    };
    let page = state.incidents.list(caller.tenant_scope(), wanted).await?;
    Ok(Success::ok(IncidentList {
        incidents: page.items.into_iter().map(IncidentView::of).collect(),
        total: page.total,
    }))
}

/// Counts a tenant's incidents, whatever their status.
async fn held(tenant: TenantScope, state: &AppState) -> ApiResult<u64> {
    let one = IncidentQuery {
        limit: 1,
        ..IncidentQuery::default()
    };
    Ok(state.incidents.list(tenant, one).await?.total)
}

/// Opens an incident.
#[utoipa::path(
    post, path = "/api/alerts/incidents", operation_id = "create_incident", tag = "Incidents",
    request_body = NewIncident,
    responses(
        (status = 201, description = "The incident", body = Envelope<IncidentView>),
        (status = 400, description = "Invalid input, or beyond `limits.max_incidents` incidents (10,000 by default)", body = ErrorEnvelope),
        (status = 401, description = "No valid key", body = ErrorEnvelope),
        (status = 403, description = "The key may not change incidents, or is bound to a project", body = ErrorEnvelope),
        (status = 413, description = "Larger than 1 MiB", body = ErrorEnvelope),
        (status = 415, description = "Not JSON", body = ErrorEnvelope),
        (status = 503, description = "Worth another try", body = ErrorEnvelope),
    )
)]
pub async fn create_incident(
    sender: AuthenticatedBody,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<Success<IncidentView>> {
    let (caller, body) = sender.json(&request, &state).await?;
    caller.require(Permission::IncidentsWrite)?;
    let settings = read_incident(body, true)?;
    if caller.principal().project_bound {
        // An incident without a rule belongs to the tenant as a whole.
        return Err(ApiError::new(Code::PermissionDenied));
    }
    let tenant = caller.tenant_scope();
    let (held, most) = (held(tenant, &state).await?, state.limits.max_incidents);
    if held >= most {
        return Err(ApiError::new(Code::InvalidInput).with_message(format!(
            "Invalid input: a tenant has at most {most} incidents"
        )));
    }
    let incident = state
        .incidents
        .open(tenant, settings, caller.actor())
        .await?;
    Ok(Success::created(IncidentView::of(incident)))
}

/// Gets one incident with its history.
#[utoipa::path(
    get, path = "/api/alerts/incidents/{id}", operation_id = "get_incident", tag = "Incidents",
    params(("id" = uuid::Uuid, Path, description = "Incident id")),
    responses(
        (status = 200, description = "The incident", body = Envelope<IncidentView>),
        (status = 400, description = "Not a UUID", body = ErrorEnvelope),
        (status = 401, description = "No valid key", body = ErrorEnvelope),
        (status = 403, description = "The key may not read incidents", body = ErrorEnvelope),
        (status = 404, description = "No such incident", body = ErrorEnvelope),
        (status = 503, description = "Worth another try", body = ErrorEnvelope),
    )
)]
pub async fn get_incident(
    caller: Caller,
    id: Path<String>,
    state: Data<AppState>,
) -> ApiResult<Success<IncidentView>> {
    caller.require(Permission::IncidentsRead)?;
    let (incident, changes) = incident_of(&caller, &id, &state).await?;
    let view = IncidentView::of(incident);
    Ok(Success::ok(view.with_history(changes)))
}

/// Changes an incident. What is left out stays.
#[utoipa::path(
    put, path = "/api/alerts/incidents/{id}", operation_id = "update_incident", tag = "Incidents",
    params(("id" = uuid::Uuid, Path, description = "Incident id")),
    request_body = NewIncident,
    responses(
        (status = 200, description = "The incident", body = Envelope<IncidentView>),
        (status = 400, description = "Invalid input", body = ErrorEnvelope),
        (status = 401, description = "No valid key", body = ErrorEnvelope),
        (status = 403, description = "The key may not change incidents", body = ErrorEnvelope),
        (status = 404, description = "No such incident", body = ErrorEnvelope),
        (status = 413, description = "Larger than 1 MiB", body = ErrorEnvelope),
        (status = 415, description = "Not JSON", body = ErrorEnvelope),
        (status = 503, description = "Worth another try", body = ErrorEnvelope),
    )
)]
pub async fn update_incident(
    sender: AuthenticatedBody,
    id: Path<String>,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<Success<IncidentView>> {
    let (caller, body) = sender.json(&request, &state).await?;
    caller.require(Permission::IncidentsWrite)?;
    let id = incident_id(&id)?;
    let settings = read_incident(body, false)?;
    if caller.principal().project_bound {
        incident_of(&caller, &id.to_string(), &state).await?;
    }
    let tenant = caller.tenant_scope();
    let changed = state
        .incidents
        .update(tenant, id, settings, caller.actor())
        .await?;
    changed
        .map(|incident| Success::ok(IncidentView::of(incident)))
        .ok_or_else(not_found)
}
