//! [`TriageStore`](crate::errors::TriageStore) in process.

use super::{MemoryStore, State, activity};
use crate::errors::{Activity, Actor};
use crate::errors::{
    Assignment, Change, ErrorGroup, StateChange, TriageState, TriageStore, UserKey, reopened_at,
};
use crate::id::{ErrorId, MemberId, ProjectId, TenantId};
use crate::id_source::IdSource;
use crate::store_error::StoreError;
use crate::tenancy::Scope;
use async_trait::async_trait;
use std::collections::HashSet;
use time::OffsetDateTime;

#[async_trait]
impl TriageStore for MemoryStore {
    async fn change_states(
        &self,
        scope: &Scope,
        ids: &[ErrorId],
        change: &StateChange,
    ) -> Result<Vec<ErrorId>, StoreError> {
        let mut state = self.state();
        let mut found = Vec::new();
        for id in ids {
            let Some(key) = state.find(scope, *id) else {
                continue;
            };
            found.push(*id);
            let Some(error) = state.errors.get_mut(&key) else {
                continue;
            };
            let by = (change.actor, change.at);
            if let Some((triage, noted)) = error.triage.decided(&change.action, change.at) {
                set_triage(error, triage, change.at);
                state.note(activity(&*self.ids, key, noted, by));
                state.remember_users(key);
            }
        }
        Ok(found)
    }

    async fn assign_errors(
        &self,
        scope: &Scope,
        ids: &[ErrorId],
        assignment: &Assignment,
    ) -> Result<Vec<ErrorId>, StoreError> {
        let Assignment { to, actor, at } = assignment;
        let mut state = self.state();
        let mut found = Vec::new();
        for id in ids {
            let Some(key) = state.find(scope, *id) else {
                continue;
            };
            found.push(*id);
            let member = to.as_ref().map(|to| to.id);
            let Some(error) = state.errors.get_mut(&key) else {
                continue;
            };
            if error.triage.assigned_to != member {
                error.triage.assigned_to = member;
                error.state.updated_at = *at;
                let change = Change::Assigned(to.clone());
                state.note(activity(&*self.ids, key, change, (*actor, *at)));
            }
        }
        Ok(found)
    }

    async fn list_error_projects(
        &self,
        scope: &Scope,
        ids: &[ErrorId],
    ) -> Result<Vec<(ErrorId, ProjectId)>, StoreError> {
        let state = self.state();
        let keys = ids.iter().filter_map(|id| state.find(scope, *id));
        Ok(keys.map(|(project, id)| (id, project)).collect())
    }

    async fn reopen_due_errors(
        &self,
        now: OffsetDateTime,
        most: u32,
    ) -> Result<Vec<(TenantId, ProjectId, ErrorId)>, StoreError> {
        let mut state = self.state();
        let due: Vec<_> = state
            .errors
            .iter()
            .filter_map(|(key, error)| Some((*key, reopened_at(&error.triage, now)?)))
            .take(most as usize)
            .collect();
        let mut reopened = Vec::new();
        for (key, (triage, change)) in due {
            if let Some(error) = state.errors.get_mut(&key) {
                set_triage(error, triage, now);
            }
            state.note(activity(&*self.ids, key, change, (Actor::System, now)));
            state.known_users.remove(&key);
            if let Some(project) = state.projects.get(&key.0) {
                reopened.push((project.tenant_id, key.0, key.1));
            }
        }
        Ok(reopened)
    }
}

/// Sets what people decided about an error.
pub(super) fn set_triage(error: &mut ErrorGroup, triage: TriageState, at: OffsetDateTime) {
    error.state.show(&triage);
    error.state.updated_at = at;
    error.triage = triage;
}

impl State {
    /// Remembers the users of an error's stored occurrences if its terms count new ones, and forgets them otherwise.
    pub(super) fn remember_users(&mut self, key: (ProjectId, ErrorId)) {
        let counts_users = |error: &ErrorGroup| {
            let ignored = error.triage.ignored();
            ignored.is_some_and(|ignored| ignored.users_left.is_some())
        };
        if !self.errors.get(&key).is_some_and(counts_users) {
            self.known_users.remove(&key);
            return;
        }
        let fingerprints = self.fingerprints_of(key);
        let users: HashSet<UserKey> = self
            .occurrences_of(key.0, &fingerprints)
            .filter_map(|one| one.user.as_ref().and_then(UserKey::of_person))
            .collect();
        self.known_users.insert(key, users);
    }

    /// Removes the marks of a user who leaves a tenant.
    pub(super) fn forget_marks(&mut self, tenant: TenantId, user: &str) {
        let projects = &self.projects;
        self.marks.retain(|((project, _), principal, _)| {
            let project = projects.get(project);
            principal != user || project.is_none_or(|project| project.tenant_id != tenant)
        });
    }

    /// Unassigns a tenant's errors from a member who leaves.
    pub(super) fn unassign(
        &mut self,
        tenant: TenantId,
        member: MemberId,
        ids: &dyn IdSource,
        at: OffsetDateTime,
    ) {
        let projects = &self.projects;
        let is_own = |project: &ProjectId| {
            let project = projects.get(project);
            project.is_some_and(|project| project.tenant_id == tenant)
        };
        let mut entries: Vec<Activity> = Vec::new();
        for (key, error) in &mut self.errors {
            if is_own(&key.0) && error.triage.assigned_to == Some(member) {
                error.triage.assigned_to = None;
                error.state.updated_at = at;
                let by = (Actor::System, at);
                entries.push(activity(ids, *key, Change::Assigned(None), by));
            }
        }
        self.activity.extend(entries);
    }
}
