//! Health checks, `/metrics` and the OpenAPI document.

use crate::http::client;
use crate::http::envelope::{ErrorEnvelope, json_response};
use crate::http::error::{ApiError, ApiResult, Code};
use crate::openapi_file;
use crate::settings::SecretText;
use crate::state::AppState;
use actix_web::http::StatusCode;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use faultbook_domain::identity::KeyDigest;
use faultbook_domain::monitoring::HealthProbe;
use metrics_exporter_prometheus::PrometheusHandle;
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
    get, path = "/health", tag = "Operations",
    responses((status = 200, description = "The server answers", body = Health))
)]
pub async fn get_health(state: Data<AppState>) -> HttpResponse {
    healthy(&state, "ok")
}

/// Whether the process lives. Asks nothing else.
#[utoipa::path(
    get, path = "/livez", tag = "Operations",
    responses((status = 200, description = "The process lives", body = Health))
)]
pub async fn get_livez(state: Data<AppState>) -> HttpResponse {
    healthy(&state, "ok")
}

/// Whether requests should be sent here: the database answers and has room on its disk, migrations are
/// done, and the server is not stopping.
#[utoipa::path(
    get, path = "/readyz", tag = "Operations",
    responses(
        (status = 200, description = "Ready", body = Health),
        (status = 503, description = "Not ready", body = ErrorEnvelope),
    )
)]
pub async fn get_readyz(
    database: Data<dyn HealthProbe>,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    if state.stopping.has_begun() {
        return Err(ApiError::new(Code::Unavailable)
            .with_message("The server is stopping")
            .retry_after(5));
    }
    database.ping().await?;
    Ok(healthy(&state, "ready"))
}

/// Figures for Prometheus. Open to this machine in development; otherwise with the token of
/// `metrics.token`, or without one on the listener of `metrics.bind`.
#[utoipa::path(
    get, path = "/metrics", tag = "Operations", security((), ("bearer" = [])),
    responses(
        (status = 200, description = "Prometheus text format", body = String, content_type = "text/plain"),
        (status = 401, description = "No or a wrong token", body = ErrorEnvelope),
    )
)]
pub async fn get_metrics(request: HttpRequest, metrics: Data<Metrics>) -> ApiResult<HttpResponse> {
    let forwarded = request.headers().contains_key("x-forwarded-for");
    let local = client::address(&request, &[]).is_some_and(|address| address.is_loopback());
    let open = metrics.open_locally && local && !forwarded;
    if !open && !metrics.accept(&request) {
        return Err(ApiError::new(Code::InvalidApiKey).with_message("Invalid authentication token"));
    }
    Ok(metrics.render())
}

/// The same without asking who wants to know: for the listener of `metrics.bind`.
pub async fn get_metrics_openly(metrics: Data<Metrics>) -> HttpResponse {
    metrics.render()
}

/// The figures of `/metrics`, and who may read them.
pub struct Metrics {
    /// What Prometheus reads.
    pub prometheus: PrometheusHandle,
    /// The token that opens them.
    pub token: Option<SecretText>,
    /// Whether they are open to this machine.
    pub open_locally: bool,
}

impl Metrics {
    fn render(&self) -> HttpResponse {
        HttpResponse::Ok()
            .content_type("text/plain; version=0.0.4; charset=utf-8")
            .body(self.prometheus.render())
    }

    fn accept(&self, request: &HttpRequest) -> bool {
        let given = request.headers().get(AUTHORIZATION);
        let given = given
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "));
        given
            .zip(self.token.as_ref())
            // Digests, so that the time of the comparison tells nothing about the token.
            .is_some_and(|(given, token)| KeyDigest::of(given) == KeyDigest::of(token.reveal()))
    }
}

/// This document.
#[utoipa::path(
    get, path = "/openapi.json", tag = "Operations",
    responses((status = 200, description = "The OpenAPI document", body = Object))
)]
pub async fn get_openapi() -> ApiResult<HttpResponse> {
    let text = openapi_file::text().map_err(ApiError::internal)?;
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .body(text))
}
