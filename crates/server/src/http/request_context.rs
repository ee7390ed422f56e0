//! The outermost middleware: request id, span, error envelope, security headers, logs and metrics.

use super::error::{ApiError, Code};
use super::error_format::ErrorFormat;
use super::policy::Policy;
use super::request_id::{REQUEST_ID, RequestId, request_id};
use super::{metrics, rate_limit, vary};
use crate::state::AppState;
use crate::web::failure;
use crate::web::page::Written;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderValue, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpResponse, web};
use faultbook_domain::log_limit::LogLimit;
use std::time::{Duration, Instant};
use tracing::Instrument;

/// Wraps every request.
///
/// # Errors
/// Never: whatever fails inside becomes an answer.
pub async fn request_context(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let started = Instant::now();
    let method = metrics::method_label(request.method());
    let id = request_id(&request);
    request.extensions_mut().insert(RequestId(id.clone()));
    let span = tracing::info_span!("request", %id, method, path = request.path());
    async move {
        let answer = next.call(request).await?.map_into_boxed_body();
        let mut answer = if answer.status().as_u16() >= 400
            && !answer.response().extensions().contains::<Written>()
        {
            with_envelope(answer, &id)
        } else {
            answer
        };
        if let Ok(value) = HeaderValue::from_str(&id) {
            answer.headers_mut().insert(REQUEST_ID, value);
        }
        let headers = answer.headers_mut();
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        protect_pages(headers);
        vary::complete(headers);
        let request = answer.request().clone();
        rate_limit::write_headers(&request, answer.headers_mut());
        let route = request.match_pattern();
        let status = answer.status().as_u16();
        let elapsed = started.elapsed();
        metrics::record_request(method, route.as_deref(), status, elapsed);
        if let Some(state) = request.app_data::<web::Data<AppState>>() {
            let meter = state.monitoring.meter();
            meter.note(state.clock.now(), elapsed, status >= 500);
        }
        tracing::debug!(status, elapsed_us = elapsed.as_micros() as u64, "answered");
        Ok(answer)
    }
    .instrument(span)
    .await
}

/// What a page may load and who may frame it: only ours, nobody.
const PAGE_POLICY: &str = "default-src 'self'; style-src 'self'; script-src 'self'; img-src 'self'; object-src 'none'; \
    base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

fn protect_pages(headers: &mut HeaderMap) {
    let is_page = headers
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if is_page {
        if !headers.contains_key(CONTENT_SECURITY_POLICY) {
            let policy = HeaderValue::from_static(PAGE_POLICY);
            headers.insert(CONTENT_SECURITY_POLICY, policy);
        }
        for (name, value) in [
            (X_FRAME_OPTIONS, "DENY"),
            // A page may know from which of ours it was called: where to go back to.
            (REFERRER_POLICY, "same-origin"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
}

/// Requests refused for a while, as in an outage of the database: a line now and then, since each request
/// meets it.
static REFUSED: LogLimit = LogLimit::new(1, Duration::from_secs(10));
/// Requests that failed for reasons of their own: as many lines as anybody can read.
static FAILED: LogLimit = LogLimit::new(100, Duration::from_secs(10));

/// Logs the cause of an answer that is no fault of the client's.
fn log_failure(error: &ApiError) {
    let code = error.code();
    // A closed installation is no failure.
    if !code.status().is_server_error() || code == Code::Maintenance {
        return;
    }
    metrics::record_failure(code.name());
    let (code, cause) = (code.name(), error.cause_chain());
    if error.code().status() == StatusCode::SERVICE_UNAVAILABLE {
        if let Some(held_back) = REFUSED.allow() {
            tracing::warn!(code, cause, held_back, "requests are refused for now");
        }
    } else if let Some(held_back) = FAILED.allow() {
        tracing::error!(code, cause, held_back, "the request failed");
    }
}

/// Writes the error's body and, for errors of ours, the cause into the log.
fn with_envelope(answer: ServiceResponse<BoxBody>, id: &str) -> ServiceResponse<BoxBody> {
    let known = answer.response().extensions().get::<ApiError>().cloned();
    let error = known.unwrap_or_else(|| {
        let cause = answer
            .response()
            .error()
            .map(ToString::to_string)
            .unwrap_or_default();
        tracing::debug!(
            status = answer.status().as_u16(),
            cause,
            "an answer from outside the table"
        );
        ApiError::new(Code::for_status(answer.status()))
    });
    let code = error.code();
    log_failure(&error);
    let format = Policy::of(answer.request()).errors;
    if format == ErrorFormat::Page || failure::is_for_readers(answer.request(), &error) {
        return failure::answer(answer, &error, id);
    }
    let written = format.write(&error, id, answer.request().headers());
    let (request, old) = answer.into_parts();
    let mut response = HttpResponse::build(code.status());
    for (name, value) in old.headers() {
        if *name != CONTENT_TYPE {
            response.append_header((name.clone(), value.clone()));
        }
    }
    response.insert_header((CACHE_CONTROL, "no-store"));
    if error.closes() {
        response.force_close();
    }
    if let Some(header) = written.header {
        response.insert_header(header);
    }
    let response = response.content_type(written.content_type);
    ServiceResponse::new(request, response.body(written.body))
}
