//! Storing what was queued.

use super::group_commit::{GroupCommit, GroupCommitError};
use super::ingest_queue::{Claimed, IngestQueue};
use crate::errors::Occurrence;
use crate::instant::clamped_instant;
use crate::store_error::StoreError;
use crate::sync::lock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// Entries claimed at first, and the least: the queue tells an entry's size only by handing it over.
const FIRST_CLAIM: usize = 16;
/// Bytes of text that one claim should hold: the next one asks for more entries or fewer.
const CLAIM_BYTES: usize = 4 << 20;

/// What one round did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Round {
    /// Entries that are done with.
    pub finished: usize,
    /// Entries that the store could not take now. The next round tries them again.
    pub held: usize,
}

/// Moves entries from the queue through the group commit into the store: each at least once, and because an
/// occurrence has its id before it is queued, each counts once.
pub struct Drain {
    queue: Arc<dyn IngestQueue>,
    group_commit: GroupCommit,
    most: usize,
    next_claim: AtomicUsize,
    held: Mutex<Vec<Claimed>>,
}

impl Drain {
    /// Takes up to `most` entries a round.
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

    /// Claims as many entries as together hold some megabytes, judged by the claim before.
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

/// The occurrence with times that every view can show: a node of an earlier version may have queued others.
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
