//! Implements `EventStore` and runs the port's contract tests on it. This one counts what it stores.
//!
//! `cargo run -p faultbook-domain --all-features --example own_store`
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use async_trait::async_trait;
use faultbook_contract::{Stores, dedup, events};
use faultbook_domain::ingest::{Batch, EventStore, Recorded};
use faultbook_domain::memory::MemoryStore;
use faultbook_domain::store_error::StoreError;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

static STORED: AtomicUsize = AtomicUsize::new(0);

struct Counted(MemoryStore);

#[async_trait]
impl EventStore for Counted {
    async fn record(&self, batch: &Batch) -> Result<Vec<Recorded>, StoreError> {
        let outcomes = self.0.record(batch).await?;
        let new = outcomes.iter().filter(|outcome| !outcome.duplicate);
        STORED.fetch_add(new.count(), Ordering::Relaxed);
        Ok(outcomes)
    }
}

#[tokio::main]
async fn main() {
    // The suite reads through the other ports what was recorded.
    let store = MemoryStore::default();
    let events = Arc::new(Counted(store.clone()));
    let stores = || Stores {
        events: events.clone(),
        ..Stores::of(store.clone(), ())
    };
    events::equal_occurrences_get_consecutive_counts(stores()).await;
    dedup::a_repeated_event_id_counts_nothing(stores()).await;
    println!("the contract holds for {STORED:?} occurrences");
}
