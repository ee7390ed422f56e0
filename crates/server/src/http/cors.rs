//! CORS: which origins may call a route.

use actix_cors::Cors;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, HeaderValue,
};
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse};

/// Headers that the SDKs of browsers and OpenTelemetry exporters send.
const SDK_HEADERS: &str = "x-sentry-auth, sentry-trace, x-requested-with, x-forwarded-for, origin, referer, accept, \
    content-type, content-encoding, transfer-encoding, authentication, authorization, x-api-key, traceparent, \
    tracestate, baggage";

/// Headers of answers that SDKs read.
const SDK_ANSWERS: &str = "x-sentry-error, x-sentry-rate-limits, retry-after";

/// Lets pages of any origin send, without cookies: what may be sent is decided by the key. Answers OPTIONS whether or not
/// it is a preflight.
///
/// # Errors
/// Those of the handler.
pub async fn any_origin<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let mut answer = if request.method() == Method::OPTIONS {
        let mut answer = HttpResponse::NoContent();
        answer.insert_header((ACCESS_CONTROL_ALLOW_METHODS, "POST, OPTIONS"));
        answer.insert_header((ACCESS_CONTROL_ALLOW_HEADERS, SDK_HEADERS));
        answer.insert_header((ACCESS_CONTROL_MAX_AGE, "3600"));
        request.into_response(answer.finish()).map_into_right_body()
    } else {
        next.call(request).await?.map_into_left_body()
    };
    let headers = answer.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(
        ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static(SDK_ANSWERS),
    );
    Ok(answer)
}

/// Allows these origins, `*` any. Cookies travel from named origins only: with any origin allowed, any
/// page could act for whoever is logged in.
pub fn configured(origins: &[String]) -> Cors {
    let policy = Cors::default()
        .allowed_methods([
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::DELETE,
            Method::HEAD,
        ])
        .allow_any_header()
        .expose_headers([
            "X-Request-Id",
            "X-Cache",
            "ETag",
            "Link",
            "Retry-After",
            "X-Total-Count",
            "X-RateLimit-Limit",
            "X-RateLimit-Remaining",
            "X-RateLimit-Reset",
        ])
        .block_on_origin_mismatch(false)
        .max_age(3_600);
    if origins.iter().any(|origin| origin == "*") {
        return policy.send_wildcard().allow_any_origin();
    }
    let policy = policy.supports_credentials();
    origins
        .iter()
        .fold(policy, |policy, origin| policy.allowed_origin(origin))
}
