//! Cached reads: never older than the last confirmed write, and never a failure of their own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use faultbook_contract::builder::new_id;
use faultbook_domain::cache::{Cache, MockCache};
use faultbook_domain::cache::{CachedRead, ReadCache};
use faultbook_domain::id::TenantId;
use faultbook_domain::memory::MemoryCache;
use faultbook_domain::store_error::StoreError;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::Notify;

const TTL: Duration = Duration::from_secs(60);

fn over(cache: impl Cache + 'static) -> ReadCache {
    ReadCache::new(Arc::new(cache))
}

async fn read(cache: &ReadCache, tenant: TenantId, value: &str) -> CachedRead {
    let compute = || async { Ok::<_, Infallible>(value.as_bytes().to_vec()) };
    let Ok(read) = cache.read(tenant, "key", TTL, compute).await;
    read
}

fn unavailable<T>() -> Result<T, StoreError> {
    Err(StoreError::unavailable("gone"))
}

#[tokio::test]
async fn a_second_read_hits_until_a_write_is_confirmed() {
    let cache = over(MemoryCache::default());
    let (tenant, other) = (TenantId(new_id()), TenantId(new_id()));
    assert!(!read(&cache, tenant, "old").await.hit);
    assert_eq!(
        read(&cache, tenant, "new").await,
        CachedRead {
            bytes: Arc::from(*b"old"),
            hit: true
        }
    );
    cache.advance(&[other]).await;
    assert!(
        read(&cache, tenant, "new").await.hit,
        "another tenant's write is none of ours"
    );
    cache.advance(&[tenant]).await;
    assert_eq!(
        read(&cache, tenant, "new").await,
        CachedRead {
            bytes: Arc::from(*b"new"),
            hit: false
        }
    );
}

#[tokio::test]
async fn one_computation_serves_everyone_who_asks_meanwhile() {
    let cache = Arc::new(over(MemoryCache::default()));
    let tenant = TenantId(new_id());
    let (begun, go) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
    let readers: Vec<_> = (0..20)
        .map(|_| {
            let (cache, begun, go) = (Arc::clone(&cache), Arc::clone(&begun), Arc::clone(&go));
            tokio::spawn(async move {
                let compute = || async {
                    begun.fetch_add(1, Ordering::SeqCst);
                    go.notified().await;
                    Ok::<_, Infallible>(b"one".to_vec())
                };
                cache.read(tenant, "key", TTL, compute).await.unwrap().bytes
            })
        })
        .collect();
    while begun.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    go.notify_waiters();
    for reader in readers {
        assert_eq!(&*reader.await.unwrap(), b"one");
    }
    assert_eq!(begun.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_failed_computation_is_not_kept() {
    let cache = over(MemoryCache::default());
    let tenant = TenantId(new_id());
    let failed = cache
        .read(tenant, "key", TTL, || async { Err::<Vec<u8>, _>("failed") })
        .await;
    assert_eq!(failed, Err("failed"));
    assert_eq!(&*read(&cache, tenant, "fine").await.bytes, b"fine");
}

#[tokio::test]
async fn without_the_cache_reads_are_computed() {
    let mut broken = MockCache::new();
    broken.expect_generation().returning(|_| unavailable());
    let cache = over(broken);
    let tenant = TenantId(new_id());
    for value in ["one", "two"] {
        let read = read(&cache, tenant, value).await;
        assert_eq!((&*read.bytes, read.hit), (value.as_bytes(), false));
    }
}

#[tokio::test]
async fn a_cache_that_loses_entries_is_only_slower() {
    let mut forgetful = MockCache::new();
    forgetful
        .expect_generation()
        .returning(|_| Ok("1".to_owned()));
    forgetful.expect_get().returning(|_| unavailable());
    forgetful.expect_put().returning(|_, _, _| unavailable());
    let cache = over(forgetful);
    let tenant = TenantId(new_id());
    assert_eq!(&*read(&cache, tenant, "one").await.bytes, b"one");
    assert_eq!(&*read(&cache, tenant, "two").await.bytes, b"two");
}

#[tokio::test]
async fn a_write_the_cache_missed_is_made_up_for_before_the_next_hit() {
    let attempts = Arc::new(AtomicUsize::new(0));
    let mut flaky = MockCache::new();
    let seen = Arc::clone(&attempts);
    flaky.expect_advance().returning(move |_| {
        if seen.fetch_add(1, Ordering::SeqCst) < 2 {
            unavailable()
        } else {
            Ok(())
        }
    });
    flaky.expect_generation().returning(|_| Ok("1".to_owned()));
    flaky.expect_get().returning(|_| Ok(Some(b"old".to_vec())));
    let cache = over(flaky);
    let tenant = TenantId(new_id());
    cache.advance(&[tenant]).await;
    assert_eq!(
        &*read(&cache, tenant, "new").await.bytes,
        b"new",
        "past the cache"
    );
    assert_eq!(
        &*read(&cache, tenant, "new").await.bytes,
        b"old",
        "advanced, so trusted again"
    );
    assert_eq!(attempts.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_missed_write_is_told_again_without_a_read() {
    let mut flaky = MockCache::new();
    let tenant = TenantId(new_id());
    let mut failures = 1;
    flaky.expect_advance().times(2).returning(move |tenants| {
        assert_eq!(tenants, [tenant]);
        failures -= 1;
        if failures >= 0 { unavailable() } else { Ok(()) }
    });
    let cache = over(flaky);
    cache.advance(&[tenant]).await;
    cache.catch_up().await;
    cache.catch_up().await;
}
