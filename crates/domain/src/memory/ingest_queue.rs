//! [`IngestQueue`](crate::ingest::IngestQueue) in process, for tests and development: not durable.

use crate::clock::Clock;
use crate::ingest::{Claimed, IngestQueue, Queued};
use crate::store_error::StoreError;
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use time::{Duration, OffsetDateTime};

/// A queue in order of arrival.
pub struct MemoryIngestQueue {
    clock: Arc<dyn Clock>,
    reclaim_after: Duration,
    capacity: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    next: u64,
    entries: BTreeMap<u64, Entry>,
    aside: Vec<(Queued, String)>,
}

struct Entry {
    queued: Queued,
    claimed_at: Option<OffsetDateTime>,
}

impl MemoryIngestQueue {
    /// Creates a queue for `capacity` entries that makes a claimed entry claimable again after `reclaim_after`.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, reclaim_after: Duration, capacity: usize) -> Self {
        Self {
            clock,
            reclaim_after,
            capacity,
            state: Mutex::default(),
        }
    }

    /// Returns the entries set aside, with the reasons.
    #[must_use]
    pub fn aside(&self) -> Vec<(Queued, String)> {
        self.state().aside.clone()
    }

    /// Locks the state, which every method leaves consistent even if it panics.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn remove(&mut self, handle: &str) -> Option<Entry> {
        self.entries.remove(&handle.parse().ok()?)
    }
}

#[async_trait]
impl IngestQueue for MemoryIngestQueue {
    async fn push(&self, entries: &[Queued]) -> Result<(), StoreError> {
        let mut state = self.state();
        if state.entries.len() + entries.len() > self.capacity {
            return Err(StoreError::unavailable("the queue is full"));
        }
        for queued in entries {
            let number = state.next;
            state.next += 1;
            let entry = Entry {
                queued: queued.clone(),
                claimed_at: None,
            };
            state.entries.insert(number, entry);
        }
        Ok(())
    }

    async fn claim(&self, most: usize) -> Result<Vec<Claimed>, StoreError> {
        let now = self.clock.now();
        let mut state = self.state();
        let free = state.entries.iter_mut().filter(|(_, entry)| {
            entry
                .claimed_at
                .is_none_or(|at| at + self.reclaim_after <= now)
        });
        let claimed = free.take(most).map(|(number, entry)| {
            entry.claimed_at = Some(now);
            Claimed {
                handle: number.to_string(),
                queued: entry.queued.clone(),
            }
        });
        Ok(claimed.collect())
    }

    async fn finish(&self, handles: &[String]) -> Result<(), StoreError> {
        let mut state = self.state();
        for handle in handles {
            state.remove(handle);
        }
        Ok(())
    }

    async fn set_aside(&self, entry: &Claimed, reason: &str) -> Result<(), StoreError> {
        let mut state = self.state();
        if state.remove(&entry.handle).is_some() {
            state.aside.push((entry.queued.clone(), reason.to_owned()));
        }
        Ok(())
    }

    async fn depth(&self) -> Result<u64, StoreError> {
        Ok(self.state().entries.len() as u64)
    }
}
