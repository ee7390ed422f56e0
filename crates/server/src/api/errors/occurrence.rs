//! One occurrence of an error, with its place among the others.

use super::not_found;
use super::surroundings::{BreadcrumbView, WebRequestView};
use super::view::{OccurrenceList, OccurrenceView};
use crate::api::list_query::{occurrence_cursor_text, read_occurrence_search};
use crate::http::caller::Caller;
use crate::http::envelope::{Envelope, ErrorEnvelope, Success};
use crate::http::error::{ApiError, ApiResult};
use crate::http::query::Query;
use crate::state::AppState;
use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use faultbook_domain::errors::{
    Breadcrumb, FoundOccurrence, OccurrencePlace, Occurrences, WebRequest,
};
use faultbook_domain::id::ErrorId;
use faultbook_domain::identity::Permission;
use faultbook_domain::page::Cursor;
use faultbook_domain::search::Query as Search;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// An occurrence with its place among those of its error.
#[derive(Debug, Serialize, ToSchema)]
pub struct OccurrenceDetail {
    /// The occurrence.
    #[serde(flatten)]
    #[schema(inline)]
    occurrence: OccurrenceView,
    /// What happened before it, oldest first.
    breadcrumbs: Vec<BreadcrumbView>,
    /// The web request during which it happened.
    request: Option<WebRequestView>,
    /// Its number in order of receipt, 1 being the oldest that is stored; null where the query does not find it.
    position: Option<u64>,
    /// How many are stored; with a query, found.
    total: Option<u64>,
    /// The one received next.
    newer_id: Option<Uuid>,
    /// The one received before.
    older_id: Option<Uuid>,
    /// The fields above that are null because too much would have had to be read.
    capped: Vec<&'static str>,
}

impl OccurrenceDetail {
    fn of(error: ErrorId, found: FoundOccurrence) -> Self {
        let FoundOccurrence {
            occurrence,
            position,
            total,
            newer,
            older,
            capped,
        } = found;
        let breadcrumbs = Breadcrumb::all(&occurrence).into_iter();
        let missing = [
            ("position", position.is_none()),
            ("total", total.is_none()),
            ("newer_id", newer.is_none() && total.is_none()),
            ("older_id", older.is_none() && total.is_none()),
        ];
        let missing = missing
            .into_iter()
            .filter(|(_, missing)| capped && *missing);
        Self {
            breadcrumbs: breadcrumbs.map(BreadcrumbView::from).collect(),
            request: WebRequest::of(&occurrence).map(WebRequestView::from),
            occurrence: OccurrenceView::of(error.0, occurrence),
            position,
            total,
            newer_id: newer.map(|id| id.0),
            older_id: older.map(|id| id.0),
            capped: missing.map(|(name, _)| name).collect(),
        }
    }
}

/// Gets one occurrence of an error, with its number and its neighbors in order of receipt.
///
/// With `query`, `since` or `until` they are those of the occurrences that match: occurrence filters and `message:`
/// narrow; terms about the error are passed over. `latest` and `first` are among those that match then.
#[utoipa::path(
    get, path = "/api/errors/{id}/occurrences/{occurrence_id}", tag = "Errors",
    params(
        ("id" = uuid::Uuid, Path, description = "Error id"),
        ("occurrence_id" = String, Path, description = "Occurrence id, `latest` or `first`"),
        ("query" = Option<String>, Query, description = "Search, as for the list of errors"),
        ("since" = Option<String>, Query, description = "Occurred at this time or later: RFC 3339, a date, or an age such as 2h"),
        ("until" = Option<String>, Query, description = "Occurred before this time: RFC 3339, a date, or an age"),
    ),
    responses(
        (status = 200, description = "The occurrence", body = Envelope<OccurrenceDetail>),
        (status = 400, description = "Not a UUID, or a bad parameter", body = ErrorEnvelope),
        (status = 403, description = "The key may not read errors", body = ErrorEnvelope),
        (status = 404, description = "The error has no such occurrence", body = ErrorEnvelope),
    )
)]
pub async fn get_occurrence(
    caller: Caller,
    path: Path<(String, String)>,
    query: Query,
    occurrences: Data<Occurrences>,
    state: Data<AppState>,
) -> ApiResult<Success<OccurrenceDetail>> {
    caller.require(Permission::ErrorsRead)?;
    let (id, named) = path.into_inner();
    let malformed = |name| move |_| ApiError::field(name, "must be a UUID");
    let id: ErrorId = id.parse().map_err(malformed("id"))?;
    let place =
        match named.as_str() {
            "latest" => OccurrencePlace::Latest,
            "first" => OccurrencePlace::First,
            other => OccurrencePlace::Id(other.parse().map_err(|_| {
                ApiError::field("occurrence_id", "must be a UUID, latest or first")
            })?),
        };
    let search = read_occurrence_search(&query, state.clock.now())?;
    let found = occurrences.find(caller.scope(), id, place, &search).await?;
    let found = found.ok_or_else(not_found)?;
    Ok(Success::ok(OccurrenceDetail::of(id, found)))
}

/// Lists the occurrences of an error that a search finds.
pub(super) async fn list_matching(
    caller: &Caller,
    id: ErrorId,
    query: &Query,
    (search, after, limit): (Search, Option<Cursor>, u32),
    occurrences: &Occurrences,
) -> ApiResult<HttpResponse> {
    let page = occurrences
        .list(caller.scope(), id, &search, (after, limit))
        .await?
        .ok_or_else(not_found)?;
    let Some(page) = page else {
        return Ok(HttpResponse::Ok().json(Envelope::of(OccurrenceList {
            occurrences: Vec::new(),
            total: None,
            limit,
            next_cursor: None,
            capped: vec!["occurrences", "total"],
        })));
    };
    let next_cursor = page.next.map(occurrence_cursor_text);
    let mut answer = HttpResponse::Ok();
    if let Some(cursor) = &next_cursor {
        let mut next = form_urlencoded::Serializer::new(String::new());
        for name in ["limit", "query", "since", "until"] {
            if let Some(value) = query.text(name) {
                next.append_pair(name, value);
            }
        }
        next.append_pair("cursor", cursor);
        let address = format!(
            "</api/errors/{id}/occurrences?{}>; rel=\"next\"",
            next.finish()
        );
        answer.insert_header((actix_web::http::header::LINK, address));
    }
    let items = page.items.into_iter();
    Ok(answer.json(Envelope::of(OccurrenceList {
        occurrences: items.map(|one| OccurrenceView::of(id.0, one)).collect(),
        total: Some(page.total),
        limit,
        next_cursor,
        capped: Vec::new(),
    })))
}
