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

/// An answer and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CachedRead {
    /// The answer.
    pub bytes: Arc<[u8]>,
    /// Whether it came out of the cache or out of a computation that somebody else had begun.
    pub hit: bool,
}

/// How often it is logged that the cache misses writes: each write may, for as long as it is away.
const MISSED: Duration = Duration::from_secs(30);

type Flight = OnceCell<Arc<[u8]>>;

/// Reads through a [`Cache`], with one computation per key at a time on this node.
///
/// The tenant's generation is part of each key. A writer calls [`ReadCache::advance`] after its commit
/// and before its answer, so that whoever has seen the answer can reach no older value. A cache that is
/// down makes reads slower and nothing else.
pub struct ReadCache {
    cache: Arc<dyn Cache>,
    flights: Mutex<HashMap<String, Weak<Flight>>>,
    /// Tenants whose generation could not be advanced yet: this node reads past the cache for them.
    stale: Mutex<HashSet<TenantId>>,
    missed: LogLimit,
}

impl ReadCache {
    /// Reads through this cache.
    #[must_use]
    pub fn new(cache: Arc<dyn Cache>) -> Self {
        Self {
            cache,
            flights: Mutex::default(),
            stale: Mutex::default(),
            missed: LogLimit::new(1, MISSED),
        }
    }

    /// Makes every cached answer of these tenants unreachable.
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
                        "the cache could not be told of a write; reading past it"
                    );
                }
                lock(&self.stale).extend(outstanding);
            }
        }
    }

    /// Tells the cache again of the writes it could not be told of. To be called every second or so: until
    /// it succeeds, other nodes may serve what is old.
    pub async fn catch_up(&self) {
        if !lock(&self.stale).is_empty() {
            self.advance(&[]).await;
        }
    }

    /// The cached answer under `key` for this tenant, or what `compute` makes, kept for `ttl`.
    ///
    /// # Errors
    /// Those of `compute`.
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
                    tracing::debug!(%error, "an answer was not cached");
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
                tracing::debug!(%error, "reading past the cache");
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
