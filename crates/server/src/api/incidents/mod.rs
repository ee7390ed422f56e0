//! Incidents.

pub mod series;
pub mod timeline;
pub mod view;
pub mod visible;

use self::view::{
    IncidentChangeView, IncidentCountsView, IncidentDetail, IncidentList, IncidentRule,
    IncidentView, Reached,
};
use self::visible::{
    ERRORS, incident_of, is_of_own_rule, linked_errors, linked_ids, links_to, not_found,
    visible_incidents,
};
use crate::http::caller::Caller;
use crate::http::envelope::{Envelope, ErrorEnvelope, Success};
use crate::http::error::{ApiError, ApiResult, Code};
use crate::http::extract::{Json, PathId};
use crate::http::fields::Fields;
use crate::http::query::Query;
use crate::http::request::JsonBody;
use crate::state::AppState;
use actix_web::web::Data;
use faultbook_domain::alerts::AlertRules;
use faultbook_domain::errors::ErrorFinder;
use faultbook_domain::id::{ErrorId, IncidentId};
use faultbook_domain::identity::Permission;
use faultbook_domain::incidents::{
    Incident, IncidentQuery, IncidentSettings, IncidentStatus, Incidents, reached,
};
use faultbook_domain::tenancy::TenantScope;
use utoipa::ToSchema;

/// Characters of a title.
const TITLE: usize = 255;
/// Characters of a description.
const DESCRIPTION: usize = 20_000;
/// Characters of who works on it.
const ASSIGNEE: usize = 255;

/// An incident to be opened; a change takes the same fields and `status`, and what it leaves out stays.
#[derive(Debug, ToSchema)]
#[schema(example = json!({
    "title": "Database Connection Timeout", "severity": "critical",
    "description": "Multiple database connection timeouts detected", "assigned_to": "user-123",
    "errors": ["0198d3b0-7c00-7000-8000-000000000001"]
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
    /// Ids of up to 50 errors to link, in place of those linked so far.
    #[schema(value_type = Option<Vec<Uuid>>)]
    pub errors: Option<Vec<String>>,
}

/// Reads an incident to be opened, or a change of one.
///
/// # Errors
/// 400 naming every field at fault.
pub fn read_incident(
    body: JsonBody,
    is_new: bool,
) -> Result<(IncidentSettings, Option<Vec<ErrorId>>), ApiError> {
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
    let errors = read_errors(&mut fields);
    let settings = IncidentSettings {
        title,
        severity,
        status,
        description,
        assigned_to: said.then_some(assignee),
        links: None,
    };
    fields.finish((settings, errors))
}

/// Reads ids of errors, each once.
fn read_errors(fields: &mut Fields) -> Option<Vec<ErrorId>> {
    let expected = "must be a list of at most 50 ids of errors";
    let texts = fields.strings("errors", expected)?;
    let mut errors: Vec<ErrorId> = Vec::new();
    for text in texts {
        match text.parse() {
            Ok(id) if errors.contains(&id) => {}
            Ok(id) => errors.push(id),
            Err(_) => {
                fields.problem("errors", expected);
                return None;
            }
        }
    }
    if errors.len() > ERRORS {
        fields.problem("errors", expected);
        return None;
    }
    Some(errors)
}

/// The view of an incident with the ids of its errors.
async fn view_of(
    caller: &Caller,
    incident: Incident,
    incidents: &Incidents,
) -> ApiResult<IncidentView> {
    let id = incident.id;
    let mut linked = linked_ids(caller, &[id], incidents).await?;
    let errors = linked.remove(&id).unwrap_or_default();
    Ok(IncidentView::of(incident, errors))
}

/// Reads which statuses are listed; all where there is none.
///
/// # Errors
/// 400 naming the parameter.
pub fn read_statuses(query: &Query) -> ApiResult<Vec<IncidentStatus>> {
    let expected = "must be some of open, investigating, identified, monitoring, resolved, closed, \
                    or unresolved";
    let read = |text: &str| {
        let mut statuses = Vec::new();
        for named in text.split(',') {
            match named.trim().to_ascii_lowercase().as_str() {
                "unresolved" => statuses.extend(IncidentStatus::UNRESOLVED),
                named => statuses.push(named.parse().ok()?),
            }
        }
        Some(statuses)
    };
    Ok(query.parsed("status", expected, read)?.unwrap_or_default())
}

/// Lists incidents, newest first. They are kept 400 days after they were resolved or closed unless
/// `retention.incident_days` is set.
#[utoipa::path(
    get, path = "/api/alerts/incidents", tag = "Incidents",
    params(
        ("status" = Option<String>, Query, description = "Some of open, investigating, identified, monitoring, resolved, closed, by commas; unresolved for all but the last two"),
        ("severity" = Option<String>, Query, description = "low, medium, high or critical"),
        ("limit" = Option<u32>, Query, description = "1 to 100, 50 by default", minimum = 1, maximum = 100),
        ("offset" = Option<u64>, Query, description = "Incidents to skip", minimum = 0),
    ),
    responses(
        (status = 200, description = "A page of incidents; with a key bound to a project, those opened by rules that name it, and those whose linked errors are all its own", body = Envelope<IncidentList>),
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
    let wanted = IncidentQuery {
        statuses: read_statuses(&query)?,
        severity: query.severity("severity")?,
        of_project: visible_incidents(&caller, &rules).await?,
        offset: query.number("offset", 0..=u64::MAX)?.unwrap_or(0),
        limit: query.number("limit", 1..=100)?.unwrap_or(50) as u32,
    };
    let tenant = caller.tenant_scope();
    let counts = incidents.counts(tenant, &wanted).await?;
    let page = incidents.list(tenant, wanted).await?;
    let ids: Vec<IncidentId> = page.items.iter().map(|one| one.id).collect();
    let mut linked = linked_ids(&caller, &ids, &incidents).await?;
    let view = |incident: Incident| {
        let errors = linked.remove(&incident.id).unwrap_or_default();
        IncidentView::of(incident, errors)
    };
    Ok(Success::ok(IncidentList {
        incidents: page.items.into_iter().map(view).collect(),
        total: page.total,
        counts: IncidentCountsView::from(&counts),
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
        (status = 403, description = "The key may not change incidents, or is bound to a project and no error is named", body = ErrorEnvelope),
    )
)]
pub async fn create_incident(
    Json { caller, body }: Json,
    (incidents, finder): (Data<Incidents>, Data<ErrorFinder>),
    state: Data<AppState>,
) -> ApiResult<Success<IncidentView>> {
    caller.require(Permission::IncidentsWrite)?;
    let (mut settings, errors) = read_incident(body, true)?;
    if caller.principal().project_bound && errors.as_ref().is_none_or(Vec::is_empty) {
        // An incident without a rule and errors belongs to the tenant as a whole.
        return Err(ApiError::new(Code::PermissionDenied));
    }
    if let Some(errors) = errors {
        settings.links = Some(links_to(&caller, errors, &finder).await?);
    }
    let tenant = caller.tenant_scope();
    let (held, most) = (held(tenant, &incidents).await?, state.limits.max_incidents);
    if held >= most {
        return Err(ApiError::new(Code::InvalidInput).with_message(format!(
            "Invalid input: a tenant has at most {most} incidents"
        )));
    }
    let incident = incidents.open(tenant, settings, caller.actor()).await?;
    let view = view_of(&caller, incident, &incidents).await?;
    Ok(Success::created(view))
}

/// Gets one incident with its history and what belongs to it.
#[utoipa::path(
    get, path = "/api/alerts/incidents/{id}", tag = "Incidents",
    params(("id" = uuid::Uuid, Path, description = "Incident id")),
    responses(
        (status = 200, description = "The incident", body = Envelope<IncidentDetail>),
        (status = 400, description = "Not a UUID", body = ErrorEnvelope),
        (status = 403, description = "The key may not read incidents", body = ErrorEnvelope),
        (status = 404, description = "Incident not found", body = ErrorEnvelope),
    )
)]
pub async fn get_incident(
    caller: Caller,
    id: PathId<IncidentId>,
    (incidents, rules): (Data<Incidents>, Data<AlertRules>),
    finder: Data<ErrorFinder>,
) -> ApiResult<Success<IncidentDetail>> {
    caller.require(Permission::IncidentsRead)?;
    let (incident, changes) = incident_of(&caller, id.get()?, (&incidents, &rules)).await?;
    let rule = match incident.rule_id {
        Some(rule) => rules.get(caller.tenant_scope(), rule).await?,
        None => None,
    };
    let rule = rule.filter(|rule| caller.principal().may_see_rule(&rule.condition));
    let reached = reached(&incident, &changes).into_iter();
    let reached = reached.map(|(status, at)| (status.as_str(), Reached(at)));
    let mut linked = linked_ids(&caller, &[incident.id], &incidents).await?;
    let errors = linked.remove(&incident.id).unwrap_or_default();
    Ok(Success::ok(IncidentDetail {
        linked_errors: linked_errors(&caller, &errors, &finder).await?,
        incident: IncidentView::of(incident, errors),
        history: changes.into_iter().map(IncidentChangeView::from).collect(),
        rule: rule.map(|rule| IncidentRule {
            id: rule.id.0,
            name: rule.name,
        }),
        reached: reached.collect(),
    }))
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
    (incidents, rules): (Data<Incidents>, Data<AlertRules>),
    finder: Data<ErrorFinder>,
) -> ApiResult<Success<IncidentView>> {
    caller.require(Permission::IncidentsWrite)?;
    let id = id.get()?;
    let (mut settings, errors) = read_incident(body, false)?;
    if caller.principal().project_bound {
        let (incident, _) = incident_of(&caller, id, (&incidents, &rules)).await?;
        let empties = errors.as_ref().is_some_and(Vec::is_empty);
        if empties && !is_of_own_rule(&caller, &incident, &rules).await? {
            // Without errors it would belong to the tenant as a whole.
            return Err(ApiError::new(Code::PermissionDenied));
        }
    }
    if let Some(errors) = errors {
        settings.links = Some(links_to(&caller, errors, &finder).await?);
    }
    let tenant = caller.tenant_scope();
    let changed = incidents
        .update(tenant, id, settings, caller.actor())
        .await?;
    let incident = changed.ok_or_else(not_found)?;
    let view = view_of(&caller, incident, &incidents).await?;
    Ok(Success::ok(view))
}
