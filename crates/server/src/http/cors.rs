//! CORS: which origins may call a route.

use super::policy::CrossOrigin;
use actix_cors::Cors;
use actix_web::http::Method;

/// Builds the layer that tells browsers which pages may call a route.
pub fn layer(cross_origin: CrossOrigin, configured: &[String]) -> Cors {
    match cross_origin {
        CrossOrigin::Configured => origins(configured),
    }
}

/// Allows these origins, `*` any. Cookies travel from named origins only: with any origin allowed, any
/// page could act for whoever is logged in.
fn origins(origins: &[String]) -> Cors {
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
