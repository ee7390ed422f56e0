//! Taking reports in when it may be later: through the queue if the caller asks for that, or if the
//! store is away.

use super::event_store::Recorded;
use super::group_commit::{Addressed, GroupCommit, GroupCommitError};
use super::report::{Report, ReportProblem};
use super::service::{Accepted, Destination, Ingest, IngestError, in_order};
use crate::clock::Clock;
use crate::errors::Occurrence;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// How long the store is left alone after it could not be reached, in microseconds: meanwhile reports
/// go into the queue without waiting for the store to fail again.
const REST_MICROS: i64 = 1_000_000;

/// When a report should be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteMode {
    /// Before the answer.
    Now,
    /// After the answer, which then comes sooner.
    Later,
}

/// What became of a report.
#[derive(Debug, Clone)]
pub enum Taken {
    /// It is stored.
    Stored(Accepted),
    /// It is queued, and will be stored with this id.
    Queued(Arc<Occurrence>),
}

/// Takes reports in. With a queue, a report is taken as long as the store or the queue is there.
pub struct Intake {
    ingest: Ingest,
    queue: Option<GroupCommit<()>>,
    clock: Arc<dyn Clock>,
    /// When the store may be tried again, in microseconds since 1970; 0 while it can be reached.
    next_try: AtomicI64,
}

impl Intake {
    /// Stores through `ingest`; queues if there is a queue.
    #[must_use]
    pub const fn new(
        ingest: Ingest,
        queue: Option<GroupCommit<()>>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let next_try = AtomicI64::new(0);
        Self {
            ingest,
            queue,
            clock,
            next_try,
        }
    }

    /// Takes one report. Durable when this returns `Ok`.
    ///
    /// # Errors
    /// [`IngestError`]; the report was not taken then.
    pub async fn submit(
        &self,
        to: Destination,
        report: Report,
        write_mode: WriteMode,
    ) -> Result<Taken, IngestError> {
        let outcomes = self.submit_all(vec![(to, report)], write_mode).await?;
        let outcome = outcomes.into_iter().next();
        outcome.unwrap_or(Err(GroupCommitError::Closed.into()))
    }

    /// Takes several reports, each with its own outcome, in order: a bad one never costs a good one.
    ///
    /// # Errors
    /// [`GroupCommitError`] when there is no room for them; none is taken then.
    pub async fn submit_all(
        &self,
        reports: Vec<(Destination, Report)>,
        write_mode: WriteMode,
    ) -> Result<Vec<Result<Taken, IngestError>>, GroupCommitError> {
        let (good, bad) = self.ingest.prepare_all(reports);
        let taken = self.take(good, write_mode).await?;
        Ok(in_order(taken.into_iter(), bad))
    }

    /// Turns a report into what [`take`](Self::take) stores: checked, scrubbed and fingerprinted. A batch is
    /// prepared report by report, so that no more than one of them is held as parsed JSON.
    ///
    /// # Errors
    /// [`ReportProblem`] when it breaks a rule.
    pub fn prepare(&self, to: Destination, report: Report) -> Result<Addressed, ReportProblem> {
        let occurrence = self.ingest.prepare(to.project, report)?;
        Ok((to.tenant, Arc::new(occurrence)))
    }

    /// Takes prepared reports, each with its own outcome, in order.
    ///
    /// # Errors
    /// [`GroupCommitError`] when there is no room for them; none is taken then.
    pub async fn take(
        &self,
        occurrences: Vec<Addressed>,
        write_mode: WriteMode,
    ) -> Result<Vec<Result<Taken, IngestError>>, GroupCommitError> {
        if occurrences.is_empty() {
            return Ok(Vec::new());
        }
        let Some(queue) = &self.queue else {
            return Ok(accepted(self.store(&occurrences).await?, occurrences));
        };
        // Without the queue the answer comes later, and says more.
        if (write_mode == WriteMode::Later || !self.may_try())
            && let Some(taken) = enqueue(queue, &occurrences).await
        {
            return Ok(taken);
        }
        let mut taken = accepted(self.store(&occurrences).await?, occurrences.clone());
        let is_outage = |outcome: &Result<_, _>| matches!(outcome, Err(IngestError::GroupCommit(e)) if e.is_outage());
        let missed: Vec<usize> = (0..taken.len())
            .filter(|at| is_outage(&taken[*at]))
            .collect();
        if !missed.is_empty() {
            let again: Vec<_> = missed.iter().map(|at| occurrences[*at].clone()).collect();
            let queued = enqueue(queue, &again).await.unwrap_or_default();
            for (at, outcome) in missed.into_iter().zip(queued) {
                taken[at] = outcome;
            }
        }
        Ok(taken)
    }

    async fn store(
        &self,
        occurrences: &[Addressed],
    ) -> Result<Vec<Result<Recorded, GroupCommitError>>, GroupCommitError> {
        let stored = self
            .ingest
            .group_commit()
            .submit_all(occurrences.to_vec())
            .await?;
        let is_outage = |one: &Result<_, GroupCommitError>| {
            one.as_ref().is_err_and(GroupCommitError::is_outage)
        };
        let outage = stored.iter().any(is_outage);
        let next_try = if outage { self.now() + REST_MICROS } else { 0 };
        if self.next_try.swap(next_try, Ordering::Relaxed) == 0 && outage {
            tracing::warn!("the store is away; reports go into the queue");
        }
        Ok(stored)
    }

    /// Whether the store is worth a try. While it is away, one caller at a time is told yes.
    fn may_try(&self) -> bool {
        let now = self.now();
        let next_try = self.next_try.load(Ordering::Relaxed);
        next_try == 0
            || now >= next_try
                && self
                    .next_try
                    .compare_exchange(
                        next_try,
                        now + REST_MICROS,
                        Ordering::Relaxed,
                        Ordering::Relaxed,
                    )
                    .is_ok()
    }

    fn now(&self) -> i64 {
        i64::try_from(self.clock.now().unix_timestamp_nanos() / 1_000).unwrap_or(i64::MAX)
    }
}

/// `None` when the queue has no room or is away as a whole.
async fn enqueue(
    queue: &GroupCommit<()>,
    occurrences: &[Addressed],
) -> Option<Vec<Result<Taken, IngestError>>> {
    let queued = queue.submit_all(occurrences.to_vec()).await;
    let queued = queued
        .inspect_err(|error| tracing::debug!(%error, "the queue takes nothing"))
        .ok()?;
    if queued.iter().any(Result::is_err) {
        return None;
    }
    let taken = occurrences
        .iter()
        .map(|(_, occurrence)| Ok(Taken::Queued(Arc::clone(occurrence))));
    Some(taken.collect())
}

fn accepted(
    stored: Vec<Result<Recorded, GroupCommitError>>,
    occurrences: Vec<Addressed>,
) -> Vec<Result<Taken, IngestError>> {
    let outcomes = stored.into_iter().zip(occurrences);
    outcomes
        .map(|(recorded, (_, occurrence))| {
            Ok(Taken::Stored(Accepted {
                occurrence,
                recorded: recorded?,
            }))
        })
        .collect()
}
