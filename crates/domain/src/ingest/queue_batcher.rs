//! Group commit into the queue: pushes all waiting occurrences at once.

use super::group_commit::{GroupCommit, GroupCommitError, GroupCommitLimits, Waiting, by_size};
use super::ingest_queue::{IngestQueue, Queued};
use std::sync::Arc;
use tokio::sync::mpsc;

/// The task that pushes occurrences into the queue.
pub struct QueueBatcher {
    receiver: mpsc::Receiver<Waiting<()>>,
    queue: Arc<dyn IngestQueue>,
    limits: GroupCommitLimits,
}

/// Creates a group commit into a queue and its batcher, which must be run.
#[must_use]
pub fn queue_batcher(
    limits: GroupCommitLimits,
    queue: Arc<dyn IngestQueue>,
) -> (GroupCommit<()>, QueueBatcher) {
    let (group_commit, receiver) = GroupCommit::new(limits);
    let writer = QueueBatcher {
        receiver,
        queue,
        limits,
    };
    (group_commit, writer)
}

impl QueueBatcher {
    /// Pushes until every [`GroupCommit`] is dropped and nothing is waiting. Callers get their outcome once the queue
    /// has accepted the occurrence.
    pub async fn run(mut self) {
        let most = self.limits.batch;
        let mut arrived = Vec::with_capacity(most);
        while self.receiver.recv_many(&mut arrived, most).await > 0 {
            for batch in by_size(std::mem::take(&mut arrived), self.limits.batch_bytes) {
                let entries: Vec<Queued> = batch.iter().map(queued).collect();
                let pushed = self.queue.push(&entries).await.map_err(Arc::new);
                for waiting in batch {
                    waiting.answer(pushed.clone().map_err(GroupCommitError::Store));
                }
            }
        }
    }
}

fn queued(waiting: &Waiting<()>) -> Queued {
    Queued {
        tenant: waiting.tenant,
        occurrence: Arc::clone(&waiting.occurrence),
    }
}
