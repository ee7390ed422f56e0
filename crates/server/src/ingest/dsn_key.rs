//! DSN keys: finds the key of a request and admits it to its project.

use crate::http::client;
use crate::http::error::{ApiError, ApiResult, Code};
use crate::http::rate_limit;
use crate::state::AppState;
use actix_web::HttpRequest;
use actix_web::http::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, ORIGIN};
use faultbook_domain::ingest::Destination;
use faultbook_domain::log_limit::LogLimit;
use faultbook_domain::rate_limit::Attempt;
use faultbook_domain::tenancy::{ActiveKey, ProjectKeys};
use faultbook_protocols::sentry::Auth;
use std::sync::Arc;
use std::time::Duration;
use url::form_urlencoded;

const SENTRY_AUTH: HeaderName = HeaderName::from_static("x-sentry-auth");
const SENTRY_LIMITS: HeaderName = HeaderName::from_static("x-sentry-rate-limits");

/// Refused keys that are logged: anybody can send one.
static REFUSALS: LogLimit = LogLimit::new(10, Duration::from_secs(10));

/// Returns the DSN key that the headers and the query present: the first of several counts.
#[must_use]
pub fn presented(request: &HttpRequest) -> Option<String> {
    let headers = request.headers();
    let own = header(headers, &SENTRY_AUTH).and_then(Auth::parse);
    let authorization = header(headers, &AUTHORIZATION);
    let named = || {
        authorization
            .filter(|text| has_scheme(text, "sentry"))
            .and_then(Auth::parse)
    };
    let basic = || {
        authorization
            .filter(|text| has_scheme(text, "basic"))
            .and_then(Auth::parse)
    };
    own.or_else(named)
        .map(|auth| auth.key)
        .or_else(|| of_query(request))
        .or_else(|| basic().map(|auth| auth.key))
}

fn header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn has_scheme(text: &str, scheme: &str) -> bool {
    let first = text
        .trim_start()
        .split(|c: char| c.is_whitespace() || c == ',')
        .next();
    first.is_some_and(|word| word.eq_ignore_ascii_case(scheme))
}

fn of_query(request: &HttpRequest) -> Option<String> {
    let pairs = form_urlencoded::parse(request.query_string().as_bytes());
    let mut keys = pairs.filter(|(name, _)| name == "sentry_key");
    keys.next()
        .map(|(_, value)| value.into_owned())
        .filter(|value| !value.is_empty())
}

/// An admitted DSN key.
pub struct DsnCaller {
    key: Arc<ActiveKey>,
}

impl DsnCaller {
    /// Admits a key to the project of this number, or to its own one where the path names none. The request counts
    /// against the key's rate, a refused key against the address's.
    ///
    /// # Errors
    /// 403 for a key that is not accepted there, a suspended tenant and a page of another origin, 429 beyond the rate, 503
    /// when it cannot be found out.
    pub async fn admit(
        request: &HttpRequest,
        keys: &ProjectKeys,
        presented: &str,
        number: Option<i64>,
    ) -> ApiResult<Self> {
        let state = AppState::of(request)?;
        let found = keys.find(presented).await?;
        let Some(key) =
            found.filter(|key| number.is_none_or(|number| number == key.project_number))
        else {
            return Err(refusal(request, state).await);
        };
        if key.is_suspended {
            return Err(ApiError::new(Code::TenantSuspended));
        }
        if let Some(origin) = request.headers().get(ORIGIN)
            && !key.key.allows_origin(origin.to_str().unwrap_or("null"))
        {
            return Err(ApiError::new(Code::OriginNotAllowed));
        }
        let bucket = format!("dsn:{}", key.key.id);
        rate_limit::check_rate(request, state, &bucket, key.key.rate_limit)
            .await
            .map_err(with_sentry_limits)?;
        Ok(Self { key })
    }

    /// Where the key's reports go.
    #[must_use]
    pub fn destination(&self) -> Destination {
        Destination {
            tenant: self.key.key.tenant_id,
            project: self.key.key.project_id,
        }
    }

    /// The source of reports that name none.
    #[must_use]
    pub fn source(&self) -> Option<&str> {
        self.key.key.source.as_deref()
    }
}

/// Counts a refused key against the address: in a bucket of its own, so that a stale DSN in a public page does not shut its
/// visitors' address out of the API.
async fn refusal(request: &HttpRequest, state: &AppState) -> ApiError {
    let address = client::address(request, &state.http.trusted_proxies);
    if let Some(held_back) = REFUSALS.allow() {
        tracing::info!(?address, held_back, "a DSN key was refused");
    }
    if let Some(address) = address
        && let Some(left) = state
            .rate_limits
            .bad_attempt(Attempt::DsnKey, address)
            .await
    {
        return with_sentry_limits(rate_limit::shut_out(left));
    }
    ApiError::new(Code::InvalidDsnKey)
}

/// Tells SDKs how long to send nothing, in the header that they read.
fn with_sentry_limits(error: ApiError) -> ApiError {
    let Some(seconds) = error.retry_seconds() else {
        return error;
    };
    match HeaderValue::from_str(&format!("{seconds}::key:quota")) {
        Ok(value) => error.with_header(SENTRY_LIMITS, value),
        Err(_) => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    const KEY: &str = "0123456789abcdef0123456789abcdef";

    fn of(uri: &str, headers: &[(&str, &str)]) -> Option<String> {
        let mut request = TestRequest::post().uri(uri);
        for (name, value) in headers {
            request = request.append_header((*name, *value));
        }
        presented(&request.to_http_request())
    }

    #[test]
    fn a_key_is_found_in_each_place() {
        let sentry = format!("Sentry sentry_version=7, sentry_key={KEY}, sentry_secret=x");
        let basic = "Basic MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY6";
        let query = format!("/?sentry_version=7&sentry_key={KEY}");
        assert_eq!(of("/", &[("X-Sentry-Auth", &sentry)]).as_deref(), Some(KEY));
        assert_eq!(of("/", &[("Authorization", &sentry)]).as_deref(), Some(KEY));
        assert_eq!(of("/", &[("Authorization", basic)]).as_deref(), Some(KEY));
        assert_eq!(of(&query, &[]).as_deref(), Some(KEY));
        assert_eq!(of("/", &[("Authorization", "Bearer abc")]), None);
        assert_eq!(of("/?sentry_key=", &[]), None);
    }

    #[test]
    fn the_first_of_several_counts() {
        let header = format!("sentry sentry_key={KEY}");
        let found = of("/?sentry_key=other", &[("X-Sentry-Auth", &header)]);
        assert_eq!(found.as_deref(), Some(KEY));
        let found = of(
            &format!("/?sentry_key={KEY}"),
            &[("Authorization", "Basic b3RoZXI6")],
        );
        assert_eq!(found.as_deref(), Some(KEY));
    }
}
