//! Service: changes many errors at once.

use super::activity::Actor;
use super::bulk_change::BulkChange;
use super::comment::Mark;
use super::decisions::{DecisionError, Decisions, ResolveIn};
use super::discussion_store::DiscussionStore;
use super::error_group::ErrorDetail;
use super::error_store::{ErrorQuery, ErrorStore};
use super::group_store::{GroupStore, Merge};
use super::resolved_in::ResolvedIn;
use super::triage_state::StateAction;
use super::triage_store::{Assignment, StateChange, TriageStore};
use crate::cache::ReadCache;
use crate::clock::Clock;
use crate::id::{ErrorId, JobId, ProjectId};
use crate::jobs::{Job, JobWork};
use crate::store_error::StoreError;
use crate::stream::Announcer;
use crate::tenancy::Scope;
use async_trait::async_trait;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

/// What became of many errors.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BulkDone {
    /// Errors that are as wanted, changed or not.
    pub affected: Vec<ErrorId>,
    /// Errors that do not exist.
    pub not_found: Vec<ErrorId>,
    /// Errors that were left as they were, with the reason.
    pub failed: Vec<(ErrorId, String)>,
}

/// Why errors cannot be merged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MergeError {
    /// They belong to several projects.
    #[error("errors of several projects cannot be merged")]
    OtherProject,
    /// The error that is to stay is none of them.
    #[error("the error that is to stay is none of those to be merged")]
    NotAmong,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Dependencies of [`Bulk`].
pub struct BulkParts {
    /// Errors.
    pub errors: Arc<dyn ErrorStore>,
    /// Merging.
    pub groups: Arc<dyn GroupStore>,
    /// Status and assignment.
    pub states: Arc<dyn TriageStore>,
    /// Bookmarks.
    pub discussion: Arc<dyn DiscussionStore>,
    /// Releases that errors are resolved in.
    pub decisions: Arc<Decisions>,
    /// The read cache.
    pub cache: Arc<ReadCache>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Announces changes.
    pub announcer: Announcer,
}

/// Changes many errors. Invalidates cached reads before a change returns.
pub struct Bulk(BulkParts);

impl Bulk {
    /// Errors of one transaction.
    const STEP: usize = 500;

    /// Creates the service.
    #[must_use]
    pub const fn new(parts: BulkParts) -> Self {
        Self(parts)
    }

    /// Changes errors, some at a time. Each changes as a whole; the same call again changes nothing more.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails; some may have been changed.
    pub async fn apply(
        &self,
        scope: &Scope,
        ids: &[ErrorId],
        change: &BulkChange,
        actor: Actor,
    ) -> Result<BulkDone, StoreError> {
        let mut done = BulkDone::default();
        for some in ids.chunks(Self::STEP) {
            let noted = self.0.announcer.note(scope, some).await?;
            let before = done.affected.len();
            let changed = self
                .apply_some(scope, some, (change, actor), &mut done)
                .await;
            self.0.cache.advance(&[scope.tenant()]).await;
            let (announcer, now) = (&self.0.announcer, self.0.clock.now());
            let found = &done.affected[before..];
            match change {
                BulkChange::Delete => announcer.deleted(scope, &noted, found, None, now),
                BulkChange::Bookmark(_) => {}
                _ => announcer.changed(scope, &noted, found, now),
            }
            changed?;
        }
        let failed = done.failed.iter().map(|(id, _)| *id);
        let known: HashSet<ErrorId> = done.affected.iter().copied().chain(failed).collect();
        let all = ids.iter().copied();
        done.not_found = all.filter(|id| !known.contains(id)).collect();
        Ok(done)
    }

    async fn apply_some(
        &self,
        scope: &Scope,
        ids: &[ErrorId],
        (change, actor): (&BulkChange, Actor),
        done: &mut BulkDone,
    ) -> Result<(), StoreError> {
        let found = match change {
            BulkChange::Resolve(ResolveIn::Now) => {
                let action = StateAction::Resolve(ResolvedIn::Now);
                self.decide(scope, ids, (action, actor)).await?
            }
            BulkChange::Resolve(resolve_in) => {
                return self.resolve(scope, ids, (resolve_in, actor), done).await;
            }
            BulkChange::Ignore(terms) => {
                let action = StateAction::Ignore(*terms);
                self.decide(scope, ids, (action, actor)).await?
            }
            BulkChange::Reopen => {
                self.decide(scope, ids, (StateAction::Reopen, actor))
                    .await?
            }
            BulkChange::Assign(to) => {
                let assignment = Assignment {
                    to: to.clone(),
                    actor,
                    at: self.0.clock.now(),
                };
                self.0.states.assign_errors(scope, ids, &assignment).await?
            }
            BulkChange::Bookmark(set) => {
                let mark = (Mark::Bookmark, *set);
                self.0
                    .discussion
                    .mark_errors(scope, ids, actor, mark)
                    .await?
            }
            BulkChange::Delete => self.0.errors.delete_errors(scope, ids).await?,
        };
        done.affected.extend(found);
        Ok(())
    }

    async fn decide(
        &self,
        scope: &Scope,
        ids: &[ErrorId],
        (action, actor): (StateAction, Actor),
    ) -> Result<Vec<ErrorId>, StoreError> {
        let change = StateChange {
            action,
            actor,
            at: self.0.clock.now(),
        };
        self.0.states.change_states(scope, ids, &change).await
    }

    /// Resolves errors, those of each project in its release.
    async fn resolve(
        &self,
        scope: &Scope,
        ids: &[ErrorId],
        (resolve_in, actor): (&ResolveIn, Actor),
        done: &mut BulkDone,
    ) -> Result<(), StoreError> {
        let mut by_project: BTreeMap<ProjectId, Vec<ErrorId>> = BTreeMap::new();
        for (id, project) in self.0.states.list_error_projects(scope, ids).await? {
            by_project.entry(project).or_default().push(id);
        }
        for (project, ids) in by_project {
            match self
                .0
                .decisions
                .resolved_in(scope, project, resolve_in)
                .await
            {
                Ok(how) => {
                    let action = (StateAction::Resolve(how), actor);
                    let scope = scope.narrowed_to(project);
                    let found = self.decide(&scope, &ids, action).await?;
                    done.affected.extend(found);
                }
                Err(DecisionError::Store(error)) => return Err(error),
                Err(why) => {
                    let failed = ids.into_iter().map(|id| (id, why.to_string()));
                    done.failed.extend(failed);
                }
            }
        }
        Ok(())
    }

    /// Merges errors into one of them: `into`, otherwise the one that was seen first.
    ///
    /// # Errors
    /// [`MergeError`]; nothing is merged unless the store fails.
    pub async fn merge(
        &self,
        scope: &Scope,
        ids: &[ErrorId],
        into: Option<ErrorId>,
        actor: Actor,
    ) -> Result<BulkDone, MergeError> {
        let found = self.find(scope, ids).await?;
        let known: HashSet<ErrorId> = found.iter().map(|one| one.error.state.id).collect();
        let mut projects = found.iter().map(|one| one.error.project_id);
        let project = projects.next();
        if projects.any(|other| Some(other) != project) {
            return Err(MergeError::OtherProject);
        }
        if into.is_some_and(|into| !known.contains(&into)) {
            return Err(MergeError::NotAmong);
        }
        let mut done = BulkDone::default();
        let all = ids.iter().copied();
        done.not_found = all.filter(|id| !known.contains(id)).collect();
        let states = found.iter().map(|one| &one.error.state);
        let first = states.min_by_key(|state| (state.first_seen, state.id));
        let Some(into) = into.or(first.map(|state| state.id)) else {
            return Ok(done);
        };
        done.affected.push(into);
        for from in ids.iter().copied() {
            if from == into || !known.contains(&from) {
                continue;
            }
            let now = self.0.clock.now();
            let noted = self.0.announcer.note(scope, &[from, into]).await?;
            let groups = &self.0.groups;
            let merged = groups.merge_errors(scope, from, into, actor, now).await;
            self.0.cache.advance(&[scope.tenant()]).await;
            match merged? {
                Merge::Done(_) => {
                    let announcer = &self.0.announcer;
                    announcer.deleted(scope, &noted, &[from], Some(into), now);
                    announcer.changed(scope, &noted, &[into], now);
                    done.affected.push(from);
                }
                // It was deleted or merged meanwhile.
                Merge::NotFound | Merge::OtherProject => done.not_found.push(from),
            }
        }
        Ok(done)
    }

    /// Finds errors by id.
    async fn find(&self, scope: &Scope, ids: &[ErrorId]) -> Result<Vec<ErrorDetail>, StoreError> {
        let query = ErrorQuery {
            now: self.0.clock.now(),
            ids: Some(ids.to_vec()),
            limit: u32::try_from(ids.len()).unwrap_or(u32::MAX).max(1),
            ..ErrorQuery::default()
        };
        Ok(self.0.errors.list_errors(scope, &query).await?.items)
    }
}

/// The job does not say what to do.
#[derive(Debug, thiserror::Error)]
#[error("the action of the job {0} cannot be understood")]
struct Unreadable(JobId);

#[async_trait]
impl JobWork for Bulk {
    async fn take_step(
        &self,
        scope: &Scope,
        job: &Job,
        errors: &[ErrorId],
    ) -> Result<(), StoreError> {
        let change = BulkChange::from_stored(&job.action, &job.detail);
        let change = change.ok_or_else(|| StoreError::internal(Unreadable(job.id)))?;
        self.apply(scope, errors, &change, job.actor).await?;
        Ok(())
    }
}
