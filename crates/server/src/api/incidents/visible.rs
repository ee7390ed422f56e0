//! Which incidents and linked errors a caller may see.

use super::view::LinkedErrorView;
use crate::http::caller::Caller;
use crate::http::error::{ApiError, ApiResult, Code};
use faultbook_domain::alerts::AlertRules;
use faultbook_domain::errors::{ErrorDetail, ErrorFinder, ErrorQuery};
use faultbook_domain::id::{ErrorId, IncidentId};
use faultbook_domain::identity::Permission;
use faultbook_domain::incidents::{
    ErrorLinks, Incident, IncidentChange, Incidents, LinkedError, ProjectIncidents,
};
use std::collections::HashMap;
use uuid::Uuid;

/// Errors that may be linked to an incident.
pub const ERRORS: usize = 50;

/// The incidents that exist for the caller; `None` for all of the tenant.
///
/// # Errors
/// 503 when the store is away.
pub async fn visible_incidents(
    caller: &Caller,
    rules: &AlertRules,
) -> ApiResult<Option<ProjectIncidents>> {
    let Some(project) = caller.bound_project() else {
        return Ok(None);
    };
    let rules = rules.list(caller.tenant_scope()).await?;
    let own = rules
        .into_iter()
        .filter(|rule| caller.principal().may_see_rule(&rule.condition));
    Ok(Some(ProjectIncidents {
        project,
        rules: own.map(|rule| rule.id).collect(),
    }))
}

/// The caller's incident of this id with its history.
///
/// # Errors
/// 404.
pub async fn incident_of(
    caller: &Caller,
    id: IncidentId,
    (incidents, rules): (&Incidents, &AlertRules),
) -> ApiResult<(Incident, Vec<IncidentChange>)> {
    let found = incidents.get(caller.tenant_scope(), id).await?;
    let (incident, changes) = found.ok_or_else(not_found)?;
    if let Some(project) = caller.bound_project() {
        let linked = incidents.linked(&[id]).await?;
        let is_of_own_errors =
            !linked.is_empty() && linked.iter().all(|link| link.project == project);
        if !is_of_own_errors && !is_of_own_rule(caller, &incident, rules).await? {
            return Err(not_found());
        }
    }
    Ok((incident, changes))
}

/// Whether the rule that opened an incident exists for the caller.
///
/// # Errors
/// 503 when the store is away.
pub async fn is_of_own_rule(
    caller: &Caller,
    incident: &Incident,
    rules: &AlertRules,
) -> ApiResult<bool> {
    let rule = match incident.rule_id {
        Some(rule) => rules.get(caller.tenant_scope(), rule).await?,
        None => None,
    };
    Ok(rule.is_some_and(|rule| caller.principal().may_see_rule(&rule.condition)))
}

/// What is answered where an incident does not exist for the caller.
#[must_use]
pub fn not_found() -> ApiError {
    ApiError::new(Code::IncidentNotFound)
}

/// The errors of these ids that the caller may see, in this order.
///
/// # Errors
/// 503 when the store is away.
pub async fn details_of(
    caller: &Caller,
    ids: &[ErrorId],
    finder: &ErrorFinder,
) -> ApiResult<Vec<ErrorDetail>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    finder.refresh().await;
    let query = ErrorQuery {
        ids: Some(ids.to_vec()),
        limit: u32::try_from(ids.len()).unwrap_or(u32::MAX),
        ..ErrorQuery::default()
    };
    let mut found = finder.list(caller.scope(), &query).await?.items;
    found.sort_by_key(|one| ids.iter().position(|id| *id == one.error.state.id));
    Ok(found)
}

/// The links to errors that the caller named.
///
/// # Errors
/// 400 naming `errors` where one does not exist for the caller.
pub async fn links_to(
    caller: &Caller,
    errors: Vec<ErrorId>,
    finder: &ErrorFinder,
) -> ApiResult<ErrorLinks> {
    let known = details_of(caller, &errors, finder).await?;
    let is_known = |id: &ErrorId| known.iter().any(|one| one.error.state.id == *id);
    if let Some(unknown) = errors.iter().find(|id| !is_known(id)) {
        let message = format!("names an error that does not exist: {unknown}");
        return Err(ApiError::field("errors", &message));
    }
    Ok(ErrorLinks {
        projects: caller.scope().projects().to_vec(),
        errors,
    })
}

/// The ids of the errors that are linked to incidents, as far as they exist for the caller.
///
/// # Errors
/// 503 when the store is away.
pub async fn linked_ids(
    caller: &Caller,
    ids: &[IncidentId],
    incidents: &Incidents,
) -> ApiResult<HashMap<IncidentId, Vec<Uuid>>> {
    let mut linked: HashMap<IncidentId, Vec<Uuid>> = HashMap::new();
    let is_visible = |link: &LinkedError| caller.scope().projects().contains(&link.project);
    let all = incidents.linked(ids).await?;
    for link in all.into_iter().filter(is_visible) {
        linked.entry(link.incident).or_default().push(link.error.0);
    }
    Ok(linked)
}

/// The errors that are linked to an incident, as the caller may see them.
///
/// # Errors
/// 503 when the store is away.
pub async fn linked_errors(
    caller: &Caller,
    errors: &[Uuid],
    finder: &ErrorFinder,
) -> ApiResult<Vec<LinkedErrorView>> {
    if caller.require(Permission::ErrorsRead).is_err() {
        return Ok(Vec::new());
    }
    let ids: Vec<ErrorId> = errors.iter().map(|id| ErrorId(*id)).collect();
    let details = details_of(caller, &ids, finder).await?;
    Ok(details.into_iter().map(LinkedErrorView::from).collect())
}
