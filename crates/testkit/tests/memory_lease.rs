//! The leases in process keep the promises of `Lease`.

use faultbook_domain::memory::MemoryLease;
use faultbook_domain::system::SystemClock;
use faultbook_testkit::contract::lease::Leases;
use std::sync::Arc;

async fn fixture() -> Leases {
    let lease = Arc::new(MemoryLease::new(Arc::new(SystemClock)));
    Leases {
        here: lease.clone(),
        there: lease,
        guard: Box::new(()),
    }
}

faultbook_testkit::lease_contract!(fixture);
