//! Changes of errors as server-sent events.

use crate::api::list_query::read_search;
use crate::http::caller::Caller;
use crate::http::envelope::ErrorEnvelope;
use crate::http::error::{ApiError, ApiResult, Code};
use crate::http::query::Query;
use crate::state::AppState;
use crate::stream::{Hub, Listening, WAITING, listen};
use actix_web::http::header::{CACHE_CONTROL, CONTENT_ENCODING};
use actix_web::web::Data;
use actix_web::{Error, HttpRequest, HttpResponse, rt};
use faultbook_domain::errors::Discussion;
use faultbook_domain::identity::Permission;
use faultbook_domain::stream::Listener;
use futures_util::stream::poll_fn;
use tokio::sync::mpsc;
use utoipa::ToSchema;

/// Seconds after which a place may be free.
const FULL: u32 = 5;

/// An event as it is sent.
#[derive(Debug, ToSchema)]
pub struct StreamEvent {
    /// Its kind.
    #[schema(example = "error.new")]
    pub event: String,
    /// JSON.
    pub data: String,
    /// For `Last-Event-ID`; of every event but `ping`.
    pub id: Option<String>,
}

/// Follows changes of errors.
///
/// Sends server-sent events: `error.new`, `error.regressed` and `error.changed` with the error as in lists,
/// `error.counts`, `error.deleted`, and `reset` when changes are missing and lists are to be read again. An error is told
/// of at most once a second, when it matches `query` or did before it changed. `Last-Event-ID` goes on behind that event,
/// up to 5 minutes back.
#[utoipa::path(
    get, path = "/api/stream", tag = "Errors",
    params(
        ("query" = Option<String>, Query, description = "Search whose errors are told of"),
        ("project" = Option<String>, Query, description = "Project, by slug or id"),
        ("last_event_id" = Option<String>, Query, description = "As the header Last-Event-ID"),
        ("Last-Event-ID" = Option<String>, Header, description = "The last event that was received"),
    ),
    responses(
        (status = 200, description = "Events, without end", body = StreamEvent, content_type = "text/event-stream"),
        (status = 400, description = "A bad parameter", body = ErrorEnvelope),
        (status = 403, description = "The key may not read errors", body = ErrorEnvelope),
        (status = 404, description = "Project not found", body = ErrorEnvelope),
        (status = 503, description = "Too many listen already", body = ErrorEnvelope),
    )
)]
pub async fn stream_errors(
    caller: Caller,
    request: HttpRequest,
    query: Query,
    (hub, discussion): (Data<Hub>, Data<Discussion>),
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    caller.require(Permission::ErrorsRead)?;
    let text = query.text("query").unwrap_or_default();
    read_search(&query, state.clock.now())?;
    let listener = Listener {
        scope: caller.scope_of(&query)?,
        viewer: discussion.viewer(caller.scope(), caller.actor()).await?,
        query: text.to_owned(),
    };
    let header = request.headers().get("last-event-id");
    let header = header.and_then(|value| value.to_str().ok());
    let last_event = header.or_else(|| query.text("last_event_id"));
    let Some(place) = hub.admit() else {
        return Err(ApiError::new(Code::Overloaded).retry_after(FULL));
    };
    let listening = Listening {
        project: query.text("project").map(str::to_owned),
        last_event: last_event.map(str::to_owned),
        caller,
        listener,
    };
    let (sender, mut events) = mpsc::channel(WAITING);
    rt::spawn(listen(hub.into_inner(), state, listening, sender, place));
    let events = poll_fn(move |context| {
        events
            .poll_recv(context)
            .map(|next| next.map(Ok::<_, Error>))
    });
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((CACHE_CONTROL, "no-store"))
        // Compression would hold events back.
        .insert_header((CONTENT_ENCODING, "identity"))
        .streaming(events))
}
