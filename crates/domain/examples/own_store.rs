//! Implements `EventStore` and runs the port's contract tests on it. This one also writes a journal.
//!
//! `cargo run -p faultbook-domain --example own_store`
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use async_trait::async_trait;
use faultbook_contract::{Stores, dedup, events};
use faultbook_domain::ingest::{Batch, EventStore, Recorded};
use faultbook_domain::memory::MemoryStore;
use faultbook_domain::store_error::StoreError;
use faultbook_domain::system::SystemIds;
use std::sync::{Arc, Mutex};

/// Stores in memory and notes a line for every occurrence that counted.
struct Journalled {
    store: MemoryStore,
    journal: Arc<Mutex<Vec<String>>>,
}

#[async_trait]
impl EventStore for Journalled {
    async fn record(&self, batch: &Batch) -> Result<Vec<Recorded>, StoreError> {
        let outcomes = self.store.record(batch).await?;
        let lines = batch
            .occurrences
            .iter()
            .zip(&outcomes)
            .filter(|(_, recorded)| !recorded.duplicate)
            .map(|(one, recorded)| {
                format!(
                    "{} #{} {}",
                    one.timestamp, recorded.error.count, one.summary.source
                )
            });
        let mut journal = self
            .journal
            .lock()
            .map_err(|_| StoreError::internal("a writer of the journal panicked"))?;
        journal.extend(lines);
        Ok(outcomes)
    }
}

/// The suite reads what was recorded through the other ports.
fn stores(journal: &Arc<Mutex<Vec<String>>>) -> Stores {
    let store = MemoryStore::new(Arc::new(SystemIds::default()));
    let events = Arc::new(Journalled {
        store: store.clone(),
        journal: Arc::clone(journal),
    });
    Stores {
        events,
        ..Stores::of(store, ())
    }
}

#[tokio::main]
async fn main() {
    let journal = Arc::default();
    events::the_first_occurrence_makes_an_error(stores(&journal)).await;
    events::equal_occurrences_get_consecutive_counts(stores(&journal)).await;
    dedup::a_repeated_event_id_counts_nothing(stores(&journal)).await;
    events::a_later_occurrence_reopens_a_resolved_error(stores(&journal)).await;
    events::everything_is_stored_whole(stores(&journal)).await;
    let lines = journal.lock().map(|lines| lines.len()).unwrap_or_default();
    assert!(lines > 0, "the journal has lines");
    println!("the contract holds; the journal has {lines} lines");
}
