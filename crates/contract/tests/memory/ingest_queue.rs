//! `MemoryIngestQueue`.

use faultbook_contract::ingest_queue::{CAPACITY, Queues, RECLAIM_AFTER};
use faultbook_domain::memory::MemoryIngestQueue;
use faultbook_domain::system::SystemClock;
use std::sync::Arc;
use time::Duration;

async fn fixture() -> Queues {
    let reclaim_after = Duration::seconds_f64(RECLAIM_AFTER.as_secs_f64());
    let queue = MemoryIngestQueue::new(Arc::new(SystemClock), reclaim_after, CAPACITY);
    let queue = Arc::new(queue);
    Queues {
        here: queue.clone(),
        there: queue,
        guard: Box::new(()),
    }
}

faultbook_contract::ingest_queue_contract!(fixture);
