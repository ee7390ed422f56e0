//! `MemoryLease`.

use faultbook_contract::lease::Leases;
use faultbook_domain::memory::MemoryLease;
use faultbook_domain::system::SystemClock;
use std::sync::Arc;

async fn fixture() -> Leases {
    let lease = Arc::new(MemoryLease::new(Arc::new(SystemClock)));
    Leases {
        here: lease.clone(),
        there: lease,
        guard: Box::new(()),
    }
}

faultbook_contract::lease_contract!(fixture);
