//! The session cookie and its CSRF token.

use super::error::{ApiError, Code};
use actix_web::HttpRequest;
use actix_web::cookie::{Cookie, SameSite};
use faultbook_domain::identity::{KeyDigest, csrf_token};
use time::Duration;

/// The cookie's name.
pub const SESSION_COOKIE: &str = "faultbook_session";

/// Where the token is expected.
const CSRF_HEADER: &str = "x-csrf-token";

/// A cookie that no script can read and no other site can have posted.
#[must_use]
pub fn carrying(secret: &str, lasts: Duration, secure: bool) -> Cookie<'static> {
    Cookie::build(SESSION_COOKIE, secret.to_owned())
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(secure)
        .max_age(lasts)
        .finish()
}

/// A cookie that makes the browser forget.
#[must_use]
pub fn forgotten(secure: bool) -> Cookie<'static> {
    carrying("", Duration::ZERO, secure)
}

/// The token that a request carries in its header; empty without one.
#[must_use]
pub fn sent_token(request: &HttpRequest) -> &str {
    let given = request.headers().get(CSRF_HEADER);
    given
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

/// Makes sure that a request that changes something comes from a page that could read what login
/// answered.
///
/// # Errors
/// 403.
pub fn check_origin(request: &HttpRequest, secret: &str, given: &str) -> Result<(), ApiError> {
    if request.method().is_safe() {
        return Ok(());
    }
    // Digests, so that the time of the comparison tells nothing about the token.
    if KeyDigest::of(given) == KeyDigest::of(&csrf_token(secret)) {
        Ok(())
    } else {
        Err(ApiError::new(Code::CsrfFailed))
    }
}
