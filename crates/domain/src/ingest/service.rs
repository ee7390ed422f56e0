//! Taking reports in: into the store, or into the queue when the caller prefers that or the store is
//! unavailable.

use super::drain::Drain;
use super::event_store::Recorded;
use super::group_commit::{GroupCommit, GroupCommitError, GroupCommitProbe, TenantOccurrence};
use super::ingest_queue::IngestQueue;
use super::prepare::Preparer;
use super::report::{Report, ReportProblem};
use super::store_breaker::StoreBreaker;
use crate::errors::Occurrence;
use crate::id::{ProjectId, TenantId};
use crate::tenancy::Project;
use std::sync::Arc;

/// The project that a report goes to.
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

/// When a report is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WriteMode {
    /// Before the answer.
    #[default]
    Sync,
    /// After the answer, which comes sooner for it: through the queue, where there is one.
    Async,
}

/// A stored report.
#[derive(Debug, Clone)]
pub struct StoredReport {
    /// As stored.
    pub occurrence: Arc<Occurrence>,
    /// Its error afterwards.
    pub recorded: Recorded,
}

/// A report that was accepted. It is durable.
#[derive(Debug, Clone)]
pub enum IngestOutcome {
    /// It is in the store, and its count is exact.
    Stored(StoredReport),
    /// It is in the queue, and will be stored with this id.
    Queued(Arc<Occurrence>),
}

impl IngestOutcome {
    /// The stored report, unless it is queued.
    #[must_use]
    pub fn stored(self) -> Option<StoredReport> {
        match self {
            Self::Stored(stored) => Some(stored),
            Self::Queued(_) => None,
        }
    }

    /// The report as it is or will be stored.
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
    /// The report breaks a rule.
    #[error(transparent)]
    Invalid(#[from] ReportProblem),
    /// The group commit or its store.
    #[error(transparent)]
    GroupCommit(#[from] GroupCommitError),
}

/// The outcome of each report of a batch, in order.
type Outcomes = Vec<Result<IngestOutcome, IngestError>>;

/// Scrubs, fingerprints and stores reports. With a queue, a report is accepted as long as the store or the
/// queue is available. Clones share everything.
#[derive(Clone)]
pub struct Ingest {
    pub(super) preparer: Preparer,
    pub(super) group_commit: GroupCommit,
    pub(super) queue: Option<Queue>,
}

/// The queue for reports that are stored later.
#[derive(Clone)]
pub(super) struct Queue {
    pub(super) port: Arc<dyn IngestQueue>,
    pub(super) batcher: GroupCommit<()>,
    pub(super) breaker: Arc<StoreBreaker>,
}

impl Ingest {
    /// Accepts one report and waits until it is stored, or queued while the store is unavailable.
    ///
    /// # Errors
    /// [`IngestError`]; the report was not accepted then.
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
    /// [`IngestError`]; the report was not accepted then.
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

    /// Accepts several reports, each with its own outcome, in order: a bad one never costs a good one.
    ///
    /// # Errors
    /// [`GroupCommitError`] when there is no room for them; none is accepted then.
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

    /// Turns a report into what [`submit_prepared`](Self::submit_prepared) stores: checked, without secrets,
    /// with ids and a fingerprint. A large batch is prepared report by report, so that no more than one of
    /// them is held as parsed JSON.
    ///
    /// # Errors
    /// [`ReportProblem`] when it breaks a rule.
    pub fn prepare(
        &self,
        to: impl Into<Destination>,
        report: Report,
    ) -> Result<TenantOccurrence, ReportProblem> {
        let Destination { tenant, project } = to.into();
        let occurrence = self.preparer.prepare(project, report)?;
        Ok((tenant, Arc::new(occurrence)))
    }

    /// Accepts prepared reports, each with its own outcome, in order.
    ///
    /// # Errors
    /// [`GroupCommitError`] when there is no room for them; none is accepted then.
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
        // Without the queue the answer comes later, and says more.
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

    /// Moves what is queued into the store, up to `most` entries a round; none without a queue.
    #[must_use]
    pub fn drain(&self, most: usize) -> Option<Drain> {
        let queue = self.queue.as_ref()?;
        Some(Drain::new(
            Arc::clone(&queue.port),
            self.group_commit.clone(),
            most,
        ))
    }

    /// Looks at how many reports wait for the next commit.
    #[must_use]
    pub fn probe(&self) -> GroupCommitProbe<Recorded> {
        self.group_commit.probe()
    }
}

impl Queue {
    /// `None` when the queue has no room or is unavailable as a whole.
    async fn push(&self, occurrences: &[TenantOccurrence]) -> Option<Outcomes> {
        let queued = self.batcher.submit_all(occurrences.to_vec()).await;
        let queued = queued
            .inspect_err(|error| tracing::debug!(%error, "the queue accepts nothing"))
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
