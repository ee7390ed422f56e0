//! The buckets in Redis: the promises of `RateLimiter`, and what happens when Redis is away.

#![allow(clippy::unwrap_used, reason = "this is a test")]

use faultbook_contract::rate_limiter::Limiters;
use faultbook_domain::rate_limit::{Quota, RateLimiter};
use faultbook_domain::store_error::StoreError;
use faultbook_redis::{RedisRateLimiter, RedisSettings};
use faultbook_testkit::redis::Instance;
use std::sync::Arc;
use std::time::Duration;

fn connect(url: &str) -> RedisRateLimiter {
    let settings = RedisSettings {
        timeout: Duration::from_secs(1),
        ..RedisSettings::new(url)
    };
    RedisRateLimiter::connect(&settings).unwrap()
}

async fn fixture() -> Limiters {
    let server = Instance::start().await;
    Limiters {
        here: Arc::new(connect(&server.url())),
        there: Arc::new(connect(&server.url())),
        guard: Box::new(server),
    }
}

faultbook_contract::rate_limiter_contract!(fixture);

#[tokio::test]
async fn without_redis_nobody_knows() {
    let mut server = Instance::start().await;
    let limiter = connect(&server.url());
    assert!(
        limiter
            .take("b", Quota::per_minute(5))
            .await
            .unwrap()
            .allowed
    );
    server.kill();

    let outcome = limiter.take("b", Quota::per_minute(5)).await;

    assert!(matches!(outcome, Err(StoreError::Unavailable(_))));
}
