//! Checks rate limits, and writes the `X-RateLimit` headers.

use super::client;
use super::error::{ApiError, Code};
use super::policy::Policy;
use crate::state::AppState;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::{HttpMessage, HttpRequest, web};
use faultbook_domain::id::TenantId;
use faultbook_domain::identity::Principal;
use faultbook_domain::identity::{AccessError, Missing};
use faultbook_domain::rate_limit::Verdict;
use faultbook_domain::rate_limit::{Attempt, Checking, Class, Spending};
use std::time::Duration;
use time::OffsetDateTime;

const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// Counts the request of a caller.
///
/// # Errors
/// 429 with `Retry-After`.
pub async fn check_rate_limit(
    request: &HttpRequest,
    state: &AppState,
    caller: &Principal,
) -> Result<(), ApiError> {
    let who = caller.actor.to_string();
    check_rate(request, state, &who, caller.rate_limit).await
}

/// Counts a request in the bucket of this name; `own_rate` replaces the rate of the route's class.
///
/// # Errors
/// 429 with `Retry-After`; 503 on routes of build tools.
pub async fn check_rate(
    request: &HttpRequest,
    state: &AppState,
    who: &str,
    own_rate: Option<u32>,
) -> Result<(), ApiError> {
    let class = Policy::of(request).class;
    let Some(verdict) = state.rate_limits.request(who, class, own_rate).await else {
        return Ok(());
    };
    let now = state.clock.now();
    request.extensions_mut().insert(Counted { verdict, now });
    if verdict.allowed {
        return Ok(());
    }
    // Build tools try again after 503, and fail the build at once for 429.
    let code = if class == Class::Artifacts {
        Code::Overloaded
    } else {
        Code::RateLimited
    };
    Err(ApiError::new(code).retry_after(whole_seconds(verdict.retry_in)))
}

/// The answer to an address that failed too often, with how long it has to wait.
#[must_use]
pub fn shut_out(left: time::Duration) -> ApiError {
    let seconds = whole_seconds(left.unsigned_abs());
    ApiError::new(Code::RateLimited).retry_after(seconds)
}

/// Refuses to listen to an address whose logins failed too often, before its body is read.
///
/// # Errors
/// 429 with `Retry-After`.
pub fn listen(request: &HttpRequest, state: &AppState) -> Result<(), ApiError> {
    let address = client::address(request, &state.http.trusted_proxies);
    let left = address.and_then(|address| state.rate_limits.shut_out(Attempt::Login, address));
    left.map_or(Ok(()), |left| Err(shut_out(left)))
}

/// Waits until a password from this address may be checked. To be ended by [`end_login`].
///
/// # Errors
/// 429 with `Retry-After`.
pub async fn begin_login<'a>(
    request: &HttpRequest,
    state: &'a AppState,
) -> Result<Checking<'a>, ApiError> {
    let address = client::address(request, &state.http.trusted_proxies);
    let begun = state.rate_limits.begin_login(address).await;
    begun.map_err(shut_out)
}

/// Lets a login count as failed only if what was presented was wrong.
pub async fn end_login<T>(checking: Checking<'_>, outcome: &Result<T, AccessError>) {
    if !matches!(
        outcome,
        Err(AccessError::BadLogin
            | AccessError::WrongPassword
            | AccessError::InvalidReset
            | AccessError::NotFound(Missing::Invitation))
    ) {
        checking.was_right().await;
    }
}

/// Counts that an address asks for a link that sets a new password.
///
/// # Errors
/// 429 with `Retry-After`.
pub async fn count_forgotten(request: &HttpRequest, state: &AppState) -> Result<(), ApiError> {
    let address = client::address(request, &state.http.trusted_proxies);
    let Some(address) = address else {
        return Ok(());
    };
    let counted = state.rate_limits.bad_attempt(Attempt::Forgot, address);
    counted.await.map_or(Ok(()), |left| Err(shut_out(left)))
}

/// Who spends: a tenant, and a caller who is limited over all of their tenants.
pub struct Spender {
    state: web::Data<AppState>,
    spending: Spending,
    tenant: TenantId,
    caller: Option<String>,
}

/// Counts an action that sends messages, before it is taken.
///
/// # Errors
/// 429 with `Retry-After`.
pub async fn spend(
    request: &HttpRequest,
    caller: &Principal,
    tenant: TenantId,
    spending: Spending,
) -> Result<Spender, ApiError> {
    let state = AppState::of(request)?;
    let person = (!caller.platform_admin).then(|| caller.actor.to_string());
    let counted = state
        .rate_limits
        .spend(spending, tenant, person.as_deref())
        .await;
    if let Err(verdict) = counted {
        let now = state.clock.now();
        request.extensions_mut().insert(Counted { verdict, now });
        return Err(ApiError::new(Code::RateLimited).retry_after(whole_seconds(verdict.retry_in)));
    }
    Ok(Spender {
        state: state.clone(),
        spending,
        tenant,
        caller: person,
    })
}

impl Spender {
    /// Takes the count back: nothing was sent.
    pub async fn spent_nothing(self) {
        let limits = &self.state.rate_limits;
        let caller = self.caller.as_deref();
        limits.unspend(self.spending, self.tenant, caller).await;
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
