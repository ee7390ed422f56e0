//! Cached responses with `X-Cache`, `ETag` and `304`.

use super::error::ApiError;
use crate::hex::hex;
use crate::state::AppState;
use actix_web::http::header::{CACHE_CONTROL, ETAG, HeaderName, IF_NONE_MATCH, LINK};
use actix_web::{HttpRequest, HttpResponse};
use faultbook_domain::tenancy::Scope;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::future::Future;
use std::time::Duration;

const X_CACHE: HeaderName = HeaderName::from_static("x-cache");
const X_TOTAL_COUNT: HeaderName = HeaderName::from_static("x-total-count");

/// What a computation gives.
pub struct Fresh<T> {
    /// The answer's body.
    pub body: T,
    /// Where the next page is, if there is one.
    pub next: Option<String>,
    /// How much there is on all pages, where the body does not say.
    pub total: Option<u64>,
}

impl<T> From<T> for Fresh<T> {
    fn from(body: T) -> Self {
        Self {
            body,
            next: None,
            total: None,
        }
    }
}

/// Answers out of the cache, or computes and keeps the answer for `ttl`.
///
/// `key` must name everything the answer depends on beside the caller's scope.
///
/// # Errors
/// Those of `compute`.
pub async fn answer<T, F, Fut>(
    request: &HttpRequest,
    state: &AppState,
    (scope, key, ttl): (&Scope, &str, Duration),
    compute: F,
) -> Result<HttpResponse, ApiError>
where
    T: Serialize,
    F: FnOnce() -> Fut,
    Fut: Future<Output = Result<Fresh<T>, ApiError>>,
{
    let key = scoped_key(scope, key);
    let read = state
        .cache
        .read(scope.tenant(), &key, ttl, || async {
            let fresh = compute().await?;
            let body = serde_json::to_vec(&fresh.body).map_err(ApiError::internal)?;
            Ok::<_, ApiError>(pack(&fresh, &body))
        })
        .await?;
    Ok(respond(request, &read.bytes, read.hit))
}

/// Scopes differ between callers of one tenant; the key is hashed because it may be long.
fn scoped_key(scope: &Scope, key: &str) -> String {
    let mut hash = Sha256::new();
    for project in scope.projects() {
        hash.update(project.0.as_bytes());
    }
    hash.update(key.as_bytes());
    hex(&hash.finalize()[..16])
}

/// A line each for the entity tag, the next page's address and the total, then the body.
fn pack<T>(fresh: &Fresh<T>, body: &[u8]) -> Vec<u8> {
    let tag = hex(&Sha256::digest(body)[..16]);
    let next = fresh.next.as_deref().unwrap_or_default();
    let total = fresh.total.map(|total| total.to_string());
    let total = total.as_deref().unwrap_or_default();
    let mut packed = format!("\"{tag}\"\n{next}\n{total}\n").into_bytes();
    packed.extend_from_slice(body);
    packed
}

/// What [`pack`] made.
struct Packed<'a> {
    tag: &'a str,
    next: &'a str,
    total: &'a str,
    body: &'a [u8],
}

impl<'a> Packed<'a> {
    fn of(packed: &'a [u8]) -> Self {
        let mut parts = packed.splitn(4, |byte| *byte == b'\n');
        let mut line = || std::str::from_utf8(parts.next().unwrap_or_default()).unwrap_or_default();
        let (tag, next, total) = (line(), line(), line());
        let body = parts.next().unwrap_or_default();
        Self {
            tag,
            next,
            total,
            body,
        }
    }
}

fn respond(request: &HttpRequest, packed: &[u8], hit: bool) -> HttpResponse {
    let Packed {
        tag,
        next,
        total,
        body,
    } = Packed::of(packed);
    let known = request
        .headers()
        .get(IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok());
    let is_known = known.is_some_and(|known| {
        known
            .split(',')
            .any(|one| one.trim() == "*" || one.trim().trim_start_matches("W/") == tag)
    });
    let mut response = if is_known {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    response
        .insert_header((ETAG, tag))
        .insert_header((CACHE_CONTROL, "private, no-cache"))
        .insert_header((X_CACHE, if hit { "HIT" } else { "MISS" }));
    if !next.is_empty() {
        response.insert_header((LINK, format!("<{next}>; rel=\"next\"")));
    }
    if !total.is_empty() {
        response.insert_header((X_TOTAL_COUNT, total));
    }
    if is_known {
        return response.finish();
    }
    response
        .content_type("application/json")
        .body(body.to_vec())
}
