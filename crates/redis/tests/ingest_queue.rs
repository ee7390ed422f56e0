//! The queue in Redis: the promises of `IngestQueue`, and what a restart of Redis leaves of it.

#![allow(clippy::unwrap_used, reason = "this is a test")]

use faultbook_contract::builder::{a_tenant, an_occurrence, new_id};
use faultbook_contract::ingest_queue::{CAPACITY, Queues, RECLAIM_AFTER};
use faultbook_domain::id::ProjectId;
use faultbook_domain::ingest::{IngestQueue, Queued};
use faultbook_domain::store_error::StoreError;
use faultbook_redis::{RedisIngestQueue, RedisSettings};
use faultbook_testkit::redis::Instance;
use std::sync::Arc;
use std::time::{Duration, Instant};

fn connect(url: &str) -> RedisIngestQueue {
    let settings = RedisSettings {
        timeout: Duration::from_secs(1),
        ..RedisSettings::new(url)
    };
    RedisIngestQueue::connect(&settings, new_id(), RECLAIM_AFTER, CAPACITY as u64).unwrap()
}

async fn fixture() -> Queues {
    let server = Instance::start().await;
    Queues {
        here: Arc::new(connect(&server.url())),
        there: Arc::new(connect(&server.url())),
        guard: Box::new(server),
    }
}

faultbook_contract::ingest_queue_contract!(fixture);

fn an_entry() -> Queued {
    Queued {
        tenant: a_tenant().id,
        occurrence: an_occurrence(ProjectId(new_id()))
            .full()
            .said("It broke")
            .build(),
    }
}

#[tokio::test]
async fn what_was_pushed_survives_the_kill_of_redis() {
    let mut server = Instance::start_durable().await;
    let queue = connect(&server.url());
    let pushed = [an_entry(), an_entry()];
    queue.push(&pushed).await.unwrap();
    server.kill();
    let refused = queue.push(&pushed).await;
    assert!(matches!(refused, Err(StoreError::Unavailable(_))));
    server.start_again().await;

    let deadline = Instant::now() + Duration::from_secs(30);
    let claimed = loop {
        match queue.claim(10).await {
            Ok(claimed) => break claimed,
            Err(error) => assert!(Instant::now() < deadline, "{error:?}"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let queued: Vec<Queued> = claimed.into_iter().map(|entry| entry.queued).collect();
    assert_eq!(queued, pushed);
}

#[tokio::test]
async fn a_redis_that_lost_its_memory_takes_entries_again() {
    let mut server = Instance::start().await;
    let queue = connect(&server.url());
    queue.push(&[an_entry()]).await.unwrap();
    assert_eq!(queue.claim(10).await.unwrap().len(), 1);
    server.kill();
    server.start_again().await;

    let deadline = Instant::now() + Duration::from_secs(30);
    while let Err(error) = queue.push(&[an_entry()]).await {
        assert!(Instant::now() < deadline, "{error:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(queue.claim(10).await.unwrap().len(), 1);
}
