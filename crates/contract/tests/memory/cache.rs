//! `MemoryCache`.

use faultbook_contract::cache::Caches;
use faultbook_domain::memory::MemoryCache;
use std::sync::Arc;

async fn fixture() -> Caches {
    let cache = Arc::new(MemoryCache::default());
    Caches {
        here: cache.clone(),
        there: cache,
        guard: Box::new(()),
    }
}

faultbook_contract::cache_contract!(fixture);
