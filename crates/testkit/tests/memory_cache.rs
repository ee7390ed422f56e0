//! The cache in process keeps the promises of `Cache`.

use faultbook_domain::memory::MemoryCache;
use faultbook_testkit::contract::cache::Caches;
use std::sync::Arc;

async fn fixture() -> Caches {
    let cache = Arc::new(MemoryCache::default());
    Caches {
        here: cache.clone(),
        there: cache,
        guard: Box::new(()),
    }
}

faultbook_testkit::cache_contract!(fixture);
