//! Service: resolves, ignores, reopens and assigns errors.

use super::activity::Actor;
use super::change::Assignee;
use super::ignored::IgnoreTerms;
use super::resolved_in::ResolvedIn;
use super::triage_state::StateAction;
use super::triage_store::{Assignment, StateChange, TriageStore};
use crate::cache::ReadCache;
use crate::clock::Clock;
use crate::id::{ErrorId, MemberId, ProjectId};
use crate::identity::{Member, MemberStatus, MemberStore, UserStore};
use crate::releases::{Announced, Announcement, Known, ReleaseStore, Version, newest};
use crate::store_error::StoreError;
use crate::stream::Announcer;
use crate::tenancy::Scope;
use std::sync::Arc;

/// Due errors that are reopened at once.
const REOPENED_AT_ONCE: u32 = 500;

/// Where an error is to be resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResolveIn {
    /// Any release, or none.
    Now,
    /// The newest release of its project, or a newer one.
    CurrentRelease,
    /// A release newer than all of its project.
    NextRelease,
    /// This release or a newer one.
    Release(Version),
}

/// Who is to work on an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AssignTo {
    /// Whoever calls.
    Caller,
    /// The member of this id or e-mail address.
    Named(String),
    /// Nobody.
    Nobody,
}

/// Why a decision was not made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecisionError {
    /// There is no such error.
    #[error("there is no such error")]
    NotFound,
    /// The project has no release that the decision could go by.
    #[error("no release of the project is known")]
    NoRelease,
    /// The project has as many releases as it may.
    #[error("there can be at most {0} releases of a project")]
    TooManyReleases(u32),
    /// There is no such active member.
    #[error("there is no such active member")]
    NoMember,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Resolves, ignores, reopens and assigns errors. Invalidates cached reads before a change returns.
pub struct Decisions {
    states: Arc<dyn TriageStore>,
    releases: Arc<dyn ReleaseStore>,
    members: Arc<dyn MemberStore>,
    users: Arc<dyn UserStore>,
    cache: Arc<ReadCache>,
    clock: Arc<dyn Clock>,
    release_limit: u32,
    announcer: Announcer,
}

impl Decisions {
    /// Creates the service. `release_limit` is how many releases a project may have.
    #[must_use]
    pub fn new(
        (states, releases): (Arc<dyn TriageStore>, Arc<dyn ReleaseStore>),
        (members, users): (Arc<dyn MemberStore>, Arc<dyn UserStore>),
        cache: Arc<ReadCache>,
        clock: Arc<dyn Clock>,
        release_limit: u32,
    ) -> Self {
        Self {
            states,
            releases,
            members,
            users,
            cache,
            clock,
            release_limit,
            announcer: Announcer::default(),
        }
    }

    /// Announces changes.
    #[must_use]
    pub fn announcing(mut self, announcer: Announcer) -> Self {
        self.announcer = announcer;
        self
    }

    /// Resolves an error. The same resolution again changes nothing, another one starts anew.
    ///
    /// # Errors
    /// [`DecisionError`].
    pub async fn resolve(
        &self,
        scope: &Scope,
        id: ErrorId,
        resolve_in: ResolveIn,
        actor: Actor,
    ) -> Result<(), DecisionError> {
        let project = self.project_of(scope, id).await?;
        let how = self.resolved_in(scope, project, &resolve_in).await?;
        self.change(scope, id, StateAction::Resolve(how), actor)
            .await
    }

    /// Ignores an error. The same terms again change nothing, other terms start anew.
    ///
    /// # Errors
    /// [`DecisionError`].
    pub async fn ignore(
        &self,
        scope: &Scope,
        id: ErrorId,
        terms: IgnoreTerms,
        actor: Actor,
    ) -> Result<(), DecisionError> {
        self.change(scope, id, StateAction::Ignore(terms), actor)
            .await
    }

    /// Reopens an error that is resolved or ignored, and ends the regression of an open one.
    ///
    /// # Errors
    /// [`DecisionError`].
    pub async fn reopen(
        &self,
        scope: &Scope,
        id: ErrorId,
        actor: Actor,
    ) -> Result<(), DecisionError> {
        self.change(scope, id, StateAction::Reopen, actor).await
    }

    /// Assigns an error.
    ///
    /// # Errors
    /// [`DecisionError`].
    pub async fn assign(
        &self,
        scope: &Scope,
        id: ErrorId,
        to: &AssignTo,
        actor: Actor,
    ) -> Result<(), DecisionError> {
        self.project_of(scope, id).await?;
        let to = self.assignee(scope, to, actor).await?;
        let assignment = Assignment {
            to,
            actor,
            at: self.clock.now(),
        };
        let noted = self.announcer.note(scope, &[id]).await?;
        let found = self.states.assign_errors(scope, &[id], &assignment).await;
        self.cache.advance(&[scope.tenant()]).await;
        let found = found?;
        self.announcer.changed(scope, &noted, &found, assignment.at);
        found_one(&found)
    }

    /// Reopens errors, of all tenants, that were ignored until a time that has come. Returns their number.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn reopen_due(&self) -> Result<usize, StoreError> {
        let mut all = 0;
        loop {
            let now = self.clock.now();
            let reopened = self.states.reopen_due_errors(now, REOPENED_AT_ONCE).await?;
            let mut tenants: Vec<_> = reopened.iter().map(|(tenant, ..)| *tenant).collect();
            tenants.sort_unstable();
            tenants.dedup();
            if !tenants.is_empty() {
                self.cache.advance(&tenants).await;
            }
            all += reopened.len();
            for (tenant, project, error) in &reopened {
                self.announcer
                    .changed_by_itself(*tenant, *project, *error, now);
            }
            if reopened.len() < REOPENED_AT_ONCE as usize {
                return Ok(all);
            }
        }
    }

    /// Returns the active member to whom something is to be assigned; `None` for nobody.
    ///
    /// # Errors
    /// [`DecisionError`].
    pub async fn assignee(
        &self,
        scope: &Scope,
        to: &AssignTo,
        actor: Actor,
    ) -> Result<Option<Assignee>, DecisionError> {
        let member = match (to, actor) {
            (AssignTo::Nobody, _) => return Ok(None),
            (AssignTo::Caller, Actor::User(user)) => {
                self.members.find_membership(user, scope.tenant()).await?
            }
            (AssignTo::Caller, _) => None,
            (AssignTo::Named(name), _) => self.named(scope, name).await?,
        };
        let active = member.filter(|member| member.status == MemberStatus::Active);
        let member = active.ok_or(DecisionError::NoMember)?;
        Ok(Some(Assignee {
            id: member.id,
            name: member.name,
            email: member.email,
        }))
    }

    async fn named(&self, scope: &Scope, name: &str) -> Result<Option<Member>, StoreError> {
        if let Ok(id) = name.parse::<MemberId>() {
            return self.members.get_member(scope.tenant_scope(), id).await;
        }
        let Some(user) = self.users.find_user(&name.to_lowercase()).await? else {
            return Ok(None);
        };
        self.members.find_membership(user.id, scope.tenant()).await
    }

    async fn change(
        &self,
        scope: &Scope,
        id: ErrorId,
        action: StateAction,
        actor: Actor,
    ) -> Result<(), DecisionError> {
        let change = StateChange {
            action,
            actor,
            at: self.clock.now(),
        };
        let noted = self.announcer.note(scope, &[id]).await?;
        let found = self.states.change_states(scope, &[id], &change).await;
        self.cache.advance(&[scope.tenant()]).await;
        let found = found?;
        self.announcer.changed(scope, &noted, &found, change.at);
        found_one(&found)
    }

    async fn project_of(&self, scope: &Scope, id: ErrorId) -> Result<ProjectId, DecisionError> {
        let found = self.states.list_error_projects(scope, &[id]).await?;
        let found = found.first().map(|(_, project)| *project);
        found.ok_or(DecisionError::NotFound)
    }

    /// Returns what resolving in a project means now; makes a release known that is not.
    pub(super) async fn resolved_in(
        &self,
        scope: &Scope,
        project: ProjectId,
        resolve_in: &ResolveIn,
    ) -> Result<ResolvedIn, DecisionError> {
        Ok(match resolve_in {
            ResolveIn::Now => ResolvedIn::Now,
            ResolveIn::CurrentRelease => {
                ResolvedIn::CurrentRelease(self.newest_release(scope, project).await?)
            }
            ResolveIn::NextRelease => {
                ResolvedIn::NextRelease(self.newest_release(scope, project).await?)
            }
            ResolveIn::Release(version) => {
                self.announce(scope, project, version).await?;
                ResolvedIn::Release(version.to_string())
            }
        })
    }

    /// Returns the newest release of a project.
    async fn newest_release(
        &self,
        scope: &Scope,
        project: ProjectId,
    ) -> Result<String, DecisionError> {
        let releases = self
            .releases
            .list_releases(&scope.narrowed_to(project))
            .await?;
        let known: Vec<Known<'_>> = releases.iter().map(|release| release.known()).collect();
        let newest = newest(&known).map(|newest| newest.version.to_string());
        newest.ok_or(DecisionError::NoRelease)
    }

    /// Makes a release known that is not.
    async fn announce(
        &self,
        scope: &Scope,
        project: ProjectId,
        version: &Version,
    ) -> Result<(), DecisionError> {
        let own = scope.narrowed_to(project);
        if !self.releases.find_releases(&own, version).await?.is_empty() {
            return Ok(());
        }
        let announcement = Announcement {
            project_id: project,
            version: version.clone(),
            git_ref: None,
            url: None,
            released_at: None,
            at: self.clock.now(),
        };
        let announced = self
            .releases
            .announce_release(&announcement, self.release_limit)
            .await?;
        match announced {
            Announced::Created | Announced::Updated => Ok(()),
            Announced::Full => Err(DecisionError::TooManyReleases(self.release_limit)),
        }
    }
}

fn found_one(found: &[ErrorId]) -> Result<(), DecisionError> {
    if found.is_empty() {
        Err(DecisionError::NotFound)
    } else {
        Ok(())
    }
}
