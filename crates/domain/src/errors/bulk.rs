//! Service: changes many errors at once.

use super::activity::Actor;
use super::decisions::Decisions;
use super::error_group::ErrorDetail;
use super::error_store::{ErrorQuery, ErrorStore};
use super::group_store::{GroupStore, Merge};
use super::state_wish::StateWish;
use crate::cache::ReadCache;
use crate::clock::Clock;
use crate::id::ErrorId;
use crate::jobs::{Job, JobWork};
use crate::search_index::SearchIndex;
use crate::store_error::StoreError;
use crate::tenancy::Scope;
use async_trait::async_trait;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::sync::Arc;

/// A change of many errors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BulkChange {
    /// A decision about their status.
    State(StateWish),
    /// Deletion with all that belongs to them.
    Delete,
}

impl BulkChange {
    /// Returns the name on the wire.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::State(StateWish::Resolve(_)) => "resolve",
            Self::State(StateWish::Ignore(_)) => "ignore",
            Self::State(StateWish::Reopen) => "reopen",
            Self::Delete => "delete",
        }
    }

    /// Returns the stored form.
    #[must_use]
    pub fn to_stored(&self) -> String {
        match self {
            Self::State(wish) => wish.to_json().to_string(),
            Self::Delete => json!({"action": "delete"}).to_string(),
        }
    }

    /// Parses the stored form.
    #[must_use]
    pub fn from_stored(stored: &str) -> Option<Self> {
        let stored: Value = serde_json::from_str(stored).ok()?;
        if stored.get("action")? == "delete" {
            return Some(Self::Delete);
        }
        StateWish::from_json(&stored).map(Self::State)
    }
}

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

/// Changes many errors.
pub struct Bulk {
    errors: Arc<dyn ErrorStore>,
    groups: Arc<dyn GroupStore>,
    decisions: Arc<Decisions>,
    index: Arc<SearchIndex>,
    cache: Arc<ReadCache>,
    clock: Arc<dyn Clock>,
}

impl Bulk {
    /// Errors of one transaction.
    const STEP: usize = 500;

    /// Creates the service.
    #[must_use]
    pub fn new(
        (errors, groups): (Arc<dyn ErrorStore>, Arc<dyn GroupStore>),
        decisions: Arc<Decisions>,
        index: Arc<SearchIndex>,
        (cache, clock): (Arc<ReadCache>, Arc<dyn Clock>),
    ) -> Self {
        Self {
            errors,
            groups,
            decisions,
            index,
            cache,
            clock,
        }
    }

    /// Returns the errors that a search finds now, all of them.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn matching(
        &self,
        scope: &Scope,
        query: &ErrorQuery,
    ) -> Result<Vec<ErrorId>, StoreError> {
        self.index.catch_up().await?;
        self.errors.list_error_ids(scope, query).await
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
            match change {
                BulkChange::State(wish) => {
                    let decided = self.decisions.decide(scope, some, wish, actor).await?;
                    done.affected.extend(decided.found);
                    let failed = decided.failed.into_iter();
                    done.failed
                        .extend(failed.map(|(id, why)| (id, why.to_string())));
                }
                BulkChange::Delete => {
                    let deleted = self.errors.delete_errors(scope, some).await;
                    self.cache.advance(&[scope.tenant()]).await;
                    done.affected.extend(deleted?);
                }
            }
        }
        let failed = done.failed.iter().map(|(id, _)| *id);
        let known: HashSet<ErrorId> = done.affected.iter().copied().chain(failed).collect();
        let all = ids.iter().copied();
        done.not_found = all.filter(|id| !known.contains(id)).collect();
        Ok(done)
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
        let mut done = BulkDone::default();
        let found = self.find(scope, ids).await?;
        let known: HashSet<ErrorId> = found.iter().map(|one| one.error.state.id).collect();
        let all = ids.iter().copied();
        done.not_found = all.filter(|id| !known.contains(id)).collect();
        let mut projects = found.iter().map(|one| one.error.project_id);
        let project = projects.next();
        if projects.any(|other| Some(other) != project) {
            return Err(MergeError::OtherProject);
        }
        if into.is_some_and(|into| !known.contains(&into)) {
            return Err(MergeError::NotAmong);
        }
        let first = found.iter().map(|one| &one.error.state);
        let first = first.min_by_key(|state| (state.first_seen, state.id));
        let Some(into) = into.or(first.map(|state| state.id)) else {
            return Ok(done);
        };
        done.affected.push(into);
        for from in ids.iter().copied() {
            if from == into || !known.contains(&from) {
                continue;
            }
            let now = self.clock.now();
            let merged = self
                .groups
                .merge_errors(scope, from, into, actor, now)
                .await;
            self.cache.advance(&[scope.tenant()]).await;
            match merged? {
                Merge::Done(_) => done.affected.push(from),
                // It was deleted or merged meanwhile.
                Merge::NotFound | Merge::OtherProject => done.not_found.push(from),
            }
        }
        Ok(done)
    }

    /// Finds errors by id.
    async fn find(&self, scope: &Scope, ids: &[ErrorId]) -> Result<Vec<ErrorDetail>, StoreError> {
        let query = ErrorQuery {
            now: self.clock.now(),
            ids: Some(ids.to_vec()),
            limit: u32::try_from(ids.len()).unwrap_or(u32::MAX).max(1),
            ..ErrorQuery::default()
        };
        Ok(self.errors.list_errors(scope, &query).await?.items)
    }
}

/// The job no longer says what to do.
#[derive(Debug, thiserror::Error)]
#[error("the action of the job {0} cannot be understood")]
struct Unreadable(crate::id::JobId);

#[async_trait]
impl JobWork for Bulk {
    async fn take_step(
        &self,
        scope: &Scope,
        job: &Job,
        errors: &[ErrorId],
    ) -> Result<(), StoreError> {
        let change = BulkChange::from_stored(&job.detail);
        let change = change.ok_or_else(|| StoreError::internal(Unreadable(job.id)))?;
        self.apply(scope, errors, &change, job.actor).await?;
        Ok(())
    }
}
