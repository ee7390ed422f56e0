//! Group commit: one task writes all waiting occurrences in one transaction.
//!
//! A caller submits an occurrence and waits. While one batch commits, the next collects: there is no timer, and under
//! load one commit serves every caller that arrived during the previous one. [`GroupCommitWriter::run`] describes
//! what happens to a batch that fails.

use super::aggregate::Aggregator;
use super::event_store::{Batch, EventStore, Recorded};
use super::feedback::keep_feedback;
use crate::cache::ReadCache;
use crate::clock::Clock;
use crate::errors::{FeedbackStore, Occurrence};
use crate::id::TenantId;
use crate::monitoring::{HealthProbe, ServiceMetrics};
use crate::releases::ReleaseLimits;
use crate::store_error::StoreError;
use crate::stream::{Change, Publisher};
use async_trait::async_trait;
use std::sync::Arc;
use time::OffsetDateTime;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

/// Limits of waiting occurrences and of batches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupCommitLimits {
    /// Maximum number of waiting occurrences; more are rejected.
    pub waiting: usize,
    /// Maximum bytes of text waiting or being written.
    pub waiting_bytes: usize,
    /// Maximum occurrences per batch.
    pub batch: usize,
    /// Maximum bytes of text per batch (a single larger occurrence is a batch of its own).
    pub batch_bytes: usize,
    /// Releases that the reports of a project may make known.
    pub releases: u32,
}

impl Default for GroupCommitLimits {
    fn default() -> Self {
        Self {
            waiting: 8_192,
            waiting_bytes: 64 << 20,
            batch: 512,
            batch_bytes: 8 << 20,
            releases: ReleaseLimits::default().releases,
        }
    }
}

/// Why an occurrence was not stored.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum GroupCommitError {
    /// Too many occurrences are waiting: retry in a second.
    #[error("too many reports are waiting to be stored")]
    Full,
    /// The writer has stopped.
    #[error("the service is shutting down")]
    Closed,
    /// The store rejected the occurrence or failed.
    #[error(transparent)]
    Store(Arc<StoreError>),
}

type Answer<R> = Result<R, GroupCommitError>;

/// An occurrence and the tenant of its project.
pub type TenantOccurrence = (TenantId, Arc<Occurrence>);

/// An occurrence and the caller that waits for its outcome.
pub(super) struct Waiting<R> {
    pub(super) tenant: TenantId,
    pub(super) occurrence: Arc<Occurrence>,
    answer: oneshot::Sender<Answer<R>>,
    bytes: usize,
    _room: OwnedSemaphorePermit,
}

impl<R> Waiting<R> {
    /// Sends the outcome. A caller that went away is no failure: its occurrence is stored anyway.
    pub(super) fn answer(self, outcome: Answer<R>) {
        drop(self.answer.send(outcome));
    }
}

/// The handle that callers submit through. `R` is the outcome of an occurrence.
#[derive(Debug)]
pub struct GroupCommit<R = Recorded> {
    sender: mpsc::Sender<Waiting<R>>,
    room: Arc<Semaphore>,
}

impl<R> Clone for GroupCommit<R> {
    fn clone(&self) -> Self {
        Self {
            sender: self.sender.clone(),
            room: Arc::clone(&self.room),
        }
    }
}

/// The task that writes submitted occurrences.
pub struct GroupCommitWriter {
    receiver: mpsc::Receiver<Waiting<Recorded>>,
    limits: GroupCommitLimits,
    store: Arc<dyn EventStore>,
    aggregator: Arc<dyn Aggregator>,
    clock: Arc<dyn Clock>,
    cache: Option<Arc<ReadCache>>,
    feedback: Option<Arc<dyn FeedbackStore>>,
    committed: Option<Arc<Notify>>,
    changes: Option<Arc<Publisher>>,
}

/// Creates a group commit and its writer, which must be run.
#[must_use]
pub fn group_commit(
    limits: GroupCommitLimits,
    store: Arc<dyn EventStore>,
    aggregator: Arc<dyn Aggregator>,
    clock: Arc<dyn Clock>,
) -> (GroupCommit, GroupCommitWriter) {
    let (group_commit, receiver) = GroupCommit::new(limits);
    let writer = GroupCommitWriter {
        receiver,
        limits,
        store,
        aggregator,
        clock,
        cache: None,
        feedback: None,
        committed: None,
        changes: None,
    };
    (group_commit, writer)
}

/// Measures the fill level of a group commit, without keeping it open.
pub struct GroupCommitProbe<R>(mpsc::WeakSender<Waiting<R>>);

#[async_trait]
impl<R: Send> HealthProbe for GroupCommitProbe<R> {
    async fn ping(&self) -> Result<(), StoreError> {
        match self.0.upgrade() {
            Some(group_commit) if !group_commit.is_closed() => Ok(()),
            _ => Err(StoreError::unavailable(GroupCommitError::Closed)),
        }
    }

    async fn read_metrics(&self) -> Result<ServiceMetrics, StoreError> {
        let group_commit = self.0.upgrade();
        let group_commit =
            group_commit.ok_or_else(|| StoreError::unavailable(GroupCommitError::Closed))?;
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        Ok(vec![
            (
                "waiting",
                count(group_commit.max_capacity() - group_commit.capacity()),
            ),
            ("capacity", count(group_commit.max_capacity())),
        ])
    }
}

/// Permits count KiB, so that 32 bits suffice.
const ROOM_UNIT_SHIFT: u32 = 10;

impl<R> GroupCommit<R> {
    pub(super) fn new(limits: GroupCommitLimits) -> (Self, mpsc::Receiver<Waiting<R>>) {
        let (sender, receiver) = mpsc::channel(limits.waiting);
        let room = Arc::new(Semaphore::new(limits.waiting_bytes >> ROOM_UNIT_SHIFT));
        (Self { sender, room }, receiver)
    }

    /// Returns a probe of the fill level.
    #[must_use]
    pub fn probe(&self) -> GroupCommitProbe<R> {
        GroupCommitProbe(self.sender.downgrade())
    }

    /// Stores one occurrence: returns once it is durable. Dropping the future does not cancel the write.
    ///
    /// # Errors
    /// [`GroupCommitError`]; nothing is stored then.
    pub async fn submit(&self, tenant: TenantId, occurrence: Arc<Occurrence>) -> Answer<R> {
        let place = self.sender.try_reserve().map_err(refused)?;
        let (waiting, answer) = self.reserve(tenant, occurrence)?;
        place.send(waiting);
        answer.await.unwrap_or(Err(GroupCommitError::Closed))
    }

    /// Stores several occurrences: all are accepted or none.
    ///
    /// # Errors
    /// [`GroupCommitError`] when they are not accepted; otherwise each occurrence has its own outcome.
    pub async fn submit_all(
        &self,
        occurrences: Vec<TenantOccurrence>,
    ) -> Result<Vec<Answer<R>>, GroupCommitError> {
        let places = self
            .sender
            .try_reserve_many(occurrences.len())
            .map_err(refused)?;
        let reserved = occurrences
            .into_iter()
            .map(|(tenant, occurrence)| self.reserve(tenant, occurrence))
            .collect::<Result<Vec<_>, _>>()?;
        let mut answers = Vec::with_capacity(reserved.len());
        for (place, (waiting, answer)) in places.zip(reserved) {
            place.send(waiting);
            answers.push(answer);
        }
        let mut outcomes = Vec::with_capacity(answers.len());
        for answer in answers {
            outcomes.push(answer.await.unwrap_or(Err(GroupCommitError::Closed)));
        }
        Ok(outcomes)
    }

    fn reserve(
        &self,
        tenant: TenantId,
        occurrence: Arc<Occurrence>,
    ) -> Result<(Waiting<R>, oneshot::Receiver<Answer<R>>), GroupCommitError> {
        let bytes = occurrence.text_bytes();
        let units = u32::try_from((bytes >> ROOM_UNIT_SHIFT) + 1).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.room)
            .try_acquire_many_owned(units)
            .map_err(|_| GroupCommitError::Full)?;
        let (sender, answer) = oneshot::channel();
        Ok((
            Waiting {
                tenant,
                occurrence,
                answer: sender,
                bytes,
                _room: room,
            },
            answer,
        ))
    }
}

fn refused(refused: mpsc::error::TrySendError<()>) -> GroupCommitError {
    match refused {
        mpsc::error::TrySendError::Full(()) => GroupCommitError::Full,
        mpsc::error::TrySendError::Closed(()) => GroupCommitError::Closed,
    }
}

/// Splits occurrences into batches of at most `most` bytes of text; a larger occurrence is a batch of its own.
pub(super) fn by_size<R>(arrived: Vec<Waiting<R>>, most: usize) -> Vec<Vec<Waiting<R>>> {
    let mut batches: Vec<Vec<Waiting<R>>> = Vec::new();
    let mut room = 0;
    for waiting in arrived {
        match batches.last_mut() {
            Some(batch) if waiting.bytes <= room => {
                room -= waiting.bytes;
                batch.push(waiting);
            }
            _ => {
                room = most.saturating_sub(waiting.bytes);
                batches.push(vec![waiting]);
            }
        }
    }
    batches
}

impl GroupCommitError {
    /// Returns whether the store was unreachable, so that the queue may still work.
    #[must_use]
    pub fn is_outage(&self) -> bool {
        matches!(self, Self::Store(cause) if matches!(**cause, StoreError::Unavailable(_)))
    }
}

impl GroupCommitWriter {
    /// Invalidates cached reads of a tenant after each commit, before callers get their outcome.
    #[must_use]
    pub fn with_cache(mut self, cache: Option<Arc<ReadCache>>) -> Self {
        self.cache = cache;
        self
    }

    /// Adds the feedback that came with occurrences after each commit, before callers get their outcome.
    #[must_use]
    pub fn with_feedback(mut self, feedback: Option<Arc<dyn FeedbackStore>>) -> Self {
        self.feedback = feedback;
        self
    }

    /// Notifies one waiter after each commit.
    #[must_use]
    pub fn notifying(mut self, committed: Option<Arc<Notify>>) -> Self {
        self.committed = committed;
        self
    }

    /// Publishes what each commit changed.
    #[must_use]
    pub fn publishing(mut self, changes: Option<Arc<Publisher>>) -> Self {
        self.changes = changes;
        self
    }

    /// Writes until every [`GroupCommit`] is dropped and nothing is waiting.
    ///
    /// Each caller gets its outcome after its batch is durable and cached reads are invalidated. A batch that the
    /// store rejects as data is halved and retried, so that one bad occurrence fails alone.
    pub async fn run(mut self) {
        let mut arrived = Vec::with_capacity(self.limits.batch);
        while self
            .receiver
            .recv_many(&mut arrived, self.limits.batch)
            .await
            > 0
        {
            for batch in by_size(std::mem::take(&mut arrived), self.limits.batch_bytes) {
                self.write(batch).await;
            }
        }
    }

    async fn write(&self, batch: Vec<Waiting<Recorded>>) {
        let mut parts = vec![batch];
        while let Some(mut part) = parts.pop() {
            let occurrences = part.iter().map(|w| Arc::clone(&w.occurrence)).collect();
            let aggregator = Arc::clone(&self.aggregator);
            let at = self.clock.now();
            match self
                .store
                .record(&Batch {
                    at,
                    occurrences,
                    aggregator,
                    release_limit: self.limits.releases,
                })
                .await
            {
                Ok(recorded) => {
                    self.publish(at, &part, &recorded);
                    self.confirm(part, recorded).await;
                }
                Err(StoreError::Rejected(cause)) if part.len() > 1 => {
                    tracing::debug!(%cause, size = part.len(), "the store rejected a batch; retrying its halves");
                    let tail = part.split_off(part.len() / 2);
                    parts.extend([tail, part]);
                }
                Err(cause) => {
                    let cause = Arc::new(cause);
                    for waiting in part {
                        waiting.answer(Err(GroupCommitError::Store(Arc::clone(&cause))));
                    }
                }
            }
        }
    }

    fn publish(&self, at: OffsetDateTime, part: &[Waiting<Recorded>], recorded: &[Recorded]) {
        let Some(publisher) = &self.changes else {
            return;
        };
        let counted = part
            .iter()
            .zip(recorded)
            .filter(|(_, recorded)| !recorded.duplicate);
        publisher.publish(counted.map(|(waiting, recorded)| {
            Change::counted(waiting.tenant, waiting.occurrence.project_id, recorded, at)
        }));
    }

    async fn confirm(&self, part: Vec<Waiting<Recorded>>, recorded: Vec<Recorded>) {
        let kept = match &self.feedback {
            Some(store) => keep_feedback(&**store, part.iter().map(|w| &w.occurrence)).await,
            None => Ok(()),
        };
        // Whose feedback is not kept is told to come again: the occurrence counts nothing then.
        let failed = kept.err().map(Arc::new);
        if let Some(cache) = &self.cache {
            let mut tenants: Vec<TenantId> = part.iter().map(|waiting| waiting.tenant).collect();
            tenants.sort_unstable();
            tenants.dedup();
            cache.advance(&tenants).await;
        }
        if let Some(committed) = &self.committed {
            committed.notify_one();
        }
        for (waiting, recorded) in part.into_iter().zip(recorded) {
            let is_whole = waiting.occurrence.feedback.is_empty();
            let failed = failed.as_ref().filter(|_| !is_whole);
            waiting.answer(match failed {
                Some(cause) => Err(GroupCommitError::Store(Arc::clone(cause))),
                None => Ok(recorded),
            });
        }
    }
}
