//! Service: accepts reports into the store, or into the queue in asynchronous mode and during outages.

use super::drain::Drain;
use super::event_store::Recorded;
use super::group_commit::{GroupCommit, GroupCommitError, GroupCommitProbe, TenantOccurrence};
use super::ingest_queue::IngestQueue;
use super::prepare::Preparer;
use super::report::{Report, ReportProblem};
use super::store_breaker::StoreBreaker;
use crate::cache::ReadCache;
use crate::errors::{FeedbackStore, Occurrence};
use crate::fingerprint::Explanation;
use crate::id::{ProjectId, TenantId};
use crate::tenancy::Project;
use std::sync::Arc;

/// The project of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Destination {
    /// The tenant.
    pub tenant: TenantId,
    /// Its project.
    pub project: ProjectId,
}

impl From<&Project> for Destination {
    fn from(project: &Project) -> Self {
        Self {
            tenant: project.tenant_id,
            project: project.id,
        }
    }
}

/// When a report is stored: before or after the response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WriteMode {
    /// Stored before the response.
    #[default]
    Sync,
    /// Stored after the response, through the queue if there is one.
    Async,
}

/// A stored report.
#[derive(Debug, Clone)]
pub struct StoredReport {
    /// The stored occurrence.
    pub occurrence: Arc<Occurrence>,
    /// Its error after it was counted.
    pub recorded: Recorded,
}

/// Outcome of an accepted report, which is durable.
#[derive(Debug, Clone)]
pub enum IngestOutcome {
    /// Stored; its count is exact.
    Stored(StoredReport),
    /// Queued; it will be stored with this id.
    Queued(Arc<Occurrence>),
}

impl IngestOutcome {
    /// Returns the stored report, unless it is queued.
    #[must_use]
    pub fn stored(self) -> Option<StoredReport> {
        match self {
            Self::Stored(stored) => Some(stored),
            Self::Queued(_) => None,
        }
    }

    /// Returns the occurrence, stored or queued.
    #[must_use]
    pub const fn occurrence(&self) -> &Arc<Occurrence> {
        match self {
            Self::Stored(stored) => &stored.occurrence,
            Self::Queued(occurrence) => occurrence,
        }
    }
}

/// Why a report was not accepted.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum IngestError {
    /// The report is invalid.
    #[error(transparent)]
    Invalid(#[from] ReportProblem),
    /// The group commit or its store failed.
    #[error(transparent)]
    GroupCommit(#[from] GroupCommitError),
}

/// Outcome of each report of a batch, in order.
type Outcomes = Vec<Result<IngestOutcome, IngestError>>;

/// Scrubs, fingerprints and stores reports. With a queue, a report is accepted as long as the store or the
/// queue is available. Clones share everything.
#[derive(Clone)]
pub struct Ingest {
    pub(super) preparer: Preparer,
    pub(super) group_commit: GroupCommit,
    pub(super) queue: Option<Queue>,
    pub(super) feedback: Option<Arc<dyn FeedbackStore>>,
    pub(super) cache: Option<Arc<ReadCache>>,
}

/// The queue for reports that are stored later.
#[derive(Clone)]
pub(super) struct Queue {
    pub(super) port: Arc<dyn IngestQueue>,
    pub(super) batcher: GroupCommit<()>,
    pub(super) breaker: Arc<StoreBreaker>,
}

impl Ingest {
    /// Accepts one report and returns once it is stored, or queued while the store is unavailable.
    ///
    /// # Errors
    /// [`IngestError`]; the report was not accepted.
    pub async fn submit(
        &self,
        to: impl Into<Destination>,
        report: Report,
    ) -> Result<IngestOutcome, IngestError> {
        self.submit_in(to, report, WriteMode::Sync).await
    }

    /// Accepts one report in the given mode.
    ///
    /// # Errors
    /// [`IngestError`]; the report was not accepted.
    pub async fn submit_in(
        &self,
        to: impl Into<Destination>,
        report: Report,
        mode: WriteMode,
    ) -> Result<IngestOutcome, IngestError> {
        let prepared = self.prepare(to, report)?;
        let outcomes = self.submit_prepared(vec![prepared], mode).await?;
        let outcome = outcomes.into_iter().next();
        outcome.unwrap_or(Err(GroupCommitError::Closed.into()))
    }

    /// Accepts several reports, each with its own outcome, in order: an invalid one does not affect the others.
    ///
    /// # Errors
    /// [`GroupCommitError`] when they exceed the limits; none is accepted.
    pub async fn submit_all(
        &self,
        reports: Vec<(Destination, Report)>,
        mode: WriteMode,
    ) -> Result<Outcomes, GroupCommitError> {
        let prepared = reports
            .into_iter()
            .map(|(to, report)| self.prepare(to, report));
        let mut good = Vec::new();
        let bad: Vec<Option<ReportProblem>> = prepared
            .map(|one| one.map(|occurrence| good.push(occurrence)).err())
            .collect();
        let mut outcomes = self.submit_prepared(good, mode).await?.into_iter();
        let closed = || Err(GroupCommitError::Closed.into());
        let in_order = bad.into_iter().map(|problem| match problem {
            Some(problem) => Err(problem.into()),
            None => outcomes.next().unwrap_or_else(closed),
        });
        Ok(in_order.collect())
    }

    /// Turns a report into an occurrence for [`submit_prepared`](Self::submit_prepared): validated, scrubbed,
    /// fingerprinted. Prepare a large batch report by report, so that only one of them is held as parsed JSON.
    ///
    /// # Errors
    /// [`ReportProblem`] when the report is invalid.
    pub fn prepare(
        &self,
        to: impl Into<Destination>,
        report: Report,
    ) -> Result<TenantOccurrence, ReportProblem> {
        let Destination { tenant, project } = to.into();
        let occurrence = self.preparer.prepare(project, report)?;
        Ok((tenant, Arc::new(occurrence)))
    }

    /// Explains how a report would be grouped, and keeps nothing of it.
    ///
    /// # Errors
    /// [`ReportProblem`] when the report is invalid.
    pub fn explain(&self, report: Report) -> Result<Explanation, ReportProblem> {
        self.preparer.explain(report)
    }

    /// Accepts prepared reports, each with its own outcome, in order.
    ///
    /// # Errors
    /// [`GroupCommitError`] when they exceed the limits; none is accepted.
    pub async fn submit_prepared(
        &self,
        occurrences: Vec<TenantOccurrence>,
        mode: WriteMode,
    ) -> Result<Outcomes, GroupCommitError> {
        if occurrences.is_empty() {
            return Ok(Vec::new());
        }
        let Some(queue) = &self.queue else {
            return self.store(occurrences).await;
        };
        // Without the queue the response comes later, and holds the count.
        if (mode == WriteMode::Async || !queue.breaker.allows())
            && let Some(queued) = queue.push(&occurrences).await
        {
            return Ok(queued);
        }
        let mut outcomes = self.store(occurrences.clone()).await?;
        let missed: Vec<usize> = (0..outcomes.len())
            .filter(|at| is_outage(&outcomes[*at]))
            .collect();
        queue.breaker.record(!missed.is_empty());
        if !missed.is_empty() {
            let again: Vec<_> = missed.iter().map(|at| occurrences[*at].clone()).collect();
            let queued = queue.push(&again).await.unwrap_or_default();
            for (at, outcome) in missed.into_iter().zip(queued) {
                outcomes[at] = outcome;
            }
        }
        Ok(outcomes)
    }

    async fn store(
        &self,
        occurrences: Vec<TenantOccurrence>,
    ) -> Result<Outcomes, GroupCommitError> {
        let recorded = self.group_commit.submit_all(occurrences.clone()).await?;
        let outcomes = recorded.into_iter().zip(occurrences);
        let stored = outcomes.map(|(recorded, (_, occurrence))| {
            Ok(IngestOutcome::Stored(StoredReport {
                occurrence,
                recorded: recorded?,
            }))
        });
        Ok(stored.collect())
    }

    /// Returns the task that moves queued reports into the store, up to `most` per round; `None` without a queue.
    #[must_use]
    pub fn drain(&self, most: usize) -> Option<Drain> {
        let queue = self.queue.as_ref()?;
        Some(Drain::new(
            Arc::clone(&queue.port),
            self.group_commit.clone(),
            most,
        ))
    }

    /// Returns a probe of the number of reports waiting for a commit.
    #[must_use]
    pub fn probe(&self) -> GroupCommitProbe<Recorded> {
        self.group_commit.probe()
    }
}

impl Queue {
    /// Pushes to the queue; `None` when it is full or unavailable.
    async fn push(&self, occurrences: &[TenantOccurrence]) -> Option<Outcomes> {
        let queued = self.batcher.submit_all(occurrences.to_vec()).await;
        let queued = queued
            .inspect_err(|error| tracing::debug!(%error, "the queue accepts no entries"))
            .ok()?;
        if queued.iter().any(Result::is_err) {
            return None;
        }
        let outcomes = occurrences
            .iter()
            .map(|(_, occurrence)| Ok(IngestOutcome::Queued(Arc::clone(occurrence))));
        Some(outcomes.collect())
    }
}

fn is_outage(outcome: &Result<IngestOutcome, IngestError>) -> bool {
    matches!(outcome, Err(IngestError::GroupCommit(error)) if error.is_outage())
}
