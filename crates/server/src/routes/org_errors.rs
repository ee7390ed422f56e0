//! Error events of an organization: ordinary occurrences of its default project.

use crate::dto::{NewOrgError, OrgError, OrgErrorLogged, read_org_error};
use crate::http::cached::{self, Fresh};
use crate::http::caller::{AuthenticatedBody, Caller};
use crate::http::envelope::{ErrorEnvelope, json_response};
use crate::http::error::{ApiError, ApiResult};
use crate::http::query::Query;
use crate::routes::list_query::{occurrence_cursor, occurrence_cursor_text};
use crate::routes::report::{Origin, count};
use crate::state::AppState;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use faultbook_domain::identity::Permission;
use faultbook_domain::ingest::Destination;
use faultbook_domain::ingest::{Taken, WriteMode};

/// Lists an organization's error events, newest received first. Messages longer than 8 KiB are cut.
#[utoipa::path(
    get, path = "/orgs/{org_id}/errors", operation_id = "list_org_errors", tag = "Organizations",
    params(
        ("org_id" = String, Path, description = "The organization's id or short name"),
        ("limit" = Option<u32>, Query, description = "1 to 1000, 100 by default", minimum = 1, maximum = 1000),
        ("cursor" = Option<String>, Query, description = "As in the `Link` of the page before"),
    ),
    responses(
        (status = 200, description = "A page of events", body = Vec<OrgError>, headers(
            ("X-Total-Count" = u64, description = "Events counted so far"),
            ("Link" = String, description = "The next page, if there is one"),
        )),
        (status = 304, description = "As in the answer whose ETag was sent"),
        (status = 400, description = "A bad parameter", body = ErrorEnvelope),
        (status = 401, description = "No valid key", body = ErrorEnvelope),
        (status = 403, description = "Another organization, or no permission", body = ErrorEnvelope),
        (status = 404, description = "No such organization", body = ErrorEnvelope),
        (status = 503, description = "Worth another try", body = ErrorEnvelope),
    )
)]
pub async fn list_org_errors(
    caller: Caller,
    org: Path<String>,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let scope = caller.home_of(&org, &state).await?;
    caller.require(Permission::ErrorsRead)?;
    let query = Query::of(request.query_string());
    let limit = query.number("limit", 1..=1_000)?.unwrap_or(100) as u32;
    let expected = "must be a cursor from an earlier answer";
    let after = query.parsed("cursor", expected, occurrence_cursor)?;
    let key = format!("feed:{limit}:{after:?}");
    let wanted = (&scope, key.as_str(), state.cache_times.lists);
    cached::answer(&request, &state, wanted, || async {
        let page = state.triage.feed(&scope, after, limit).await?;
        let next = page.next.map(|cursor| {
            let cursor = occurrence_cursor_text(cursor);
            format!("/orgs/{org}/errors?limit={limit}&cursor={cursor}")
        });
        let body: Vec<OrgError> = page.items.into_iter().map(OrgError::of).collect();
        let total = Some(page.total);
        Ok(Fresh { body, next, total })
    })
    .await
}

/// Logs an error event of an organization.
#[utoipa::path(
    post, path = "/orgs/{org_id}/errors", operation_id = "log_org_error", tag = "Organizations",
    params(("org_id" = String, Path, description = "The organization's id or short name")),
    request_body = NewOrgError,
    responses(
        (status = 200, description = "Stored", body = OrgErrorLogged),
        (status = 202, description = "Durably queued while the database is away", body = OrgErrorLogged),
        (status = 400, description = "Invalid input", body = ErrorEnvelope),
        (status = 401, description = "No valid key", body = ErrorEnvelope),
        (status = 403, description = "Another organization, or no permission", body = ErrorEnvelope),
        (status = 404, description = "No such organization", body = ErrorEnvelope),
        (status = 413, description = "Larger than 1 MiB", body = ErrorEnvelope),
        (status = 415, description = "Not JSON", body = ErrorEnvelope),
        (status = 503, description = "Worth another try", body = ErrorEnvelope),
    )
)]
pub async fn log_org_error(
    sender: AuthenticatedBody,
    org: Path<String>,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let (caller, body) = sender.json(&request, &state).await?;
    let scope = caller.home_of(&org, &state).await?;
    caller.require(Permission::ErrorsWrite)?;
    let mut report = read_org_error(body)?;
    Origin::of(&request, &state).sign(&mut report);
    let to = Destination {
        tenant: scope.tenant(),
        project: scope.projects()[0],
    };
    let taken = state.intake.submit(to, report, WriteMode::Now).await;
    let taken = taken.map_err(ApiError::from);
    count(&taken);
    let (status, message, error_id) = match taken? {
        Taken::Stored(accepted) => (
            StatusCode::OK,
            "Error logged successfully",
            accepted.occurrence.id.0,
        ),
        Taken::Queued(occurrence) => (
            StatusCode::ACCEPTED,
            "Error accepted for later processing",
            occurrence.id.0,
        ),
    };
    Ok(json_response(status, &OrgErrorLogged { message, error_id }))
}
