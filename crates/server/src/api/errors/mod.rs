//! Lists, shows, resolves and deletes errors.

mod exceptions;
pub mod view;

use crate::api::errors::view::{
    BulkDone, BulkRequest, ErrorList, ErrorView, FacetsView, HintView, OccurrenceList,
    OccurrenceView, Resolved,
};
use crate::api::list_query::{ListRequest, occurrence_cursor, occurrence_cursor_text, trend_shape};
use crate::http::cached::{self, Fresh};
use crate::http::caller::Caller;
use crate::http::envelope::{Envelope, ErrorEnvelope, Success};
use crate::http::error::{ApiError, ApiResult, Code};
use crate::http::extract::{Json, PathId};
use crate::http::query::Query;
use crate::state::AppState;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use faultbook_domain::errors::{BulkAction, ErrorFinder, Triage};
use faultbook_domain::id::ErrorId;
use faultbook_domain::identity::Permission;
use serde_json::Value;
use std::collections::HashSet;

/// Errors a bulk change may name.
const BULK_MAX: usize = 1_000;

/// Matches that are counted where no counter knows how many there are.
const TOTAL_MAX: u64 = 10_000;

pub(super) fn not_found() -> ApiError {
    ApiError::new(Code::ErrorNotFound)
}

/// Lists errors, newest `last_seen` first.
///
/// Filters ask for an occurrence that meets all of them within the range. `count`, `users`, `first_seen`, `last_seen` and
/// `trend` are those of the matching occurrences then, and the order goes by them; `total_count` is the error's own.
///
/// A message longer than 8 KiB and another text longer than 2 KiB are cut here; `GET /api/errors/{id}` gives them
/// whole. With `include` a page may hold fewer errors than `limit`, so that it stays below some megabytes:
/// `next_cursor` leads to the rest.
#[utoipa::path(
    get, path = "/api/errors", tag = "Errors",
    params(
        ("limit" = Option<u32>, Query, description = "1 to 100", minimum = 1, maximum = 100),
        ("offset" = Option<u64>, Query, description = "Errors to skip", minimum = 0),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before: costs the same however deep"),
        ("level" = Option<String>, Query, description = "error, warning, info or debug"),
        ("source" = Option<String>, Query, description = "Source, exactly"),
        ("environment" = Option<String>, Query, description = "Environment, exactly"),
        ("severity" = Option<String>, Query, description = "low, medium, high or critical"),
        ("resolved" = Option<bool>, Query, description = "Resolved or not"),
        ("fingerprint" = Option<String>, Query, description = "32 hexadecimal digits"),
        ("project" = Option<String>, Query, description = "Project id or short name"),
        ("since" = Option<String>, Query, description = "Occurred at this time or later: RFC 3339, a date, or an age such as 2h"),
        ("until" = Option<String>, Query, description = "Occurred before this time: RFC 3339, a date, or an age"),
        ("q" = Option<String>, Query, description = "Words that a message must hold, in any case: at most 20, of at most 1000 characters together"),
        ("query" = Option<String>, Query, description = "Search: words, `key:value`, `is:open`, `count:>100`, `!` before what must not hold"),
        ("sort" = Option<String>, Query, description = "last_seen, first_seen, count, users or trend"),
        ("trend" = Option<String>, Query, description = "24h for counts by hour, or 14d for counts by day"),
        ("include" = Option<String>, Query, description = "stack_trace, context: comma-separated"),
    ),
    responses(
        (status = 200, description = "A page of errors", body = Envelope<ErrorList>),
        (status = 304, description = "As in the answer whose ETag was sent"),
        (status = 400, description = "A bad parameter", body = ErrorEnvelope),
        (status = 403, description = "The key may not read errors", body = ErrorEnvelope),
        (status = 404, description = "Project not found", body = ErrorEnvelope),
    )
)]
pub async fn list_errors(
    caller: Caller,
    request: HttpRequest,
    query: Query,
    finder: Data<ErrorFinder>,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    caller.require(Permission::ErrorsRead)?;
    let list = ListRequest::read(&query, &caller, state.clock.now())?;
    let key = list.cache_key("errors");
    let scope = list.scope.clone();
    cached::answer(
        &request,
        &state,
        (&scope, &key, state.cache_times.lists),
        || async {
            let page = finder.list(&list.scope, &list.query).await?;
            let next_cursor = page.next.map(|cursor| list.cursor_text(cursor));
            let next = next_cursor.as_ref().map(|cursor| list.next_address(cursor));
            let now = list.query.now;
            let total_capped = page.total > TOTAL_MAX && !list.query.whole_search().is_all();
            let hints = finder.hints(&list.scope, &list.query).await?;
            let data = ErrorList {
                errors: page
                    .items
                    .into_iter()
                    .map(|detail| ErrorView::listed(detail, list.include, now))
                    .collect(),
                total: if total_capped { TOTAL_MAX } else { page.total },
                total_capped,
                page: list.page_number(),
                limit: list.query.limit,
                next_cursor,
                hints: hints.into_iter().map(HintView::from).collect(),
            };
            let total = None;
            let body = Envelope::of(data);
            Ok(Fresh { body, next, total })
        },
    )
    .await
}

/// Gets one error with its latest occurrence.
#[utoipa::path(
    get, path = "/api/errors/{id}", tag = "Errors",
    params(
        ("id" = uuid::Uuid, Path, description = "Error id"),
        ("trend" = Option<String>, Query, description = "24h for counts by hour, or 14d for counts by day"),
    ),
    responses(
        (status = 200, description = "The error", body = Envelope<ErrorView>),
        (status = 400, description = "Not a UUID", body = ErrorEnvelope),
        (status = 403, description = "The key may not read errors", body = ErrorEnvelope),
        (status = 404, description = "Error not found", body = ErrorEnvelope),
    )
)]
pub async fn get_error(
    caller: Caller,
    id: PathId<ErrorId>,
    query: Query,
    (triage, finder): (Data<Triage>, Data<ErrorFinder>),
    state: Data<AppState>,
) -> ApiResult<Success<ErrorView>> {
    caller.require(Permission::ErrorsRead)?;
    let (scope, id) = (caller.scope(), id.get()?);
    let trend = trend_shape(&query)?;
    let mut detail = triage.get(scope, id).await?.ok_or_else(not_found)?;
    detail.figures = finder.figures(scope, id, trend).await?;
    Ok(Success::ok(ErrorView::of_detail(detail, state.clock.now())))
}

/// Counts the errors of a list by the values of their occurrences.
///
/// Takes the parameters of the list, of which order and page are unused. Counts errors that have a matching occurrence
/// of the value: the 20 most frequent of each. `status` has regressed errors within open ones, too.
#[utoipa::path(
    get, path = "/api/errors/facets", tag = "Errors",
    params(
        ("query" = Option<String>, Query, description = "Search, as for the list"),
        ("level" = Option<String>, Query, description = "error, warning, info or debug"),
        ("source" = Option<String>, Query, description = "Source, exactly"),
        ("environment" = Option<String>, Query, description = "Environment, exactly"),
        ("severity" = Option<String>, Query, description = "low, medium, high or critical"),
        ("resolved" = Option<bool>, Query, description = "Resolved or not"),
        ("fingerprint" = Option<String>, Query, description = "32 hexadecimal digits"),
        ("project" = Option<String>, Query, description = "Project id or short name"),
        ("since" = Option<String>, Query, description = "Occurred at this time or later: RFC 3339, a date, or an age"),
        ("until" = Option<String>, Query, description = "Occurred before this time: RFC 3339, a date, or an age"),
        ("q" = Option<String>, Query, description = "Words that the message must hold"),
    ),
    responses(
        (status = 200, description = "The facets", body = Envelope<FacetsView>),
        (status = 304, description = "As in the answer whose ETag was sent"),
        (status = 400, description = "A bad parameter", body = ErrorEnvelope),
        (status = 403, description = "The key may not read errors", body = ErrorEnvelope),
        (status = 404, description = "Project not found", body = ErrorEnvelope),
    )
)]
pub async fn list_facets(
    caller: Caller,
    request: HttpRequest,
    query: Query,
    finder: Data<ErrorFinder>,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    caller.require(Permission::ErrorsRead)?;
    let list = ListRequest::read(&query, &caller, state.clock.now())?;
    let key = list.cache_key("facets");
    let scope = list.scope.clone();
    cached::answer(
        &request,
        &state,
        (&scope, &key, state.cache_times.lists),
        || async {
            let facets = finder.facets(&list.scope, &list.query).await?;
            let body = Envelope::of(FacetsView::from(facets));
            Ok(Fresh {
                body,
                next: None,
                total: None,
            })
        },
    )
    .await
}

/// Lists an error's occurrences, newest received first.
///
/// A page may hold fewer than `limit`, so that it stays below some megabytes: `next_cursor` leads to the rest.
#[utoipa::path(
    get, path = "/api/errors/{id}/occurrences", tag = "Errors",
    params(
        ("id" = uuid::Uuid, Path, description = "Error id"),
        ("limit" = Option<u32>, Query, description = "1 to 100", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses(
        (status = 200, description = "A page of occurrences", body = Envelope<OccurrenceList>),
        (status = 304, description = "As in the answer whose ETag was sent"),
        (status = 400, description = "A bad parameter", body = ErrorEnvelope),
        (status = 403, description = "The key may not read errors", body = ErrorEnvelope),
        (status = 404, description = "Error not found", body = ErrorEnvelope),
    )
)]
pub async fn list_occurrences(
    caller: Caller,
    id: PathId<ErrorId>,
    request: HttpRequest,
    query: Query,
    triage: Data<Triage>,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    caller.require(Permission::ErrorsRead)?;
    let id = id.get()?;
    let limit = query.number("limit", 1..=100)?.unwrap_or(50) as u32;
    let after = query.parsed(
        "cursor",
        "must be a cursor from an earlier answer",
        occurrence_cursor,
    )?;
    let key = format!("occurrences:{id}:{limit}:{after:?}");
    cached::answer(
        &request,
        &state,
        (caller.scope(), &key, state.cache_times.lists),
        || async {
            let page = triage
                .occurrences(caller.scope(), id, after, limit)
                .await?
                .ok_or_else(not_found)?;
            let next_cursor = page.next.map(occurrence_cursor_text);
            let next = next_cursor.as_ref().map(|cursor| {
                format!("/api/errors/{id}/occurrences?limit={limit}&cursor={cursor}")
            });
            let occurrences = page
                .items
                .into_iter()
                .map(|one| OccurrenceView::of(id.0, one))
                .collect();
            let body = Envelope::of(OccurrenceList {
                occurrences,
                total: page.total,
                limit,
                next_cursor,
            });
            let total = None;
            Ok(Fresh { body, next, total })
        },
    )
    .await
}

/// Resolves an error. Idempotent.
#[utoipa::path(
    put, path = "/api/errors/{id}/resolve", tag = "Errors",
    params(("id" = uuid::Uuid, Path, description = "Error id")),
    responses(
        (status = 200, description = "Resolved", body = Envelope<Resolved>),
        (status = 400, description = "Not a UUID", body = ErrorEnvelope),
        (status = 403, description = "The key may not resolve", body = ErrorEnvelope),
        (status = 404, description = "Error not found", body = ErrorEnvelope),
    )
)]
pub async fn resolve_error(
    caller: Caller,
    id: PathId<ErrorId>,
    triage: Data<Triage>,
) -> ApiResult<Success<Resolved>> {
    change_one(&caller, id, &triage, BulkAction::Resolve).await?;
    Ok(Success::ok(Resolved { status: "resolved" }))
}

/// Opens a resolved error again. Idempotent.
#[utoipa::path(
    put, path = "/api/errors/{id}/unresolve", tag = "Errors",
    params(("id" = uuid::Uuid, Path, description = "Error id")),
    responses(
        (status = 200, description = "Open", body = Envelope<Resolved>),
        (status = 400, description = "Not a UUID", body = ErrorEnvelope),
        (status = 403, description = "The key may not resolve", body = ErrorEnvelope),
        (status = 404, description = "Error not found", body = ErrorEnvelope),
    )
)]
pub async fn unresolve_error(
    caller: Caller,
    id: PathId<ErrorId>,
    triage: Data<Triage>,
) -> ApiResult<Success<Resolved>> {
    change_one(&caller, id, &triage, BulkAction::Unresolve).await?;
    Ok(Success::ok(Resolved {
        status: "unresolved",
    }))
}

/// Deletes an error with its occurrences.
#[utoipa::path(
    delete, path = "/api/errors/{id}", tag = "Errors",
    params(("id" = uuid::Uuid, Path, description = "Error id")),
    responses(
        (status = 204, description = "Deleted"),
        (status = 400, description = "Not a UUID", body = ErrorEnvelope),
        (status = 403, description = "The key may not delete", body = ErrorEnvelope),
        (status = 404, description = "Error not found", body = ErrorEnvelope),
    )
)]
pub async fn delete_error(
    caller: Caller,
    id: PathId<ErrorId>,
    triage: Data<Triage>,
) -> ApiResult<HttpResponse> {
    change_one(&caller, id, &triage, BulkAction::Delete).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Resolves, reopens or deletes several errors.
#[utoipa::path(
    post, path = "/api/errors/bulk", tag = "Errors",
    request_body = BulkRequest,
    responses(
        (status = 200, description = "What was found", body = Envelope<BulkDone>),
        (status = 400, description = "Invalid input", body = ErrorEnvelope),
        (status = 403, description = "The key may not do this", body = ErrorEnvelope),
    )
)]
pub async fn change_errors(
    Json { caller, body }: Json,
    triage: Data<Triage>,
) -> ApiResult<Success<BulkDone>> {
    let (ids, action) = read_bulk(&body.value)?;
    caller.require(permission_for(action))?;
    let found = triage
        .apply(caller.scope(), &ids, action, caller.actor())
        .await?;
    let known: HashSet<ErrorId> = found.iter().copied().collect();
    let not_found = ids.into_iter().filter(|id| !known.contains(id)).collect();
    Ok(Success::ok(BulkDone {
        affected: found.len(),
        ids: found,
        not_found,
    }))
}

fn read_bulk(body: &Value) -> ApiResult<(Vec<ErrorId>, BulkAction)> {
    let missing = |field: &str| body.get(field).is_none_or(Value::is_null);
    for field in ["ids", "action"] {
        if missing(field) {
            return Err(ApiError::field(field, "is required"));
        }
    }
    let action = match body["action"].as_str() {
        Some("resolve") => BulkAction::Resolve,
        Some("unresolve") => BulkAction::Unresolve,
        Some("delete") => BulkAction::Delete,
        _ => {
            return Err(ApiError::field(
                "action",
                "must be one of resolve, unresolve, delete",
            ));
        }
    };
    let ids: Option<Vec<ErrorId>> = body["ids"].as_array().and_then(|ids| {
        ids.iter()
            .map(|id| id.as_str().and_then(|text| text.parse().ok()))
            .collect()
    });
    let mut ids = ids.ok_or_else(|| ApiError::field("ids", "must be an array of UUIDs"))?;
    if ids.is_empty() || ids.len() > BULK_MAX {
        return Err(ApiError::field(
            "ids",
            &format!("must name 1 to {BULK_MAX} errors"),
        ));
    }
    ids.sort_unstable();
    ids.dedup();
    Ok((ids, action))
}

const fn permission_for(action: BulkAction) -> Permission {
    match action {
        BulkAction::Resolve | BulkAction::Unresolve => Permission::ErrorsResolve,
        BulkAction::Delete => Permission::ErrorsDelete,
    }
}

async fn change_one(
    caller: &Caller,
    id: PathId<ErrorId>,
    triage: &Triage,
    action: BulkAction,
) -> ApiResult<()> {
    caller.require(permission_for(action))?;
    let found = triage
        .apply(caller.scope(), &[id.get()?], action, caller.actor())
        .await?;
    if found.is_empty() {
        Err(not_found())
    } else {
        Ok(())
    }
}
