//! Service: decides about errors, in the releases of their projects.

use super::activity::Actor;
use super::state_wish::{ResolveWish, StateWish};
use super::triage_state::{ResolvedIn, StateAction};
use super::triage_store::{StateChange, TriageStore};
use crate::cache::ReadCache;
use crate::clock::Clock;
use crate::id::{ErrorId, ProjectId};
use crate::releases::{Announced, Announcement, Known, ReleaseStore, newest};
use crate::search_index::SearchIndex;
use crate::store_error::StoreError;
use crate::tenancy::Scope;
use std::collections::BTreeMap;
use std::sync::Arc;
use time::OffsetDateTime;

/// Why a decision about an error could not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Undecided {
    /// No release of its project is known.
    #[error("no release of the project is known")]
    NoRelease,
    /// Its project has as many releases as it may.
    #[error("the project has as many releases as it may")]
    TooManyReleases,
}

/// What became of a decision about errors. Others were not found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Decided {
    /// Errors that are as decided, changed or not.
    pub found: Vec<ErrorId>,
    /// Errors that were left as they were.
    pub failed: Vec<(ErrorId, Undecided)>,
}

/// Resolves, ignores and reopens errors.
pub struct Decisions {
    states: Arc<dyn TriageStore>,
    releases: Arc<dyn ReleaseStore>,
    index: Arc<SearchIndex>,
    cache: Arc<ReadCache>,
    clock: Arc<dyn Clock>,
    most_releases: u32,
}

impl Decisions {
    /// Creates the service; a project can have `most_releases`.
    #[must_use]
    pub fn new(
        states: Arc<dyn TriageStore>,
        releases: Arc<dyn ReleaseStore>,
        index: Arc<SearchIndex>,
        (cache, clock): (Arc<ReadCache>, Arc<dyn Clock>),
        most_releases: u32,
    ) -> Self {
        Self {
            states,
            releases,
            index,
            cache,
            clock,
            most_releases,
        }
    }

    /// Makes a decision about errors. Idempotent. An unknown release becomes an announced one.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn decide(
        &self,
        scope: &Scope,
        ids: &[ErrorId],
        wish: &StateWish,
        actor: Actor,
    ) -> Result<Decided, StoreError> {
        let at = self.clock.now();
        let decided = match wish {
            StateWish::Resolve(ResolveWish::Now) => {
                let action = StateAction::Resolve(ResolvedIn::Now);
                self.change(scope, ids, action, (actor, at)).await?
            }
            StateWish::Ignore(terms) => {
                let action = StateAction::Ignore(*terms);
                self.change(scope, ids, action, (actor, at)).await?
            }
            StateWish::Reopen => {
                self.change(scope, ids, StateAction::Reopen, (actor, at))
                    .await?
            }
            StateWish::Resolve(wish) => {
                self.resolve_in_releases(scope, ids, wish, (actor, at))
                    .await?
            }
        };
        self.cache.advance(&[scope.tenant()]).await;
        Ok(decided)
    }

    async fn change(
        &self,
        scope: &Scope,
        ids: &[ErrorId],
        action: StateAction,
        (actor, at): (Actor, OffsetDateTime),
    ) -> Result<Decided, StoreError> {
        let change = StateChange { action, actor, at };
        Ok(Decided {
            found: self.states.change_states(scope, ids, &change).await?,
            failed: Vec::new(),
        })
    }

    /// Resolves errors in a release of each one's project.
    async fn resolve_in_releases(
        &self,
        scope: &Scope,
        ids: &[ErrorId],
        wish: &ResolveWish,
        by: (Actor, OffsetDateTime),
    ) -> Result<Decided, StoreError> {
        let mut by_project: BTreeMap<ProjectId, Vec<ErrorId>> = BTreeMap::new();
        for (id, project) in self.states.list_error_projects(scope, ids).await? {
            by_project.entry(project).or_default().push(id);
        }
        let mut decided = Decided::default();
        for (project, ids) in by_project {
            let scope = scope.narrowed_to(project);
            match self.release_of(&scope, project, wish, by.1).await? {
                Ok(how) => {
                    let action = StateAction::Resolve(how);
                    let done = self.change(&scope, &ids, action, by).await?;
                    decided.found.extend(done.found);
                }
                Err(why) => {
                    let failed = ids.into_iter().map(|id| (id, why));
                    decided.failed.extend(failed);
                }
            }
        }
        Ok(decided)
    }

    /// Returns where errors of a project are resolved. A release is announced in a transaction of its own: recording
    /// takes releases after errors.
    async fn release_of(
        &self,
        scope: &Scope,
        project: ProjectId,
        wish: &ResolveWish,
        at: OffsetDateTime,
    ) -> Result<Result<ResolvedIn, Undecided>, StoreError> {
        if let ResolveWish::Release(version) = wish {
            let announcement = Announcement {
                project_id: project,
                version: version.clone(),
                git_ref: None,
                url: None,
                released_at: None,
                at,
            };
            let most = self.most_releases;
            let announced = self.releases.announce_release(&announcement, most).await?;
            return Ok(match announced {
                Announced::Full => Err(Undecided::TooManyReleases),
                Announced::Created | Announced::Updated => {
                    Ok(ResolvedIn::Release(version.to_string()))
                }
            });
        }
        // The times of releases are those of indexed occurrences.
        self.index.catch_up().await?;
        let known = self.releases.list_releases(scope).await?;
        let known: Vec<Known<'_>> = known.iter().map(|release| release.known()).collect();
        let newest = newest(&known).map(|newest| newest.version.to_string());
        Ok(newest.ok_or(Undecided::NoRelease).map(|newest| match wish {
            ResolveWish::NextRelease => ResolvedIn::NextRelease(newest),
            _ => ResolvedIn::CurrentRelease(newest),
        }))
    }
}
