//! Handlers for Sentry SDKs: envelopes, legacy events and reports of content security policies.

use super::dsn_key::{self, DsnCaller};
use super::receiver::{self, Receiver, Sender};
use crate::http::body::{self, Body};
use crate::http::envelope::ErrorEnvelope;
use crate::http::error::{ApiError, ApiResult, Code};
use crate::http::metrics;
use actix_web::dev::Payload;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use faultbook_domain::id_source::IdSource;
use faultbook_domain::ingest::attach_feedback;
use faultbook_protocols::origin::Origin;
use faultbook_protocols::sentry::{self, Malformed, Received, SecurityQuery};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// How long a line may be in which the DSN of an envelope stands, compressed or not.
const HEADER_LINE: usize = 16 << 10;

/// Tells SDKs to stop sending what is not kept. Never names a category that is.
const UNSUPPORTED: HeaderValue = HeaderValue::from_static(
    "3600:transaction;span;profile;profile_chunk;replay;session;trace_metric;log_item:organization:unsupported",
);
const RATE_LIMITS: HeaderName = HeaderName::from_static("x-sentry-rate-limits");

/// The event that was received.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventId {
    /// The id of the event: 32 hex digits; absent when there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "fc6d8c0c43fc4630ad850ee518f1b9d0")]
    id: Option<String>,
}

/// Receives a Sentry envelope.
///
/// Events become occurrences, feedback is attached to its event, and every other item is dropped and counted. Answered
/// when the events are stored or durably queued.
#[utoipa::path(
    post, path = "/api/{number}/envelope/", tag = "SDKs",
    params(("number" = String, Path, description = "The project's number")),
    request_body(
        content = String, content_type = "text/plain",
        description = "An envelope; `Content-Type` decides nothing"
    ),
    responses(
        (status = 200, description = "The event is stored or durably queued", body = EventId),
        (status = 400, description = "No envelope, or no event of it is readable", body = ErrorEnvelope),
        (status = 404, description = "The path names no project's number", body = ErrorEnvelope),
    )
)]
pub async fn receive_envelope(
    receiver: Receiver,
    request: HttpRequest,
    payload: web::Payload,
) -> ApiResult<HttpResponse> {
    let id = receive(&receiver, &request, (payload, true), sentry::read_envelope).await?;
    Ok(answer(id))
}

/// Receives an event of an older Sentry SDK.
///
/// JSON, base64 of JSON, or base64 of zlib of JSON.
#[utoipa::path(
    post, path = "/api/{number}/store/", tag = "SDKs",
    params(("number" = String, Path, description = "The project's number")),
    request_body(
        content = serde_json::Value, content_type = "application/json",
        description = "An event; `Content-Type` decides nothing"
    ),
    responses(
        (status = 200, description = "The event is stored or durably queued", body = EventId),
        (status = 400, description = "The event is unreadable", body = ErrorEnvelope),
        (status = 404, description = "The path names no project's number", body = ErrorEnvelope),
    )
)]
pub async fn receive_event(
    receiver: Receiver,
    request: HttpRequest,
    payload: web::Payload,
) -> ApiResult<HttpResponse> {
    let limit = receiver.state.limits.max_envelope_decoded;
    let read = move |bytes: &[u8], origin: &Origin<'_>, ids: &dyn IdSource| {
        sentry::read_store(bytes, origin, limit, ids)
    };
    let id = receive(&receiver, &request, (payload, false), read).await?;
    Ok(answer(id))
}

/// Receives a report of a content security policy.
///
/// As browsers send them for `report-uri` and for `report-to`. Reports about browser extensions are dropped.
#[utoipa::path(
    post, path = "/api/{number}/security/", tag = "SDKs",
    params(
        ("number" = String, Path, description = "The project's number"),
        ("sentry_environment" = Option<String>, Query, description = "Environment of the report"),
        ("sentry_release" = Option<String>, Query, description = "Release of the report"),
    ),
    request_body(
        content = serde_json::Value, content_type = "application/json",
        description = "`{\"csp-report\":{...}}`, or a list of reports; `Content-Type` decides nothing"
    ),
    responses(
        (status = 200, description = "The report is stored or durably queued", body = EventId),
        (status = 400, description = "The report is unreadable", body = ErrorEnvelope),
        (status = 404, description = "The path names no project's number", body = ErrorEnvelope),
    )
)]
pub async fn receive_security_report(
    receiver: Receiver,
    request: HttpRequest,
    payload: web::Payload,
) -> ApiResult<HttpResponse> {
    let query = SecurityQuery::parse(request.query_string());
    let read = move |bytes: &[u8], origin: &Origin<'_>, ids: &dyn IdSource| {
        sentry::read_security(bytes, &query, origin, ids)
    };
    receive(&receiver, &request, (payload, false), read).await?;
    Ok(HttpResponse::Ok().json(EventId { id: None }))
}

/// Receives a body, which may name its DSN itself, and returns the id of its event.
async fn receive<E: Into<ApiError> + Send + 'static>(
    receiver: &Receiver,
    request: &HttpRequest,
    (payload, names_dsn): (web::Payload, bool),
    read: impl FnOnce(&[u8], &Origin<'_>, &dyn IdSource) -> Result<Received, E> + Send + 'static,
) -> ApiResult<Option<String>> {
    let (caller, body) = read_body(receiver, request, payload, names_dsn).await?;
    let sender = Sender::of(request, &receiver.state, caller.source());
    let ids = Arc::clone(&receiver.state.ids);
    let read = move |bytes: &[u8], origin: &Origin<'_>| read(bytes, origin, &*ids);
    let (received, lease) = receiver::parse(body, sender, read).await?;
    let id = keep(receiver, &caller, received).await?;
    drop(lease);
    Ok(id)
}

fn answer(id: Option<String>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((RATE_LIMITS, UNSUPPORTED))
        .json(EventId { id })
}

/// Admits the caller and reads the body. A body that names its DSN itself is read as far as that line first.
async fn read_body(
    receiver: &Receiver,
    request: &HttpRequest,
    payload: web::Payload,
    names_dsn: bool,
) -> ApiResult<(DsnCaller, Body)> {
    let mut payload = payload.into_inner();
    let number = match project_number(request) {
        Ok(number) => number,
        Err(error) => return Err(body::refuse(error, &mut payload).await),
    };
    match dsn_key::presented(request) {
        Some(key) => {
            let admitted = DsnCaller::admit(request, &receiver.keys, &key, Some(number)).await;
            let caller = match admitted {
                Ok(caller) => caller,
                Err(error) => return Err(body::refuse(error, &mut payload).await),
            };
            let origin = body::Origin::Known;
            let reading = receiver.begin(request, &mut payload, origin).await?;
            Ok((caller, reading.finish().await?))
        }
        None if names_dsn => read_with_dsn(receiver, request, &mut payload, number).await,
        None => Err(body::refuse(ApiError::new(Code::MissingDsnKey), &mut payload).await),
    }
}

async fn read_with_dsn(
    receiver: &Receiver,
    request: &HttpRequest,
    payload: &mut Payload,
    number: i64,
) -> ApiResult<(DsnCaller, Body)> {
    let origin = body::Origin::Anonymous;
    let mut reading = receiver.begin(request, payload, origin).await?;
    let key = match reading.first_line(HEADER_LINE).await {
        Ok(line) => line.and_then(|line| sentry::envelope_header(&line)?.key()),
        Err(error) => return Err(reading.refuse(error).await),
    };
    let Some(key) = key else {
        return Err(reading.refuse(ApiError::new(Code::MissingDsnKey)).await);
    };
    let admitted = DsnCaller::admit(request, &receiver.keys, &key, Some(number)).await;
    let trusted = match admitted {
        Ok(caller) => reading.trust().await.map(|()| caller),
        Err(error) => Err(error),
    };
    match trusted {
        Ok(caller) => Ok((caller, reading.finish().await?)),
        Err(error) => Err(reading.refuse(error).await),
    }
}

/// Stores what was received, and returns the id of the event.
async fn keep(
    receiver: &Receiver,
    caller: &DsnCaller,
    received: Received,
) -> ApiResult<Option<String>> {
    let to = caller.destination();
    for (kind, items) in received.dropped {
        metrics::record_dropped_items(kind, items);
    }
    for discard in received.client_discards {
        metrics::record_client_discard(discard.reason, discard.category, discard.quantity);
    }
    metrics::record_dropped_items("unreadable", received.bad_items as u64);
    let mut reports = received.reports;
    let alone = attach_feedback(&mut reports, received.feedback);
    receiver.submit(to, reports).await?;
    let entries = alone.len();
    let known = receiver.ingest.submit_feedback(to, alone).await?;
    metrics::record_dropped_items("feedback", entries.saturating_sub(known) as u64);
    Ok(received.event_id.map(|id| id.simple().to_string()))
}

/// The project's number in the path.
///
/// # Errors
/// 404 for what is no number.
pub(super) fn project_number(request: &HttpRequest) -> ApiResult<i64> {
    let named = request.match_info().get("number").unwrap_or_default();
    let is_number = !named.is_empty() && named.bytes().all(|byte| byte.is_ascii_digit());
    let number = is_number.then(|| named.parse().ok()).flatten();
    number.ok_or_else(|| ApiError::new(Code::RouteNotFound))
}

impl From<Malformed> for ApiError {
    fn from(malformed: Malformed) -> Self {
        match malformed {
            Malformed::TooLarge => Self::new(Code::PayloadTooLarge),
            _ => Self::new(Code::BadRequest).with_message(format!("Bad request: {malformed}")),
        }
    }
}
