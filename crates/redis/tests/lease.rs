//! The leases in Redis: the promises of `Lease`, and what happens when Redis is away.

#![allow(clippy::unwrap_used, reason = "this is a test")]

use faultbook_contract::builder::new_id;
use faultbook_contract::lease::Leases;
use faultbook_domain::coordination::Lease;
use faultbook_domain::store_error::StoreError;
use faultbook_redis::{RedisLease, RedisSettings};
use faultbook_testkit::redis::Instance;
use std::sync::Arc;
use std::time::Duration;

fn connect(url: &str) -> RedisLease {
    let settings = RedisSettings {
        timeout: Duration::from_secs(1),
        ..RedisSettings::new(url)
    };
    RedisLease::connect(&settings).unwrap()
}

async fn fixture() -> Leases {
    let server = Instance::start().await;
    Leases {
        here: Arc::new(connect(&server.url())),
        there: Arc::new(connect(&server.url())),
        guard: Box::new(server),
    }
}

faultbook_contract::lease_contract!(fixture);

#[tokio::test]
async fn without_redis_nobody_knows() {
    let mut server = Instance::start().await;
    let lease = connect(&server.url());
    server.kill();
    let outcome = lease.hold("work", new_id(), Duration::from_secs(1)).await;
    assert!(matches!(outcome, Err(StoreError::Unavailable(_))));
}
