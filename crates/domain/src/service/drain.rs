//! Storing what was queued.

use super::lane::{Lane, LaneError};
use super::lock;
use crate::port::{Claimed, IngestQueue, StoreError};
use std::sync::{Arc, Mutex};

/// What one round did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Round {
    /// Entries that are done with.
    pub finished: usize,
    /// Entries that the store could not take now. The next round tries them again.
    pub held: usize,
}

/// Moves entries from the queue through the lane into the store: each at least once, and because an
/// occurrence has its id before it is queued, each counts once.
pub struct Drain {
    queue: Arc<dyn IngestQueue>,
    lane: Lane,
    most: usize,
    held: Mutex<Vec<Claimed>>,
}

impl Drain {
    /// Takes up to `most` entries a round.
    #[must_use]
    pub const fn new(queue: Arc<dyn IngestQueue>, lane: Lane, most: usize) -> Self {
        let held = Mutex::new(Vec::new());
        Self {
            queue,
            lane,
            most,
            held,
        }
    }

    /// Stores what was held back, or else what can be claimed. One round at a time.
    ///
    /// An entry that the store refuses as data is set aside; whoever runs Faultbook finds it in the log
    /// and in the queue.
    ///
    /// # Errors
    /// [`StoreError`] when the queue cannot be asked. What was stored and could not be marked as
    /// finished comes back, and counts nothing then.
    pub async fn round(&self) -> Result<Round, StoreError> {
        let mut entries = std::mem::take(&mut *lock(&self.held));
        if entries.is_empty() {
            entries = self.queue.claim(self.most).await?;
        }
        if entries.is_empty() {
            return Ok(Round::default());
        }
        let occurrences = entries
            .iter()
            .map(|entry| (entry.queued.tenant, Arc::clone(&entry.queued.occurrence)))
            .collect();
        let outcomes = match self.lane.submit_all(occurrences).await {
            Ok(outcomes) => outcomes,
            Err(error) => entries.iter().map(|_| Err(error.clone())).collect(),
        };
        let mut stored = Vec::with_capacity(entries.len());
        let mut poison = Vec::new();
        let mut later = Vec::new();
        for (entry, outcome) in entries.into_iter().zip(outcomes) {
            match outcome {
                Ok(_) => stored.push(entry.handle),
                Err(LaneError::Store(cause)) if !matches!(*cause, StoreError::Unavailable(_)) => {
                    poison.push((entry, cause));
                }
                Err(_) => later.push(entry),
            }
        }
        let round = Round {
            finished: stored.len() + poison.len(),
            held: later.len(),
        };
        *lock(&self.held) = later;
        self.queue.finish(&stored).await?;
        for (entry, cause) in poison {
            let id = entry.queued.occurrence.id;
            tracing::error!(%id, %cause, ?cause, "a queued report cannot be stored and was set aside");
            self.queue.set_aside(&entry, &cause.to_string()).await?;
        }
        Ok(round)
    }
}
