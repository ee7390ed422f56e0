//! Cached reads that are never older than the last confirmed write.

use super::shared_cache::Cache;
use crate::id::TenantId;
use crate::log_limit::LogLimit;
use crate::sync::lock;
use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;
use tokio::sync::OnceCell;

/// A response and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CachedRead {
    /// The response.
    pub bytes: Arc<[u8]>,
    /// Whether it came from the cache, or from a computation that another caller had started.
    pub hit: bool,
}

/// Interval at which missed invalidations are logged: every write may miss while the cache is down.
const MISSED: Duration = Duration::from_secs(30);

type Flight = OnceCell<Arc<[u8]>>;

/// Reads through a [`Cache`], with at most one computation per key at a time on this node.
///
/// The tenant's generation is part of each key. A writer calls [`ReadCache::advance`] after its commit and before its
/// response, so that a client that has seen the response cannot read older values. An unavailable cache only makes
/// reads slower.
pub struct ReadCache {
    cache: Arc<dyn Cache>,
    flights: Mutex<HashMap<String, Weak<Flight>>>,
    /// Tenants whose generation could not be advanced yet: this node bypasses the cache for them.
    stale: Mutex<HashSet<TenantId>>,
    missed: LogLimit,
}

impl ReadCache {
    /// Creates the read cache.
    #[must_use]
    pub fn new(cache: Arc<dyn Cache>) -> Self {
        Self {
            cache,
            flights: Mutex::default(),
            stale: Mutex::default(),
            missed: LogLimit::new(1, MISSED),
        }
    }

    /// Invalidates all cached responses of these tenants.
    pub async fn advance(&self, tenants: &[TenantId]) {
        let mut outstanding: Vec<TenantId> = tenants.to_vec();
        outstanding.extend(
            lock(&self.stale)
                .iter()
                .filter(|stale| !tenants.contains(stale)),
        );
        match self.cache.advance(&outstanding).await {
            Ok(()) => {
                let mut stale = lock(&self.stale);
                for tenant in &outstanding {
                    stale.remove(tenant);
                }
            }
            Err(error) => {
                if let Some(held_back) = self.missed.allow() {
                    tracing::warn!(
                        %error,
                        held_back,
                        "the cache missed an invalidation; bypassing it"
                    );
                }
                lock(&self.stale).extend(outstanding);
            }
        }
    }

    /// Retries failed invalidations. Call it about every second: until it succeeds, other nodes may serve stale
    /// responses.
    pub async fn catch_up(&self) {
        if !lock(&self.stale).is_empty() {
            self.advance(&[]).await;
        }
    }

    /// Returns the cached response of `key` for this tenant, or computes it and caches it for `ttl`.
    ///
    /// # Errors
    /// The errors of `compute`.
    pub async fn read<F, Fut, E>(
        &self,
        tenant: TenantId,
        key: &str,
        ttl: Duration,
        compute: F,
    ) -> Result<CachedRead, E>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<Vec<u8>, E>>,
    {
        let Some(generation) = self.generation(tenant).await else {
            return Ok(CachedRead {
                bytes: compute().await?.into(),
                hit: false,
            });
        };
        let key = format!("{{{tenant}}}:{generation}:{key}");
        let flight = self.flight(&key);
        let mut hit = true;
        let bytes = flight
            .get_or_try_init(|| async {
                if let Ok(Some(bytes)) = self.cache.get(&key).await {
                    return Ok(Arc::from(bytes));
                }
                hit = false;
                let bytes = compute().await?;
                if let Err(error) = self.cache.put(&key, bytes.clone(), ttl).await {
                    tracing::debug!(%error, "a response was not cached");
                }
                Ok(Arc::from(bytes))
            })
            .await?;
        Ok(CachedRead {
            bytes: Arc::clone(bytes),
            hit,
        })
    }

    async fn generation(&self, tenant: TenantId) -> Option<String> {
        if lock(&self.stale).contains(&tenant) {
            self.advance(&[tenant]).await;
            if lock(&self.stale).contains(&tenant) {
                return None;
            }
        }
        match self.cache.generation(tenant).await {
            Ok(generation) => Some(generation),
            Err(error) => {
                tracing::debug!(%error, "the cache is unavailable; bypassing it");
                None
            }
        }
    }

    fn flight(&self, key: &str) -> Arc<Flight> {
        let mut flights = lock(&self.flights);
        if let Some(flight) = flights.get(key).and_then(Weak::upgrade) {
            return flight;
        }
        flights.retain(|_, flight| flight.strong_count() > 0);
        let flight = Arc::new(Flight::new());
        flights.insert(key.to_owned(), Arc::downgrade(&flight));
        flight
    }
}
