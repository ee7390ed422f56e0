//! Incidents.

use crate::http::caller::Caller;
use crate::http::envelope::{Envelope, ErrorEnvelope, Success};
use crate::http::error::{ApiError, ApiResult, Code};
use crate::http::extract::{Json, PathId};
use crate::http::query::Query;
use crate::http::request::JsonBody;
use crate::state::AppState;
use actix_web::web::Data;
use faultbook_domain::alerts::AlertRules;
use faultbook_domain::errors::Severity;
use faultbook_domain::id::{IncidentId, RuleId};
use faultbook_domain::identity::Permission;
use faultbook_domain::incidents::{
    Incident, IncidentChange, IncidentQuery, IncidentSettings, Incidents,
};
use faultbook_domain::tenancy::TenantScope;
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

/// Characters of a title.
const TITLE: usize = 255;
/// Characters of a description.
const DESCRIPTION: usize = 20_000;
/// Characters of who works on it.
const ASSIGNEE: usize = 255;

/// An incident.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Incident)]
pub struct IncidentView {
    /// Its id.
    pub id: Uuid,
    #[schema(example = "Database Connection Timeout")]
    title: String,
    #[schema(value_type = String, example = "critical")]
    severity: Severity,
    /// open, investigating, identified, monitoring, resolved or closed.
    #[schema(example = "investigating")]
    status: &'static str,
    description: String,
    #[schema(example = "user-123")]
    assigned_to: Option<String>,
    /// The rule that opened it.
    rule_id: Option<Uuid>,
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    created_at: OffsetDateTime,
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    updated_at: OffsetDateTime,
    #[serde(serialize_with = "crate::http::rfc3339::option::serialize")]
    resolved_at: Option<OffsetDateTime>,
    /// What changed, oldest first; with a single incident only.
    #[serde(skip_serializing_if = "Option::is_none")]
    history: Option<Vec<IncidentChangeView>>,
}

/// One change of an incident.
#[derive(Debug, Serialize, ToSchema)]
pub struct IncidentChangeView {
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    at: OffsetDateTime,
    #[schema(example = "key:0198d3b0-7c00-7000-8000-000000000001")]
    actor: String,
    /// `created`, or the field that changed.
    #[schema(example = "status")]
    field: String,
    from: Option<String>,
    to: Option<String>,
}

/// A page of incidents.
#[derive(Debug, Serialize, ToSchema)]
pub struct IncidentList {
    /// Newest first.
    pub incidents: Vec<IncidentView>,
    /// How many match in all.
    pub total: u64,
}

/// An incident to be opened; a change takes the same fields and `status`, and what it leaves out stays.
#[derive(Debug, ToSchema)]
#[schema(example = json!({
    "title": "Database Connection Timeout", "severity": "critical",
    "description": "Multiple database connection timeouts detected", "assigned_to": "user-123"
}))]
pub struct NewIncident {
    /// 1 to 255 characters.
    pub title: String,
    /// low, medium, high or critical.
    pub severity: String,
    /// In detail.
    pub description: Option<String>,
    /// Up to 255 characters, or null.
    pub assigned_to: Option<String>,
    /// open, investigating (the default), identified, monitoring, resolved or closed.
    pub status: Option<String>,
}

impl IncidentView {
    /// The view of an incident.
    #[must_use]
    pub fn of(incident: Incident) -> Self {
        Self {
            id: incident.id.0,
            title: incident.title,
            severity: incident.severity,
            status: incident.status.as_str(),
            description: incident.description,
            assigned_to: incident.assigned_to,
            rule_id: incident.rule_id.map(|rule| rule.0),
            created_at: incident.created_at,
            updated_at: incident.updated_at,
            resolved_at: incident.resolved_at,
            history: None,
        }
    }

    /// With its history.
    #[must_use]
    pub fn with_history(mut self, changes: Vec<IncidentChange>) -> Self {
        let changes = changes.into_iter().map(|change| IncidentChangeView {
            at: change.at,
            actor: change.actor,
            field: change.field,
            from: change.from,
            to: change.to,
        });
        self.history = Some(changes.collect());
        self
    }
}

/// Reads an incident to be opened, or a change of one.
///
/// # Errors
/// 400 naming every field at fault.
pub fn read_incident(body: JsonBody, is_new: bool) -> Result<IncidentSettings, ApiError> {
    let mut fields = body.fields()?;
    let title = (is_new || fields.has("title")).then(|| {
        let title = fields.required("title");
        if title.chars().count() > TITLE {
            fields.problem("title", "must be at most 255 characters long");
        }
        title
    });
    if is_new && !fields.has("severity") {
        fields.problem("severity", "is required");
    }
    let expected = "must be one of low, medium, high, critical";
    let severity = fields.parsed("severity", expected, |text| {
        text.to_ascii_lowercase().parse().ok()
    });
    let expected = "must be one of open, investigating, identified, monitoring, resolved, closed";
    let status = fields.parsed("status", expected, |text| {
        text.to_ascii_lowercase().parse().ok()
    });
    let description = fields.bounded("description", DESCRIPTION);
    let said = fields.has("assigned_to");
    let assignee = fields.bounded("assigned_to", ASSIGNEE);
    fields.finish(IncidentSettings {
        title,
        severity,
        status,
        description,
        assigned_to: said.then_some(assignee),
    })
}

/// The rules whose incidents exist for the caller; `None` for all incidents.
async fn visible_rules(caller: &Caller, rules: &AlertRules) -> ApiResult<Option<Vec<RuleId>>> {
    if !caller.principal().project_bound {
        return Ok(None);
    }
    let rules = rules.list(caller.tenant_scope()).await?;
    let own = rules
        .into_iter()
        .filter(|rule| caller.principal().may_see_rule(&rule.condition));
    Ok(Some(own.map(|rule| rule.id).collect()))
}

/// The caller's incident of this id with its history.
async fn incident_of(
    caller: &Caller,
    id: IncidentId,
    (incidents, rules): (&Incidents, &AlertRules),
) -> ApiResult<(Incident, Vec<IncidentChange>)> {
    let found = incidents.get(caller.tenant_scope(), id).await?;
    let (incident, changes) = found.ok_or_else(not_found)?;
    if caller.principal().project_bound {
        let rule = match incident.rule_id {
            Some(rule) => rules.get(caller.tenant_scope(), rule).await?,
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
    get, path = "/api/alerts/incidents", tag = "Incidents",
    params(
        ("status" = Option<String>, Query, description = "open, investigating, identified, monitoring, resolved or closed"),
        ("severity" = Option<String>, Query, description = "low, medium, high or critical"),
        ("limit" = Option<u32>, Query, description = "1 to 100, 50 by default", minimum = 1, maximum = 100),
        ("offset" = Option<u64>, Query, description = "Incidents to skip", minimum = 0),
    ),
    responses(
        (status = 200, description = "A page of incidents; with a key bound to a project, those opened by rules that name it", body = Envelope<IncidentList>),
        (status = 400, description = "A bad parameter", body = ErrorEnvelope),
        (status = 403, description = "The key may not read incidents", body = ErrorEnvelope),
    )
)]
pub async fn list_incidents(
    caller: Caller,
    query: Query,
    incidents: Data<Incidents>,
    rules: Data<AlertRules>,
) -> ApiResult<Success<IncidentList>> {
    caller.require(Permission::IncidentsRead)?;
    let expected = "must be one of open, investigating, identified, monitoring, resolved, closed";
    let wanted = IncidentQuery {
        status: query.parsed("status", expected, |text| {
            text.to_ascii_lowercase().parse().ok()
        })?,
        severity: query.severity("severity")?,
        rules: visible_rules(&caller, &rules).await?,
        offset: query.number("offset", 0..=u64::MAX)?.unwrap_or(0),
        limit: query.number("limit", 1..=100)?.unwrap_or(50) as u32,
    };
    let page = incidents.list(caller.tenant_scope(), wanted).await?;
    Ok(Success::ok(IncidentList {
        incidents: page.items.into_iter().map(IncidentView::of).collect(),
        total: page.total,
    }))
}

/// Counts a tenant's incidents, whatever their status.
async fn held(tenant: TenantScope, incidents: &Incidents) -> ApiResult<u64> {
    let one = IncidentQuery {
        limit: 1,
        ..IncidentQuery::default()
    };
    Ok(incidents.list(tenant, one).await?.total)
}

/// Opens an incident.
#[utoipa::path(
    post, path = "/api/alerts/incidents", tag = "Incidents",
    request_body = NewIncident,
    responses(
        (status = 201, description = "The incident", body = Envelope<IncidentView>),
        (status = 400, description = "Invalid input, or beyond `limits.max_incidents` incidents (10,000 by default)", body = ErrorEnvelope),
        (status = 403, description = "The key may not change incidents, or is bound to a project", body = ErrorEnvelope),
    )
)]
pub async fn create_incident(
    Json { caller, body }: Json,
    incidents: Data<Incidents>,
    state: Data<AppState>,
) -> ApiResult<Success<IncidentView>> {
    caller.require(Permission::IncidentsWrite)?;
    let settings = read_incident(body, true)?;
    if caller.principal().project_bound {
        // An incident without a rule belongs to the tenant as a whole.
        return Err(ApiError::new(Code::PermissionDenied));
    }
    let tenant = caller.tenant_scope();
    let (held, most) = (held(tenant, &incidents).await?, state.limits.max_incidents);
    if held >= most {
        return Err(ApiError::new(Code::InvalidInput).with_message(format!(
            "Invalid input: a tenant has at most {most} incidents"
        )));
    }
    let incident = incidents.open(tenant, settings, caller.actor()).await?;
    Ok(Success::created(IncidentView::of(incident)))
}

/// Gets one incident with its history.
#[utoipa::path(
    get, path = "/api/alerts/incidents/{id}", tag = "Incidents",
    params(("id" = uuid::Uuid, Path, description = "Incident id")),
    responses(
        (status = 200, description = "The incident", body = Envelope<IncidentView>),
        (status = 400, description = "Not a UUID", body = ErrorEnvelope),
        (status = 403, description = "The key may not read incidents", body = ErrorEnvelope),
        (status = 404, description = "Incident not found", body = ErrorEnvelope),
    )
)]
pub async fn get_incident(
    caller: Caller,
    id: PathId<IncidentId>,
    incidents: Data<Incidents>,
    rules: Data<AlertRules>,
) -> ApiResult<Success<IncidentView>> {
    caller.require(Permission::IncidentsRead)?;
    let (incident, changes) = incident_of(&caller, id.get()?, (&incidents, &rules)).await?;
    let view = IncidentView::of(incident);
    Ok(Success::ok(view.with_history(changes)))
}

/// Changes an incident. What is left out stays.
#[utoipa::path(
    put, path = "/api/alerts/incidents/{id}", tag = "Incidents",
    params(("id" = uuid::Uuid, Path, description = "Incident id")),
    request_body = NewIncident,
    responses(
        (status = 200, description = "The incident", body = Envelope<IncidentView>),
        (status = 400, description = "Invalid input", body = ErrorEnvelope),
        (status = 403, description = "The key may not change incidents", body = ErrorEnvelope),
        (status = 404, description = "Incident not found", body = ErrorEnvelope),
    )
)]
pub async fn update_incident(
    Json { caller, body }: Json,
    id: PathId<IncidentId>,
    incidents: Data<Incidents>,
    rules: Data<AlertRules>,
) -> ApiResult<Success<IncidentView>> {
    caller.require(Permission::IncidentsWrite)?;
    let id = id.get()?;
    let settings = read_incident(body, false)?;
    if caller.principal().project_bound {
        incident_of(&caller, id, (&incidents, &rules)).await?;
    }
    let tenant = caller.tenant_scope();
    let changed = incidents
        .update(tenant, id, settings, caller.actor())
        .await?;
    changed
        .map(|incident| Success::ok(IncidentView::of(incident)))
        .ok_or_else(not_found)
}
