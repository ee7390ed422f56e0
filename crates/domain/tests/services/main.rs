//! Use cases on the memory store and a clock that the test moves.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "in a test, a panic is how failure is reported"
)]

mod alert_rules;
mod bulk;
mod decisions;
mod desk;
mod discussion;
mod failed_sign_ins;
mod incidents;
mod jobs;
mod letters;
mod project_keys;
mod projects;
mod releases;
mod triage;

use faultbook_contract::builder::NOON;
use faultbook_domain::memory::MemoryStore;
use faultbook_domain::system::SystemIds;
use faultbook_domain::testing::FixedClock;
use std::sync::Arc;

fn parts() -> (Arc<MemoryStore>, Arc<FixedClock>, Arc<SystemIds>) {
    let ids = Arc::new(SystemIds::default());
    let store = Arc::new(MemoryStore::new(ids.clone()));
    (store, Arc::new(FixedClock::at(NOON)), ids)
}
