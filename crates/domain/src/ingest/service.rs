//! Taking reports in.

use super::event_store::Recorded;
use super::group_commit::{Addressed, GroupCommit, GroupCommitError};
use super::report::{Report, ReportProblem};
use crate::clock::Clock;
use crate::errors::{JsonText, Occurrence};
use crate::fingerprint::{FingerprintInput, Fingerprinter};
use crate::id::{OccurrenceId, ProjectId, TenantId};
use crate::id_source::IdSource;
use crate::instant::clamped_instant;
use crate::scrub::Scrubber;
use serde_json::{Map, Value};
use std::sync::Arc;

/// The environment of a report that names none.
pub const DEFAULT_ENVIRONMENT: &str = "production";

/// Where a report goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Destination {
    /// The tenant.
    pub tenant: TenantId,
    /// Its project.
    pub project: ProjectId,
}

/// A stored report.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// As stored.
    pub occurrence: Arc<Occurrence>,
    /// Its error afterwards.
    pub recorded: Recorded,
}

/// Why a report was not stored.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum IngestError {
    /// The report breaks a rule.
    #[error(transparent)]
    Invalid(#[from] ReportProblem),
    /// The lane or its store.
    #[error(transparent)]
    GroupCommit(#[from] GroupCommitError),
}

/// Scrubs, fingerprints and stores reports.
#[derive(Clone)]
pub struct Ingest {
    group_commit: GroupCommit,
    fingerprinter: Arc<dyn Fingerprinter>,
    scrubber: Arc<dyn Scrubber>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
}

impl Ingest {
    /// Stores through this lane.
    #[must_use]
    pub fn new(
        group_commit: GroupCommit,
        fingerprinter: Arc<dyn Fingerprinter>,
        scrubber: Arc<dyn Scrubber>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
    ) -> Self {
        Self {
            group_commit,
            fingerprinter,
            scrubber,
            clock,
            ids,
        }
    }

    /// Stores one report. When this returns `Ok`, it is durable and its count is exact.
    ///
    /// # Errors
    /// [`IngestError`]; nothing is stored then.
    pub async fn submit(&self, to: Destination, report: Report) -> Result<Accepted, IngestError> {
        let occurrence = Arc::new(self.prepare(to.project, report)?);
        let recorded = self
            .group_commit
            .submit(to.tenant, Arc::clone(&occurrence))
            .await?;
        Ok(Accepted {
            occurrence,
            recorded,
        })
    }

    /// Stores several reports, each with its own outcome, in order: a bad one never costs a good one.
    ///
    /// # Errors
    /// [`GroupCommitError`] when there is no room for them; none is stored then.
    pub async fn submit_all(
        &self,
        reports: Vec<(Destination, Report)>,
    ) -> Result<Vec<Result<Accepted, IngestError>>, GroupCommitError> {
        let (good, bad) = self.prepare_all(reports);
        let stored = if good.is_empty() {
            Vec::new()
        } else {
            self.group_commit.submit_all(good.clone()).await?
        };
        let outcomes = good.into_iter().zip(stored);
        let outcomes = outcomes.map(|((_, occurrence), recorded)| {
            Ok(Accepted {
                occurrence,
                recorded: recorded?,
            })
        });
        Ok(in_order(outcomes, bad))
    }

    /// The occurrences of the good reports, and for each report in order what is wrong with it.
    pub(super) fn prepare_all(
        &self,
        reports: Vec<(Destination, Report)>,
    ) -> (Vec<Addressed>, Vec<Option<ReportProblem>>) {
        let mut good = Vec::with_capacity(reports.len());
        let mut bad = Vec::with_capacity(reports.len());
        for (to, report) in reports {
            match self.prepare(to.project, report) {
                Ok(occurrence) => {
                    good.push((to.tenant, Arc::new(occurrence)));
                    bad.push(None);
                }
                Err(problem) => bad.push(Some(problem)),
            }
        }
        (good, bad)
    }

    /// The lane that stores.
    pub(super) const fn group_commit(&self) -> &GroupCommit {
        &self.group_commit
    }

    /// Turns a report into what is stored: checked, without secrets, with ids and a fingerprint.
    ///
    /// # Errors
    /// [`ReportProblem`] when it breaks a rule.
    pub fn prepare(&self, project: ProjectId, report: Report) -> Result<Occurrence, ReportProblem> {
        let now = self.clock.now();
        report.check(now)?;
        let id = self.ids.next_id(now);
        let message = self.clean(report.message);
        let source = self.clean(report.source);
        let stack_trace = report.stack_trace.map(|text| self.clean(text));
        let custom: Option<Vec<String>> = report
            .fingerprint
            .filter(|parts| !parts.is_empty())
            .map(|parts| parts.into_iter().map(|part| self.clean(part)).collect());
        let fingerprint = self.fingerprinter.fingerprint(&FingerprintInput {
            source: &source,
            message: &message,
            stack_trace: stack_trace.as_deref(),
            custom: custom.as_deref(),
        });
        let environment = report.environment.filter(|name| !name.trim().is_empty());
        Ok(Occurrence {
            id: OccurrenceId(id),
            project_id: project,
            event_id: report.event_id.unwrap_or(id),
            fingerprint,
            fingerprint_version: self.fingerprinter.version(),
            timestamp: report.timestamp.map_or(now, clamped_instant),
            received_at: now,
            level: report.level,
            severity: report
                .severity
                .unwrap_or_else(|| report.level.default_severity()),
            message,
            source,
            environment: environment
                .map_or_else(|| DEFAULT_ENVIRONMENT.to_owned(), |e| self.clean(e)),
            stack_trace,
            context: report.context.map(|object| self.clean_object(object)),
            url: report.url.map(|text| self.clean(text)),
            user_agent: report.user_agent.map(|text| self.clean(text)),
            ip_address: report.ip_address,
            release: report.release.map(|text| self.clean(text)),
            tags: report.tags.map(|object| self.clean_object(object)),
            user: report.user.map(|object| self.clean_object(object)),
            custom_fingerprint: custom.map(|parts| JsonText::of(&Value::from(parts))),
        })
    }

    /// Without secrets, and without NUL, which PostgreSQL's text cannot hold.
    fn clean(&self, text: String) -> String {
        let text = if memchr::memchr(0, text.as_bytes()).is_some() {
            text.replace('\0', "\u{FFFD}")
        } else {
            text
        };
        self.scrubber.scrub_text(&text).unwrap_or(text)
    }

    fn clean_object(&self, object: Map<String, Value>) -> JsonText {
        let mut value = Value::Object(object);
        self.scrubber.scrub_json(&mut value);
        JsonText::of(&value)
    }
}

/// The outcomes of the good reports with the problems of the bad ones in between.
pub(super) fn in_order<T>(
    mut outcomes: impl Iterator<Item = Result<T, IngestError>>,
    bad: Vec<Option<ReportProblem>>,
) -> Vec<Result<T, IngestError>> {
    bad.into_iter()
        .map(|problem| match problem {
            Some(problem) => Err(problem.into()),
            None => outcomes
                .next()
                .unwrap_or(Err(GroupCommitError::Closed.into())),
        })
        .collect()
}
