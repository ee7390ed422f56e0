//! The memory adapter keeps the promises of every store port.

use faultbook_domain::memory::MemoryStore;
use faultbook_domain::system::SystemIds;
use faultbook_testkit::contract::Stores;
use std::sync::Arc;

async fn fixture() -> Stores {
    Stores::of(MemoryStore::new(Arc::new(SystemIds::default())), ())
}

faultbook_testkit::store_contract!(fixture);
