//! Counts requests, and says in each answer how many are left.

use super::client;
use super::error::{ApiError, Code};
use crate::state::AppState;
use actix_web::http::Method;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::{HttpMessage, HttpRequest};
use faultbook_domain::port::Verdict;
use faultbook_domain::service::principal::Principal;
use faultbook_domain::service::rate_limits::{Attempt, Class};
use std::time::Duration;
use time::OffsetDateTime;

const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// What a request on this route is for.
fn class(method: &Method, route: &str) -> Class {
    let reports = ["/api/errors", "/api/errors/batch", "/orgs/{org_id}/errors"];
    let analytics = ["/api/stats", "/api/analytics/", "/api/monitoring/"];
    if method == Method::POST && reports.contains(&route) {
        Class::Ingest
    } else if analytics.iter().any(|start| route.starts_with(start)) {
        Class::Analytics
    } else {
        Class::General
    }
}

/// Counts the request of a caller.
///
/// # Errors
/// 429 with `Retry-After`.
pub async fn admit(
    request: &HttpRequest,
    state: &AppState,
    caller: &Principal,
) -> Result<(), ApiError> {
    let class = class(
        request.method(),
        &request.match_pattern().unwrap_or_default(),
    );
    let who = caller.actor.to_string();
    let rate_limits = &state.rate_limits;
    let Some(verdict) = rate_limits.request(&who, class, caller.rate_limit).await else {
        return Ok(());
    };
    let now = state.clock.now();
    request.extensions_mut().insert(Counted { verdict, now });
    if verdict.allowed {
        return Ok(());
    }
    Err(ApiError::new(Code::RateLimited).retry_after(whole_seconds(verdict.retry_in)))
}

/// Refuses to listen to an address that was wrong about itself too often.
///
/// # Errors
/// 429 with `Retry-After`.
pub fn listen(request: &HttpRequest, state: &AppState, attempt: Attempt) -> Result<(), ApiError> {
    let address = client::address(request, &state.http.trusted_proxies);
    let left = address.and_then(|address| state.rate_limits.shut_out(attempt, address));
    left.map_or(Ok(()), |left| {
        let seconds = whole_seconds(left.unsigned_abs());
        Err(ApiError::new(Code::RateLimited).retry_after(seconds))
    })
}

/// Counts a failed attempt of the request's address.
pub async fn failed(request: &HttpRequest, state: &AppState, attempt: Attempt) {
    if let Some(address) = client::address(request, &state.http.trusted_proxies) {
        state.rate_limits.failed(attempt, address).await;
    }
}

/// What became of a counted request, kept with it for the answer.
#[derive(Debug, Clone, Copy)]
struct Counted {
    verdict: Verdict,
    now: OffsetDateTime,
}

/// Writes `X-RateLimit-*` into the answer to a request that was counted.
pub fn write_headers(request: &HttpRequest, headers: &mut HeaderMap) {
    let Some(Counted { verdict, now }) = request.extensions().get::<Counted>().copied() else {
        return;
    };
    let full_at = now.unix_timestamp() + i64::from(whole_seconds(verdict.full_in));
    headers.insert(LIMIT, HeaderValue::from(verdict.limit));
    headers.insert(REMAINING, HeaderValue::from(verdict.remaining));
    headers.insert(RESET, HeaderValue::from(full_at));
}

/// Rounded up, and never nothing: waiting for less would be in vain.
fn whole_seconds(time: Duration) -> u32 {
    u32::try_from(time.as_millis().div_ceil(1_000))
        .unwrap_or(u32::MAX)
        .max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_belongs_to_one_class() {
        assert_eq!(class(&Method::POST, "/api/errors"), Class::Ingest);
        assert_eq!(class(&Method::POST, "/api/errors/batch"), Class::Ingest);
        assert_eq!(class(&Method::GET, "/api/errors"), Class::General);
        assert_eq!(class(&Method::POST, "/api/errors/bulk"), Class::General);
        assert_eq!(class(&Method::GET, "/api/stats"), Class::Analytics);
        assert_eq!(
            class(&Method::GET, "/api/analytics/trends"),
            Class::Analytics
        );
        assert_eq!(
            class(&Method::GET, "/api/settings/api-keys"),
            Class::General
        );
    }
}
