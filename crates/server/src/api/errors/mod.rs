//! Lists, shows, resolves and deletes errors.

pub mod bulk;
mod counts;
mod decision_fields;
pub mod decisions;
pub mod discussion;
mod exceptions;
mod facets_view;
mod occurrence;
mod occurrence_view;
pub mod past;
mod similar_view;
mod surroundings;
mod symbolication;
pub mod triage_view;
pub mod view;

pub use counts::*;
pub use decisions::*;
pub use discussion::*;
pub use occurrence::*;

use crate::api::errors::triage_view::TriageView;
use crate::api::errors::view::{
    ErrorList, ErrorView, FacetsView, HintView, OccurrenceList, OccurrenceView, SimilarList,
    SimilarView,
};
use crate::api::list_params::ErrorFilterParams;
use crate::api::list_query::{
    ListRequest, occurrence_cursor, occurrence_cursor_text, read_occurrence_search, trend_shape,
};
use crate::http::cached::{self, Fresh};
use crate::http::caller::Caller;
use crate::http::envelope::{Envelope, ErrorEnvelope, Success};
use crate::http::error::{ApiError, ApiResult, Code};
use crate::http::extract::PathId;
use crate::http::query::Query;
use crate::state::AppState;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use faultbook_domain::errors::{
    BulkAction, Discussion, ErrorDetail, ErrorFinder, ErrorGroup, OccurrenceSearch, Occurrences,
    Overview, Triage,
};
use faultbook_domain::id::ErrorId;
use faultbook_domain::identity::Permission;

/// Matches that are counted where no counter knows how many there are.
pub(crate) const TOTAL_MAX: u64 = 10_000;

pub(crate) fn not_found() -> ApiError {
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
        ("sort" = Option<String>, Query, description = "last_seen, first_seen, count, users or trend"),
        ("trend" = Option<String>, Query, description = "24h for counts by hour, or 14d for counts by day"),
        ("include" = Option<String>, Query, description = "stack_trace, context: comma-separated"),
        ErrorFilterParams,
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
    (finder, overview, discussion): (Data<ErrorFinder>, Data<Overview>, Data<Discussion>),
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    caller.require(Permission::ErrorsRead)?;
    let list = ListRequest::read(&query, &caller, state.clock.now(), &discussion).await?;
    finder.refresh().await;
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
            let known = overview.known_total(&list.scope, &list.query).await?;
            let total_capped = known.is_none() && page.total > TOTAL_MAX;
            let total = known.unwrap_or(page.total.min(TOTAL_MAX));
            let hints = finder.hints(&list.scope, &list.query).await?;
            let data = ErrorList {
                errors: listed(&caller, &discussion, &list, page.items).await?,
                total,
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

/// Shows errors as in lists, in order.
async fn listed(
    caller: &Caller,
    discussion: &Discussion,
    list: &ListRequest,
    details: Vec<ErrorDetail>,
) -> ApiResult<Vec<ErrorView>> {
    let groups: Vec<&ErrorGroup> = details.iter().map(|one| &one.error).collect();
    let people = discussion.people(&list.scope, &groups, caller.actor());
    let mut people = people.await?;
    let shown = details.into_iter().map(|detail| {
        let own = people.remove(&detail.error.state.id);
        let triage = TriageView::of(&detail.error, own.unwrap_or_default());
        ErrorView::listed(detail, list.include, list.query.now).with_triage(triage)
    });
    Ok(shown.collect())
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
    services: TriageServices,
) -> ApiResult<Success<ErrorView>> {
    caller.require(Permission::ErrorsRead)?;
    let id = id.get()?;
    services.show(&caller, id, trend_shape(&query)?).await
}

/// Lists errors of the same project that are similar to one: at most 10, best first, then newest.
///
/// Type, innermost own frame and words of the message are compared; `why` says what is alike.
#[utoipa::path(
    get, path = "/api/errors/{id}/similar", tag = "Errors",
    params(("id" = uuid::Uuid, Path, description = "Error id")),
    responses(
        (status = 200, description = "The similar errors", body = Envelope<SimilarList>),
        (status = 400, description = "Not a UUID", body = ErrorEnvelope),
        (status = 403, description = "The key may not read errors", body = ErrorEnvelope),
        (status = 404, description = "Error not found", body = ErrorEnvelope),
    )
)]
pub async fn list_similar_errors(
    caller: Caller,
    id: PathId<ErrorId>,
    query: Query,
    (finder, discussion): (Data<ErrorFinder>, Data<Discussion>),
    state: Data<AppState>,
) -> ApiResult<Success<SimilarList>> {
    caller.require(Permission::ErrorsRead)?;
    let list = ListRequest::read(&query, &caller, state.clock.now(), &discussion).await?;
    let found = finder.similar(&list.scope, &list.query, id.get()?).await?;
    let found = found.ok_or_else(not_found)?;
    let (details, likeness): (Vec<_>, Vec<_>) = found.into_iter().unzip();
    let errors = listed(&caller, &discussion, &list, details).await?;
    let similar = errors.into_iter().zip(likeness);
    let similar = similar
        .map(|(error, similarity)| SimilarView::of(error, similarity))
        .collect();
    Ok(Success::ok(SimilarList { similar }))
}

/// Counts the errors of a list by the values of their occurrences.
///
/// Takes the parameters of the list, of which order and page are unused. Counts errors that have a matching occurrence
/// of the value: the 20 most frequent of each. `status` has regressed errors within open ones, too.
#[utoipa::path(
    get, path = "/api/errors/facets", tag = "Errors",
    params(
        ErrorFilterParams,
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
    (finder, discussion): (Data<ErrorFinder>, Data<Discussion>),
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    caller.require(Permission::ErrorsRead)?;
    let list = ListRequest::read(&query, &caller, state.clock.now(), &discussion).await?;
    finder.refresh().await;
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
        ("query" = Option<String>, Query, description = "Search, as for the list of errors: occurrence filters and `message:` narrow"),
        ("since" = Option<String>, Query, description = "Occurred at this time or later: RFC 3339, a date, or an age such as 2h"),
        ("until" = Option<String>, Query, description = "Occurred before this time: RFC 3339, a date, or an age"),
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
    (triage, occurrences): (Data<Triage>, Data<Occurrences>),
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
    let search = read_occurrence_search(&query, state.clock.now())?;
    if !OccurrenceSearch::of(&search).is_all() {
        let asked = (search, after, limit);
        return list_matching(&caller, id, &query, asked, &occurrences).await;
    }
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
                total: Some(page.total),
                limit,
                next_cursor,
                capped: Vec::new(),
            });
            let total = None;
            Ok(Fresh { body, next, total })
        },
    )
    .await
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
