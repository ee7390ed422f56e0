//! The change log in Redis: the promises of `ChangeLog`, and what happens when Redis loses it.

#![allow(clippy::unwrap_used, reason = "this is a test")]

use faultbook_contract::changes::ChangeLogs;
use faultbook_domain::store_error::StoreError;
use faultbook_domain::stream::{ChangeLog, Entry, Position};
use faultbook_redis::{RedisChangeLog, RedisSettings};
use faultbook_testkit::redis::Instance;
use std::sync::Arc;
use std::time::Duration;

fn connect(url: &str) -> RedisChangeLog {
    let settings = RedisSettings {
        timeout: Duration::from_secs(1),
        ..RedisSettings::new(url)
    };
    RedisChangeLog::connect(&settings).unwrap()
}

async fn fixture() -> ChangeLogs {
    let server = Instance::start().await;
    ChangeLogs {
        here: Arc::new(connect(&server.url())),
        there: Arc::new(connect(&server.url())),
        guard: Box::new(server),
    }
}

faultbook_contract::changes_contract!(fixture);

#[tokio::test]
async fn positions_before_what_is_kept_are_known() {
    let server = Instance::start().await;
    let log = connect(&server.url());
    log.append_changes(&Entry::default()).await.unwrap();
    let (_, now) = log.last_position().await.unwrap();
    let old = Position {
        millis: now.millis - 301_000,
        number: 0,
    };
    assert!(!log.list_changes(old, 10).await.unwrap().complete);
    let recent = Position {
        millis: now.millis - 200_000,
        number: 0,
    };
    assert!(log.list_changes(recent, 10).await.unwrap().complete);
}

#[tokio::test]
async fn without_redis_nothing_is_known() {
    let mut server = Instance::start().await;
    let log = connect(&server.url());
    server.kill();
    let outcome = log.append_changes(&Entry::default()).await;
    assert!(matches!(outcome, Err(StoreError::Unavailable(_))));
    let outcome = log.last_position().await;
    assert!(matches!(outcome, Err(StoreError::Unavailable(_))));
}
