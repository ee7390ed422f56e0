//! How many errors a list finds, by state; an error's place in a list; what occurred beside it; what waits.

use super::{TOTAL_MAX, not_found};
use crate::api::list_params::ErrorFilterParams;
use crate::api::list_query::ListRequest;
use crate::http::cached::{self, Fresh};
use crate::http::caller::Caller;
use crate::http::envelope::{Envelope, ErrorEnvelope, Success};
use crate::http::error::ApiResult;
use crate::http::extract::PathId;
use crate::http::query::Query;
use crate::state::AppState;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use faultbook_domain::alerts::AlertRules;
use faultbook_domain::errors::{
    Company, Counts, Discussion, ErrorFinder, Level, Neighbors, Occurrences, Overview,
};
use faultbook_domain::id::ErrorId;
use faultbook_domain::identity::Permission;
use faultbook_domain::incidents::{AttentionStore, ProjectIncidents};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// How many errors a list finds.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorCounts {
    /// Open, regressed ones too.
    open: u64,
    /// Open, having occurred again after they were resolved.
    regressed: u64,
    /// Ignored.
    ignored: u64,
    /// Resolved.
    resolved: u64,
    /// In any state.
    all: u64,
    /// Occurrences of the query as it stands.
    occurrences: Option<u64>,
    /// Distinct users over all of them.
    users: Option<u64>,
    /// The fields above that are not exact: numbers of errors that stop at 10,000, and what is null.
    capped: Vec<&'static str>,
}

impl From<Counts> for ErrorCounts {
    fn from(counts: Counts) -> Self {
        let Counts {
            states,
            known,
            matching,
        } = counts;
        let mut capped = Vec::new();
        let mut number = |name, errors: u64| {
            if known || errors <= TOTAL_MAX {
                return errors;
            }
            capped.push(name);
            TOTAL_MAX
        };
        let open = number("open", states.open().errors);
        let regressed = number("regressed", states.regressed.errors);
        let ignored = number("ignored", states.ignored.errors);
        let resolved = number("resolved", states.resolved.errors);
        let all = number("all", states.all().errors);
        let missing = [
            ("occurrences", matching.occurrences),
            ("users", matching.users),
        ];
        let missing = missing.into_iter().filter(|(_, figure)| figure.is_none());
        capped.extend(missing.map(|(name, _)| name));
        Self {
            open,
            regressed,
            ignored,
            resolved,
            all,
            occurrences: matching.occurrences,
            users: matching.users,
            capped,
        }
    }
}

/// Counts the errors of a list by state, and the occurrences and users of what it finds.
///
/// Takes the parameters of the list, of which order and page are unused. What the query says of states (`is:open` and so
/// on, `resolved`) is passed over for the numbers of errors, and holds for occurrences and users.
#[utoipa::path(
    get, path = "/api/errors/counts", tag = "Errors",
    params(
        ErrorFilterParams,
    ),
    responses(
        (status = 200, description = "The numbers", body = Envelope<ErrorCounts>),
        (status = 304, description = "As in the answer whose ETag was sent"),
        (status = 400, description = "A bad parameter", body = ErrorEnvelope),
        (status = 403, description = "The key may not read errors", body = ErrorEnvelope),
        (status = 404, description = "Project not found", body = ErrorEnvelope),
    )
)]
pub async fn count_errors(
    caller: Caller,
    request: HttpRequest,
    query: Query,
    (finder, overview, discussion): (Data<ErrorFinder>, Data<Overview>, Data<Discussion>),
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    caller.require(Permission::ErrorsRead)?;
    let list = ListRequest::read(&query, &caller, state.clock.now(), &discussion).await?;
    finder.refresh().await;
    let key = list.cache_key("counts");
    let scope = list.scope.clone();
    let wanted = (&scope, key.as_str(), state.cache_times.lists);
    cached::answer(&request, &state, wanted, || async {
        let counts = overview.counts(&list.scope, &list.query).await?;
        Ok(Fresh::from(Envelope::of(ErrorCounts::from(counts))))
    })
    .await
}

/// An error's place in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorNeighbors {
    /// Its number, 1 being the list's first; null behind 1,000, and where it is not in the list.
    position: Option<u64>,
    /// How many errors the list has; null where they are more than 1,000.
    total: Option<u64>,
    /// The error before it, or before its place.
    previous_id: Option<Uuid>,
    /// The error behind it.
    next_id: Option<Uuid>,
    /// The fields above that are null because they were counted to 1,000 only.
    capped: Vec<&'static str>,
}

impl From<Neighbors> for ErrorNeighbors {
    fn from(neighbors: Neighbors) -> Self {
        let Neighbors {
            position,
            total,
            previous,
            next,
        } = neighbors;
        let missing = [("position", position), ("total", total)];
        let missing = missing.into_iter().filter(|(_, figure)| figure.is_none());
        Self {
            position,
            total,
            previous_id: previous.map(|id| id.0),
            next_id: next.map(|id| id.0),
            capped: missing
                .filter(|_| total.is_none())
                .map(|(name, _)| name)
                .collect(),
        }
    }
}

/// Gets an error's place in a list, with the errors before and behind it.
///
/// Takes the parameters of the list, of which the page is unused. The neighbors of an error that is not in the list are
/// those of the place that its own figures would give it.
#[utoipa::path(
    get, path = "/api/errors/{id}/neighbors", tag = "Errors",
    params(
        ("id" = uuid::Uuid, Path, description = "Error id"),
        ("sort" = Option<String>, Query, description = "last_seen, first_seen, count, users or trend"),
        ErrorFilterParams,
    ),
    responses(
        (status = 200, description = "The place", body = Envelope<ErrorNeighbors>),
        (status = 400, description = "Not a UUID, or a bad parameter", body = ErrorEnvelope),
        (status = 403, description = "The key may not read errors", body = ErrorEnvelope),
        (status = 404, description = "Error or project not found", body = ErrorEnvelope),
    )
)]
pub async fn get_neighbors(
    caller: Caller,
    id: PathId<ErrorId>,
    query: Query,
    (overview, discussion): (Data<Overview>, Data<Discussion>),
    state: Data<AppState>,
) -> ApiResult<Success<ErrorNeighbors>> {
    caller.require(Permission::ErrorsRead)?;
    let id = id.get()?;
    let list = ListRequest::read(&query, &caller, state.clock.now(), &discussion).await?;
    // The error may be of another project than the list.
    let found = overview.neighbors(&list.scope, &list.query, id).await?;
    Ok(Success::ok(found.ok_or_else(not_found)?.into()))
}

/// An error that occurred in the same minutes as another.
#[derive(Debug, Serialize, ToSchema)]
pub struct CompanyView {
    id: Uuid,
    #[serde(rename = "type")]
    exception_type: Option<String>,
    message: String,
    #[schema(value_type = String, example = "error")]
    level: Level,
    /// How many occurrences it has had.
    count: i64,
    /// Minutes in which both were received.
    minutes: u64,
}

/// Errors that occurred in the same minutes as another.
#[derive(Debug, Serialize, ToSchema)]
pub struct CompanyList {
    /// Most minutes first.
    errors: Vec<CompanyView>,
    /// Nothing: all is exact.
    capped: Vec<&'static str>,
}

impl From<Company> for CompanyView {
    fn from(company: Company) -> Self {
        let Company {
            error,
            exception_type,
            minutes,
        } = company;
        Self {
            id: error.state.id.0,
            exception_type,
            message: error.summary.message,
            level: error.summary.level,
            count: error.state.count,
            minutes,
        }
    }
}

/// Lists errors of the same project that were received in the minutes of an error's newest 20 occurrences: at most 5, in
/// at least 2 of these minutes.
#[utoipa::path(
    get, path = "/api/errors/{id}/often-with", tag = "Errors",
    params(("id" = uuid::Uuid, Path, description = "Error id")),
    responses(
        (status = 200, description = "The errors", body = Envelope<CompanyList>),
        (status = 304, description = "As in the answer whose ETag was sent"),
        (status = 400, description = "Not a UUID", body = ErrorEnvelope),
        (status = 403, description = "The key may not read errors", body = ErrorEnvelope),
        (status = 404, description = "Error not found", body = ErrorEnvelope),
    )
)]
pub async fn list_company(
    caller: Caller,
    id: PathId<ErrorId>,
    request: HttpRequest,
    occurrences: Data<Occurrences>,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    caller.require(Permission::ErrorsRead)?;
    let id = id.get()?;
    let key = format!("often-with:{id}");
    let wanted = (caller.scope(), key.as_str(), state.cache_times.lists);
    cached::answer(&request, &state, wanted, || async {
        let found = occurrences.company(caller.scope(), id).await?;
        let found = found.ok_or_else(not_found)?.into_iter();
        let list = CompanyList {
            errors: found.map(CompanyView::from).collect(),
            capped: Vec::new(),
        };
        Ok(Fresh::from(Envelope::of(list)))
    })
    .await
}

/// What waits for somebody. What the caller may not read is null.
#[derive(Debug, Serialize, ToSchema)]
pub struct Attention {
    /// Regressed open errors.
    pub errors: Option<u64>,
    /// Enabled rules that fire.
    pub rules: Option<u64>,
    /// Incidents that are neither resolved nor closed.
    pub incidents: Option<u64>,
}

/// Counts what waits for somebody: regressed errors, rules that fire, unresolved incidents.
#[utoipa::path(
    get, path = "/api/attention", tag = "Analytics",
    responses((status = 200, description = "The numbers", body = Envelope<Attention>))
)]
pub async fn get_attention(
    caller: Caller,
    (overview, rules): (Data<Overview>, Data<AlertRules>),
    attention: Data<dyn AttentionStore>,
) -> ApiResult<Success<Attention>> {
    let may = |permission| caller.require(permission).is_ok();
    let errors = match may(Permission::ErrorsRead) {
        true => Some(overview.tallies(caller.scope()).await?.regressed.errors),
        false => None,
    };
    let tenant = caller.tenant_scope();
    let (reads_rules, reads_incidents) =
        (may(Permission::AlertsRead), may(Permission::IncidentsRead));
    let Some(project) = caller.bound_project() else {
        let firing = match reads_rules {
            true => Some(attention.count_firing_rules(tenant).await?),
            false => None,
        };
        let open = match reads_incidents {
            true => Some(attention.count_unresolved_incidents(tenant, None).await?),
            false => None,
        };
        return Ok(Success::ok(Attention {
            errors,
            rules: firing,
            incidents: open,
        }));
    };
    let mut own = rules.list(tenant).await?;
    own.retain(|rule| caller.principal().may_see_rule(&rule.condition));
    let firing = own.iter().filter(|rule| rule.enabled && rule.state.active);
    let firing = firing.count() as u64;
    let of_project = ProjectIncidents {
        project,
        rules: own.iter().map(|rule| rule.id).collect(),
    };
    let open = match reads_incidents {
        true => Some(
            attention
                .count_unresolved_incidents(tenant, Some(of_project))
                .await?,
        ),
        false => None,
    };
    Ok(Success::ok(Attention {
        errors,
        rules: reads_rules.then_some(firing),
        incidents: open,
    }))
}
