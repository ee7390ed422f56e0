//! Moves queued occurrences into the store.

use super::group_commit::{GroupCommit, GroupCommitError};
use super::ingest_queue::{Claimed, IngestQueue};
use crate::errors::Occurrence;
use crate::instant::clamped_instant;
use crate::store_error::StoreError;
use crate::sync::lock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// Entries of the first claim, and the minimum: an entry's size is known only once it is claimed.
const FIRST_CLAIM: usize = 16;
/// Target bytes of text per claim, from which the next claim's size is computed.
const CLAIM_BYTES: usize = 4 << 20;

/// Outcome of one round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Round {
    /// Entries that were stored or set aside.
    pub finished: usize,
    /// Entries that the store could not take now. The next round retries them.
    pub held: usize,
}

/// Moves entries from the queue through the group commit into the store, at least once each. An occurrence has its id
/// before it is queued, so each is counted once.
pub struct Drain {
    queue: Arc<dyn IngestQueue>,
    group_commit: GroupCommit,
    most: usize,
    next_claim: AtomicUsize,
    held: Mutex<Vec<Claimed>>,
}

impl Drain {
    /// Creates a drain of up to `most` entries per round.
    #[must_use]
    pub const fn new(queue: Arc<dyn IngestQueue>, group_commit: GroupCommit, most: usize) -> Self {
        let held = Mutex::new(Vec::new());
        let next_claim = AtomicUsize::new(FIRST_CLAIM);
        Self {
            queue,
            group_commit,
            most,
            next_claim,
            held,
        }
    }

    /// Stores the entries held back by the last round, or else claims new ones. Rounds must not overlap.
    ///
    /// An entry that the store rejects as data is logged and set aside in the queue for the operator.
    ///
    /// # Errors
    /// [`StoreError`] when the queue is unavailable. Entries that were stored and not marked as finished are claimed
    /// again, and not counted again.
    pub async fn round(&self) -> Result<Round, StoreError> {
        let mut entries = std::mem::take(&mut *lock(&self.held));
        if entries.is_empty() {
            entries = self.claim().await?;
        }
        if entries.is_empty() {
            return Ok(Round::default());
        }
        let occurrences = entries
            .iter()
            .map(|entry| (entry.queued.tenant, readable(&entry.queued.occurrence)))
            .collect();
        let outcomes = match self.group_commit.submit_all(occurrences).await {
            Ok(outcomes) => outcomes,
            Err(error) => entries.iter().map(|_| Err(error.clone())).collect(),
        };
        let mut stored = Vec::with_capacity(entries.len());
        let mut poison = Vec::new();
        let mut later = Vec::new();
        for (entry, outcome) in entries.into_iter().zip(outcomes) {
            match outcome {
                Ok(_) => stored.push(entry.handle),
                Err(GroupCommitError::Store(cause))
                    if !matches!(*cause, StoreError::Unavailable(_)) =>
                {
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

    /// Claims as many entries as should hold [`CLAIM_BYTES`], judged by the previous claim.
    async fn claim(&self) -> Result<Vec<Claimed>, StoreError> {
        let wanted = self.next_claim.load(Ordering::Relaxed).min(self.most);
        let entries = self.queue.claim(wanted).await?;
        let bytes: usize = entries
            .iter()
            .map(|entry| entry.queued.occurrence.text_bytes())
            .sum();
        let next = if bytes > CLAIM_BYTES {
            (wanted / 2).max(1)
        } else if entries.len() == wanted && bytes < CLAIM_BYTES / 2 {
            wanted.saturating_mul(2).min(self.most)
        } else {
            wanted
        };
        self.next_claim.store(next.max(1), Ordering::Relaxed);
        Ok(entries)
    }
}

/// Clamps the times of an occurrence: a node of an earlier version may have queued others.
fn readable(occurrence: &Arc<Occurrence>) -> Arc<Occurrence> {
    let timestamp = clamped_instant(occurrence.timestamp);
    if timestamp == occurrence.timestamp {
        return Arc::clone(occurrence);
    }
    Arc::new(Occurrence {
        timestamp,
        ..Occurrence::clone(occurrence)
    })
}
