//! [`Cache`](crate::cache::Cache) in process, for a single node.

use crate::cache::Cache;
use crate::id::TenantId;
use crate::monitoring::{HealthProbe, ServiceMetrics};
use crate::store_error::StoreError;
use async_trait::async_trait;
use moka::Expiry;
use moka::sync::Cache as Entries;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Maximum bytes in the cache, keys included.
const CAPACITY: u64 = 64 << 20;

#[derive(Clone)]
struct Entry {
    bytes: Vec<u8>,
    ttl: Duration,
}

struct ByEntry;

impl Expiry<String, Entry> for ByEntry {
    fn expire_after_create(&self, _: &String, entry: &Entry, _: Instant) -> Option<Duration> {
        Some(entry.ttl)
    }

    fn expire_after_update(
        &self,
        _: &String,
        entry: &Entry,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(entry.ttl)
    }
}

/// A cache of up to 64 MiB.
pub struct MemoryCache {
    entries: Entries<String, Entry>,
    generations: Mutex<HashMap<TenantId, u64>>,
}

impl Default for MemoryCache {
    fn default() -> Self {
        let weigh = |key: &String, entry: &Entry| {
            u32::try_from(key.len() + entry.bytes.len()).unwrap_or(u32::MAX)
        };
        let entries = Entries::builder()
            .max_capacity(CAPACITY)
            .weigher(weigh)
            .expire_after(ByEntry)
            .build();
        Self {
            entries,
            generations: Mutex::default(),
        }
    }
}

impl MemoryCache {
    fn generations(&self) -> MutexGuard<'_, HashMap<TenantId, u64>> {
        self.generations
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Cache for MemoryCache {
    async fn generation(&self, tenant: TenantId) -> Result<String, StoreError> {
        Ok(self
            .generations()
            .get(&tenant)
            .copied()
            .unwrap_or(0)
            .to_string())
    }

    async fn advance(&self, tenants: &[TenantId]) -> Result<(), StoreError> {
        let mut generations = self.generations();
        for tenant in tenants {
            *generations.entry(*tenant).or_default() += 1;
        }
        Ok(())
    }

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.entries.get(key).map(|entry| entry.bytes))
    }

    async fn put(&self, key: &str, value: Vec<u8>, ttl: Duration) -> Result<(), StoreError> {
        self.entries
            .insert(key.to_owned(), Entry { bytes: value, ttl });
        Ok(())
    }
}

#[async_trait]
impl HealthProbe for MemoryCache {
    async fn ping(&self) -> Result<(), StoreError> {
        Ok(())
    }

    async fn read_metrics(&self) -> Result<ServiceMetrics, StoreError> {
        let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        Ok(vec![
            ("entries", count(self.entries.entry_count())),
            ("bytes", count(self.entries.weighted_size())),
            ("max_bytes", count(CAPACITY)),
        ])
    }
}
