//! Contract of `Cache`.
//!
//! Name a fixture, an `async fn() -> Caches`, in `faultbook_contract::cache_contract!(fixture)` to run it.
#![allow(missing_docs, reason = "a test's name states what it checks")]

use crate::builder::a_tenant;
use faultbook_domain::cache::Cache;
use faultbook_domain::id::TenantId;
use std::any::Any;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Longer than any test.
const LONG: Duration = Duration::from_secs(300);
/// Long enough to be observed, short enough to wait for.
const SHORT: Duration = Duration::from_millis(200);
/// Timeout of waiting.
const PATIENCE: Duration = Duration::from_secs(30);

/// A cache under test, with the handles of two nodes.
pub struct Caches {
    /// Handle of one node.
    pub here: Arc<dyn Cache>,
    /// Handle of another node; for a cache in process, the same value.
    pub there: Arc<dyn Cache>,
    /// Keeps resources of the cache alive (a server).
    pub guard: Box<dyn Any + Send + Sync>,
}

fn tenant() -> TenantId {
    a_tenant().id
}

/// Waits until the key has expired.
async fn expired(cache: &dyn Cache, key: &str) {
    let deadline = Instant::now() + PATIENCE;
    while cache.get(key).await.unwrap().is_some() {
        assert!(Instant::now() < deadline, "{key} is still kept");
        tokio::time::sleep(SHORT / 20).await;
    }
}

pub async fn a_generation_stays_until_it_is_advanced(caches: Caches) {
    let tenant = tenant();
    let generation = caches.here.generation(tenant).await.unwrap();
    assert_eq!(caches.here.generation(tenant).await.unwrap(), generation);
    assert_eq!(caches.there.generation(tenant).await.unwrap(), generation);
}

pub async fn a_generation_never_comes_back(caches: Caches) {
    let tenant = tenant();
    let mut seen = HashSet::new();
    for round in 0..50 {
        let node = if round % 2 == 0 {
            &caches.here
        } else {
            &caches.there
        };
        assert!(seen.insert(node.generation(tenant).await.unwrap()));
        node.advance(&[tenant]).await.unwrap();
    }
    assert!(seen.insert(caches.here.generation(tenant).await.unwrap()));
}

pub async fn an_advance_is_seen_by_every_node(caches: Caches) {
    let tenant = tenant();
    let before = caches.there.generation(tenant).await.unwrap();

    caches.here.advance(&[tenant]).await.unwrap();

    let after = caches.there.generation(tenant).await.unwrap();
    assert_ne!(after, before);
    assert_eq!(caches.here.generation(tenant).await.unwrap(), after);
}

pub async fn an_advance_concerns_the_tenants_it_names(caches: Caches) {
    let tenants: Vec<TenantId> = (0..20).map(|_| tenant()).collect();
    let bystander = tenant();
    let mut before = Vec::new();
    for tenant in &tenants {
        before.push(caches.here.generation(*tenant).await.unwrap());
    }
    let undisturbed = caches.here.generation(bystander).await.unwrap();

    caches.here.advance(&tenants).await.unwrap();
    caches.here.advance(&[]).await.unwrap();

    for (tenant, before) in tenants.iter().zip(before) {
        assert_ne!(caches.here.generation(*tenant).await.unwrap(), before);
    }
    assert_eq!(
        caches.here.generation(bystander).await.unwrap(),
        undisturbed
    );
}

pub async fn an_advance_before_the_first_read_counts(caches: Caches) {
    let tenant = tenant();
    caches.here.advance(&[tenant]).await.unwrap();
    let first = caches.there.generation(tenant).await.unwrap();
    caches.here.advance(&[tenant]).await.unwrap();
    assert_ne!(caches.there.generation(tenant).await.unwrap(), first);
}

pub async fn nodes_that_ask_first_together_agree(caches: Caches) {
    for _ in 0..20 {
        let tenant = tenant();
        let (here, there) = tokio::join!(
            caches.here.generation(tenant),
            caches.there.generation(tenant)
        );
        assert_eq!(here.unwrap(), there.unwrap());
    }
}

pub async fn bytes_come_back_as_they_were(caches: Caches) {
    let every_byte: Vec<u8> = (0..=255).collect();
    let megabyte = every_byte.repeat(4096);
    for (key, value) in [
        ("{a}:1:empty", Vec::new()),
        ("{a}:1:every byte", every_byte),
        ("{a}:1:with \r\n and \u{0} and \u{2603}", b"v".to_vec()),
        ("{a}:1:large", megabyte),
    ] {
        assert_eq!(caches.here.get(key).await.unwrap(), None, "{key}");
        caches.here.put(key, value.clone(), LONG).await.unwrap();
        assert!(
            caches.here.get(key).await.unwrap() == Some(value.clone()),
            "{key}"
        );
        assert!(caches.there.get(key).await.unwrap() == Some(value), "{key}");
    }
    assert_eq!(caches.here.get("{a}:1:another").await.unwrap(), None);
}

pub async fn the_last_bytes_put_are_kept(caches: Caches) {
    caches.here.put("k", b"one".to_vec(), LONG).await.unwrap();
    caches.there.put("k", b"two".to_vec(), LONG).await.unwrap();
    assert_eq!(caches.here.get("k").await.unwrap().unwrap(), b"two");
}

pub async fn bytes_expire(caches: Caches) {
    let begun = Instant::now();
    caches.here.put("soon", b"v".to_vec(), SHORT).await.unwrap();
    caches.here.put("late", b"v".to_vec(), LONG).await.unwrap();
    let kept = caches.here.get("soon").await.unwrap();
    assert!(kept.is_some() || begun.elapsed() >= SHORT);

    expired(&*caches.here, "soon").await;

    assert!(caches.here.get("late").await.unwrap().is_some());
}

pub async fn bytes_put_again_expire_by_the_last_ttl(caches: Caches) {
    caches.here.put("k", b"v".to_vec(), LONG).await.unwrap();
    caches.here.put("k", b"v".to_vec(), SHORT).await.unwrap();
    expired(&*caches.here, "k").await;
}

pub async fn bytes_put_for_no_time_are_not_kept(caches: Caches) {
    caches.here.put("k", b"v".to_vec(), LONG).await.unwrap();
    let nothing = Duration::ZERO;
    caches.here.put("k", b"w".to_vec(), nothing).await.unwrap();
    assert_eq!(caches.here.get("k").await.unwrap(), None);
}

/// Runs the contract as one `#[tokio::test]` each, on the caches that the fixture creates.
#[macro_export]
macro_rules! cache_contract {
    ($fixture:path) => {
        $crate::store_contract!(@module cache, $fixture, [
            a_generation_stays_until_it_is_advanced,
            a_generation_never_comes_back,
            an_advance_is_seen_by_every_node,
            an_advance_concerns_the_tenants_it_names,
            an_advance_before_the_first_read_counts,
            nodes_that_ask_first_together_agree,
            bytes_come_back_as_they_were,
            the_last_bytes_put_are_kept,
            bytes_expire,
            bytes_put_again_expire_by_the_last_ttl,
            bytes_put_for_no_time_are_not_kept,
        ]);
    };
}
