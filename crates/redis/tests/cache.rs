//! The cache in Redis: the promises of `Cache`, and what happens when Redis does not play along.

#![allow(clippy::unwrap_used, reason = "this is a test")]

use faultbook_contract::builder::a_tenant;
use faultbook_contract::cache::Caches;
use faultbook_domain::cache::Cache;
use faultbook_domain::id::TenantId;
use faultbook_domain::monitoring::HealthProbe;
use faultbook_domain::store_error::StoreError;
use faultbook_domain::system::{SystemClock, SystemIds};
use faultbook_redis::{RedisCache, RedisSettings};
use faultbook_testkit::redis::Instance;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, Instant};

const LONG: Duration = Duration::from_secs(300);
/// The time limit of a call in these tests: beyond what a busy machine needs.
const LIMIT: Duration = Duration::from_secs(1);
/// How much later than its limit a call may come back on a busy machine.
const SLACK: Duration = Duration::from_secs(2);
/// When to give up waiting.
const PATIENCE: Duration = Duration::from_secs(30);

fn settings(url: &str) -> RedisSettings {
    RedisSettings {
        timeout: LIMIT,
        // The contract's largest value.
        max_entry: 4 << 20,
        ..RedisSettings::new(url)
    }
}

fn connect(url: &str) -> RedisCache {
    let ids = Arc::new(SystemIds::default());
    RedisCache::connect(&settings(url), Arc::new(SystemClock), ids).unwrap()
}

fn tenant() -> TenantId {
    a_tenant().id
}

async fn fixture() -> Caches {
    let server = Instance::start().await;
    Caches {
        here: Arc::new(connect(&server.url())),
        there: Arc::new(connect(&server.url())),
        guard: Box::new(server),
    }
}

faultbook_contract::cache_contract!(fixture);

fn is_unavailable<T>(outcome: &Result<T, StoreError>) -> bool {
    matches!(outcome, Err(StoreError::Unavailable(_)))
}

/// The first answer, waited for as long as the cache leaves Redis alone.
async fn generation_when_back(cache: &RedisCache, tenant: TenantId) -> String {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match cache.generation(tenant).await {
            Ok(generation) => return generation,
            Err(error) => assert!(Instant::now() < deadline, "{error:?}"),
        }
        tokio::time::sleep(LIMIT / 100).await;
    }
}

async fn command(url: &str, command: &str) {
    let client = redis::Client::open(url).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let mut words = command.split(' ');
    let mut command = redis::cmd(words.next().unwrap());
    command.arg(words.collect::<Vec<_>>());
    command.exec_async(&mut connection).await.unwrap();
}

#[tokio::test]
async fn a_cache_that_lost_its_memory_brings_no_generation_back() {
    let server = Instance::start().await;
    let cache = connect(&server.url());
    let tenant = tenant();
    let first = cache.generation(tenant).await.unwrap();
    cache.advance(&[tenant]).await.unwrap();
    let second = cache.generation(tenant).await.unwrap();

    command(&server.url(), "FLUSHALL").await;

    let third = cache.generation(tenant).await.unwrap();
    assert!(third != first && third != second);
    assert_eq!(cache.generation(tenant).await.unwrap(), third);
}

/// What Redis kept may be older than the last advance, and nothing tells whether it is.
#[tokio::test]
async fn a_restart_that_brings_old_data_back_brings_no_generation_back() {
    let mut server = Instance::start_durable().await;
    let cache = connect(&server.url());
    let tenant = tenant();
    let before = cache.generation(tenant).await.unwrap();
    cache.put("kept", b"v".to_vec(), LONG).await.unwrap();

    server.kill();
    server.start_again().await;

    let after = generation_when_back(&cache, tenant).await;
    assert_eq!(cache.get("kept").await.unwrap().unwrap(), b"v");
    assert_ne!(after, before);
    let other_node = connect(&server.url());
    assert_eq!(other_node.generation(tenant).await.unwrap(), after);
}

#[tokio::test]
async fn keys_are_prefixed_and_forgotten_some_day() {
    let server = Instance::start().await;
    let cache = connect(&server.url());
    let tenant = tenant();
    cache.advance(&[tenant]).await.unwrap();
    cache.generation(self::tenant()).await.unwrap();
    cache.put("k", b"v".to_vec(), Duration::MAX).await.unwrap();

    let client = redis::Client::open(server.url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let keys: Vec<String> = redis::cmd("KEYS")
        .arg("*")
        .query_async(&mut connection)
        .await
        .unwrap();
    assert_eq!(keys.len(), 3);
    assert!(keys.contains(&format!("faultbook:{{{tenant}}}:generation")));
    for key in keys {
        assert!(key.starts_with("faultbook:"), "{key}");
        let seconds: i64 = redis::cmd("TTL")
            .arg(&key)
            .query_async(&mut connection)
            .await
            .unwrap();
        assert!(
            (1..=86_400).contains(&seconds),
            "{key} lives for {seconds} s"
        );
    }
}

#[tokio::test]
async fn a_redis_that_is_away_at_start_is_used_when_it_comes() {
    let mut server = Instance::start().await;
    server.stop();
    let cache = connect(&server.url());
    assert!(is_unavailable(&cache.generation(tenant()).await));
    assert!(is_unavailable(&cache.ping().await));

    server.start_again().await;

    generation_when_back(&cache, tenant()).await;
    cache.ping().await.unwrap();
}

#[tokio::test]
async fn every_call_fails_at_once_while_redis_is_dead() {
    let mut server = Instance::start().await;
    let cache = connect(&server.url());
    let tenant = tenant();
    cache.generation(tenant).await.unwrap();
    server.kill();

    let begun = Instant::now();
    for _ in 0..100 {
        assert!(is_unavailable(&cache.generation(tenant).await));
        assert!(is_unavailable(&cache.advance(&[tenant]).await));
        assert!(is_unavailable(&cache.get("k").await));
        assert!(is_unavailable(&cache.put("k", Vec::new(), LONG).await));
    }
    assert!(is_unavailable(&cache.ping().await));
    assert!(begun.elapsed() < SLACK, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_restart_between_two_calls_is_not_noticed() {
    let mut server = Instance::start().await;
    let cache = Arc::new(connect(&server.url()));
    // Several connections, all of which the restart breaks.
    let keys: Vec<String> = (0..6).map(|number| format!("k{number}")).collect();
    let calls = || futures_util::future::join_all(keys.iter().map(|key| cache.get(key)));
    assert!(calls().await.iter().all(Result::is_ok));

    server.stop();
    server.start_again().await;

    cache.ping().await.unwrap();
    assert!(calls().await.iter().all(Result::is_ok));
}

#[tokio::test]
async fn a_redis_that_hangs_costs_one_call_its_limit_and_the_next_nothing() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let cache = connect(&format!("redis://{}", silent.local_addr().unwrap()));

    let begun = Instant::now();
    assert!(is_unavailable(&cache.advance(&[tenant()]).await));
    let first = begun.elapsed();
    assert!((LIMIT..LIMIT + SLACK).contains(&first), "{first:?}");

    let begun = Instant::now();
    for _ in 0..20 {
        assert!(is_unavailable(&cache.get("k").await));
    }
    assert!(begun.elapsed() < LIMIT, "{:?}", begun.elapsed());

    let begun = Instant::now();
    assert!(is_unavailable(&cache.ping().await));
    assert!(begun.elapsed() < LIMIT + SLACK, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_redis_that_stops_answering_is_used_when_it_goes_on() {
    let mut server = Instance::start().await;
    let cache = connect(&server.url());
    let tenant = tenant();
    let generation = cache.generation(tenant).await.unwrap();

    server.freeze();
    let begun = Instant::now();
    assert!(is_unavailable(&cache.advance(&[tenant]).await));
    assert!(begun.elapsed() < LIMIT + SLACK, "{:?}", begun.elapsed());
    server.thaw();

    // The advance may or may not have arrived; a second one is what its caller owes.
    generation_when_back(&cache, tenant).await;
    cache.advance(&[tenant]).await.unwrap();
    assert_ne!(cache.generation(tenant).await.unwrap(), generation);
}

#[tokio::test]
async fn a_refusal_does_not_stop_other_calls() {
    let server = Instance::start().await;
    let cache = connect(&server.url());
    cache.put("k", b"v".to_vec(), LONG).await.unwrap();
    command(&server.url(), "CONFIG SET maxmemory 1").await;

    let refused = cache.put("l", vec![0; 1024], LONG).await;

    assert!(is_unavailable(&refused));
    assert_eq!(cache.get("k").await.unwrap().unwrap(), b"v");
}

#[tokio::test]
async fn a_wrong_password_is_unavailable_and_not_shown() {
    let server = Instance::start().await;
    command(&server.url(), "CONFIG SET requirepass s3cret").await;
    let address = server.url().replace("redis://", "");
    connect(&format!("redis://:s3cret@{address}"))
        .ping()
        .await
        .unwrap();

    let error = connect(&format!("redis://:hunter2@{address}"))
        .ping()
        .await
        .unwrap_err();

    assert!(matches!(error, StoreError::Unavailable(_)));
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}

/// A request whose client goes away drops its call at any point.
#[tokio::test]
async fn dropped_calls_mix_no_answers_up() {
    let server = Instance::start().await;
    let cache = connect(&server.url());
    for key in ["a", "b"] {
        cache.put(key, key.as_bytes().to_vec(), LONG).await.unwrap();
    }
    for round in 0..500_u64 {
        let given_up = Duration::from_micros(round % 100);
        let _ = tokio::time::timeout(given_up, cache.get("a")).await;
        assert_eq!(cache.get("b").await.unwrap().unwrap(), b"b");
    }
}

/// What a node confirms while Redis is full must not be hidden by what another node cached before.
#[tokio::test]
async fn a_full_redis_still_ends_generations_and_takes_new_ones_when_it_has_room() {
    let server = Instance::start().await;
    let (here, there) = (connect(&server.url()), connect(&server.url()));
    let tenant = tenant();
    let before = there.generation(tenant).await.unwrap();
    command(&server.url(), "CONFIG SET maxmemory 1").await;

    for _ in 0..3 {
        here.advance(&[tenant]).await.unwrap();
        assert!(is_unavailable(&there.generation(tenant).await));
        assert!(is_unavailable(&here.generation(tenant).await));
    }

    command(&server.url(), "CONFIG SET maxmemory 0").await;
    let after = there.generation(tenant).await.unwrap();
    assert_ne!(after, before);
    assert_eq!(here.generation(tenant).await.unwrap(), after);
}

/// Where nobody can end a generation, nobody may go by it.
#[tokio::test]
async fn a_redis_that_refuses_writes_is_not_believed() {
    let server = Instance::start().await;
    let cache = connect(&server.url());
    let tenant = tenant();
    cache.generation(tenant).await.unwrap();

    command(&server.url(), "REPLICAOF 127.0.0.1 1").await;

    assert!(is_unavailable(&cache.advance(&[tenant]).await));
    assert!(is_unavailable(&cache.generation(tenant).await));

    command(&server.url(), "REPLICAOF NO ONE").await;
    cache.advance(&[tenant]).await.unwrap();
    cache.generation(tenant).await.unwrap();
}

#[tokio::test]
async fn large_answers_are_not_kept() {
    let server = Instance::start().await;
    let ids = Arc::new(SystemIds::default());
    let settings = RedisSettings {
        max_entry: 1_000,
        ..settings(&server.url())
    };
    let cache = RedisCache::connect(&settings, Arc::new(SystemClock), ids).unwrap();

    cache.put("small", vec![0; 1_000], LONG).await.unwrap();
    cache.put("large", vec![0; 1_001], LONG).await.unwrap();

    assert!(cache.get("small").await.unwrap().is_some());
    assert!(cache.get("large").await.unwrap().is_none());
}
