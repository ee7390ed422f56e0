//! Whether the server is well, and what it can do.

use crate::http::client;
use crate::http::envelope::{ErrorEnvelope, json_response};
use crate::http::error::{ApiError, ApiResult, Code};
use crate::openapi;
use crate::state::AppState;
use actix_web::http::StatusCode;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

/// A sign of life.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// `ok`.
    #[schema(example = "ok")]
    status: &'static str,
    /// Now.
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    timestamp: OffsetDateTime,
}

fn healthy(state: &AppState, status: &'static str) -> HttpResponse {
    json_response(
        StatusCode::OK,
        &Health {
            status,
            timestamp: state.clock.now(),
        },
    )
}

/// Checks the API server status.
#[utoipa::path(
    get, path = "/health", operation_id = "get_health", tag = "Operations", security(()),
    responses((status = 200, description = "The server answers", body = Health))
)]
pub async fn get_health(state: Data<AppState>) -> HttpResponse {
    healthy(&state, "ok")
}

/// Whether the process lives. Asks nothing else.
#[utoipa::path(
    get, path = "/livez", operation_id = "get_livez", tag = "Operations", security(()),
    responses((status = 200, description = "The process lives", body = Health))
)]
pub async fn get_livez(state: Data<AppState>) -> HttpResponse {
    healthy(&state, "ok")
}

/// Whether requests should be sent here: the database answers and has room on its disk, migrations are
/// done, and the server is not stopping.
#[utoipa::path(
    get, path = "/readyz", operation_id = "get_readyz", tag = "Operations", security(()),
    responses(
        (status = 200, description = "Ready", body = Health),
        (status = 503, description = "Not ready", body = ErrorEnvelope),
    )
)]
pub async fn get_readyz(state: Data<AppState>) -> ApiResult<HttpResponse> {
    if state.stopping.has_begun() {
        return Err(ApiError::new(Code::Unavailable)
            .with_message("The server is stopping")
            .retry_after(5));
    }
    state.database.ping().await?;
    Ok(healthy(&state, "ready"))
}

/// Figures for Prometheus. Open to this machine in development; otherwise with the token of
/// `metrics.token`, or without one on the listener of `metrics.bind`.
#[utoipa::path(
    get, path = "/metrics", operation_id = "get_metrics", tag = "Operations", security((), ("bearer" = [])),
    responses(
        (status = 200, description = "Prometheus text format", body = String, content_type = "text/plain"),
        (status = 401, description = "No or a wrong token", body = ErrorEnvelope),
    )
)]
pub async fn get_metrics(request: HttpRequest, state: Data<AppState>) -> ApiResult<HttpResponse> {
    let forwarded = request.headers().contains_key("x-forwarded-for");
    let local = client::address(&request, &[]).is_some_and(|address| address.is_loopback());
    let open = state.development && local && !forwarded;
    if !open && !has_token(&request, &state) {
        return Err(ApiError::new(Code::InvalidApiKey).with_message("Invalid authentication token"));
    }
    Ok(figures(&state))
}

/// The same without asking who wants to know: for the listener of `metrics.bind`.
pub async fn get_metrics_openly(state: Data<AppState>) -> HttpResponse {
    figures(&state)
}

fn figures(state: &AppState) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(state.prometheus.render())
}

fn has_token(request: &HttpRequest, state: &AppState) -> bool {
    let given = request
        .headers()
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let given = given.and_then(|value| value.strip_prefix("Bearer "));
    given
        .zip(state.metrics.token.as_ref())
        .is_some_and(|(given, token)| {
            // Digests, so that the time of the comparison tells nothing about the token.
            let digest = faultbook_domain::identity::KeyDigest::of;
            digest(given) == digest(token.reveal())
        })
}

/// This document.
#[utoipa::path(
    get, path = "/openapi.json", operation_id = "get_openapi", tag = "Operations", security(()),
    responses((status = 200, description = "The OpenAPI document", body = Object))
)]
pub async fn get_openapi() -> ApiResult<HttpResponse> {
    let text = openapi::text().map_err(ApiError::internal)?;
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .body(text))
}
