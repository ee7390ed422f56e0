//! The memory adapters fulfil the contracts of their ports.

mod cache;
mod changes;
mod ingest_queue;
mod lease;
mod rate_limiter;

use faultbook_contract::Stores;
use faultbook_domain::memory::MemoryStore;
use faultbook_domain::system::SystemIds;
use std::sync::Arc;

async fn fixture() -> Stores {
    Stores::of(MemoryStore::new(Arc::new(SystemIds::default())), ())
}

faultbook_contract::store_contract!(fixture);
