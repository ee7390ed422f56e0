//! Service: comments, bookmarks, follows and activity of errors, with the people behind them. What it does with comments
//! is in `comments.rs`.

use super::activity::{Activity, Actor};
use super::actor_names::{ActorNames, NamedActor};
use super::change::Assignee;
use super::comment::{ErrorMarks, Mark};
use super::discussion_store::DiscussionStore;
use super::error_group::ErrorGroup;
use super::error_store::ErrorStore;
use super::figures::Viewer;
use crate::cache::ReadCache;
use crate::clock::Clock;
use crate::id::{ErrorId, MemberId};
use crate::id_source::IdSource;
use crate::identity::{MemberStore, UserStore};
use crate::page::{Cursor, Page};
use crate::scrub::Scrubber;
use crate::store_error::StoreError;
use crate::stream::Announcer;
use crate::tenancy::{Scope, TenantScope};
use std::collections::HashMap;
use std::sync::Arc;

/// What is shown of an error beside its row: who works on it, the caller's marks, comments.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ErrorPeople {
    /// Who works on it.
    pub assigned_to: Option<Assignee>,
    /// The caller's marks, and the number of comments.
    pub marks: ErrorMarks,
}

/// Dependencies of [`Discussion`].
pub struct DiscussionParts {
    /// Comments and marks.
    pub discussion: Arc<dyn DiscussionStore>,
    /// Errors and their activity.
    pub errors: Arc<dyn ErrorStore>,
    /// Members.
    pub members: Arc<dyn MemberStore>,
    /// Accounts.
    pub users: Arc<dyn UserStore>,
    /// Names of authors.
    pub names: ActorNames,
    /// Removes secrets from comments.
    pub scrubber: Arc<dyn Scrubber>,
    /// The read cache.
    pub cache: Arc<ReadCache>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Ids of comments.
    pub ids: Arc<dyn IdSource>,
    /// Comments that an error may have.
    pub max_comments: u32,
    /// Announces changes.
    pub announcer: Announcer,
}

/// Comments, marks and activity of errors. Invalidates cached reads before a change returns.
pub struct Discussion(pub(super) DiscussionParts);

impl Discussion {
    /// Creates the service.
    #[must_use]
    pub const fn new(parts: DiscussionParts) -> Self {
        Self(parts)
    }

    /// Returns what is shown of errors beside their rows.
    ///
    /// # Errors
    /// [`StoreError`] when a store fails.
    pub async fn people(
        &self,
        scope: &Scope,
        errors: &[&ErrorGroup],
        principal: Actor,
    ) -> Result<HashMap<ErrorId, ErrorPeople>, StoreError> {
        let ids: Vec<ErrorId> = errors.iter().map(|error| error.state.id).collect();
        let marks = self.0.discussion.list_marks(scope, &ids, principal).await?;
        let mut marks: HashMap<ErrorId, ErrorMarks> = marks.into_iter().collect();
        let assigned = errors.iter().filter_map(|error| error.triage.assigned_to);
        let members = self
            .members(scope.tenant_scope(), assigned.collect())
            .await?;
        let people = errors.iter().map(|error| {
            let id = error.state.id;
            let member = error.triage.assigned_to;
            let people = ErrorPeople {
                assigned_to: member.and_then(|member| members.get(&member).cloned()),
                marks: marks.remove(&id).unwrap_or_default(),
            };
            (id, people)
        });
        Ok(people.collect())
    }

    /// Returns who looks at errors, as searches and marks know them.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn viewer(&self, scope: &Scope, caller: Actor) -> Result<Viewer, StoreError> {
        let member = match caller {
            Actor::User(user) => self.0.members.find_membership(user, scope.tenant()).await?,
            _ => None,
        };
        Ok(Viewer {
            member: member.map(|member| member.id),
            principal: Some(caller.to_string()),
        })
    }

    /// Sets or removes the caller's mark on an error, and returns whether the error exists.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn mark(
        &self,
        scope: &Scope,
        error: ErrorId,
        principal: Actor,
        (mark, set): (Mark, bool),
    ) -> Result<bool, StoreError> {
        let found = self
            .0
            .discussion
            .set_mark(scope, error, principal, mark, set)
            .await;
        self.0.cache.advance(&[scope.tenant()]).await;
        found
    }

    /// Lists an error's activity, newest first; `None` when the error does not exist. Its last entry is that of its
    /// creation.
    ///
    /// # Errors
    /// [`StoreError`] when a store fails.
    pub async fn activity(
        &self,
        scope: &Scope,
        id: ErrorId,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Option<Page<(Activity, NamedActor)>>, StoreError> {
        let Some(detail) = self.0.errors.get_error(scope, id).await? else {
            return Ok(None);
        };
        let error = detail.error;
        let stored = self.0.errors.list_activity(scope, id, after, limit).await?;
        let mut entries = stored.items;
        let created = Activity::creation(error.project_id, id, error.state.created_at);
        // The last id leads to the creation, unless that was shown.
        let more = stored.next.is_some();
        if !more && after.is_none_or(|after| after.id != created.id.0) {
            entries.push(created);
        }
        let page = Page::newest(entries, limit, stored.total + 1, |one| one.id.0);
        let next = page.next.or(stored.next);
        let actors = page.items.iter().map(|entry| entry.actor).collect();
        let names = self.0.names.of(scope.tenant_scope(), actors).await?;
        let items = page.items.into_iter().map(|entry| {
            let actor = names.get(&entry.actor).cloned();
            let actor = actor.unwrap_or_else(|| NamedActor::unnamed(entry.actor));
            (entry, actor)
        });
        Ok(Some(Page {
            items: items.collect(),
            total: page.total,
            next,
        }))
    }

    pub(super) async fn members(
        &self,
        tenant: TenantScope,
        mut ids: Vec<MemberId>,
    ) -> Result<HashMap<MemberId, Assignee>, StoreError> {
        ids.sort_unstable();
        ids.dedup();
        let mut found = HashMap::with_capacity(ids.len());
        for id in ids {
            if let Some(member) = self.0.members.get_member(tenant, id).await? {
                let shown = Assignee {
                    id,
                    name: member.name,
                    email: member.email,
                };
                found.insert(id, shown);
            }
        }
        Ok(found)
    }

    /// Names actors of a tenant.
    ///
    /// # Errors
    /// [`StoreError`] when a store fails.
    pub async fn names(
        &self,
        tenant: TenantScope,
        actors: Vec<Actor>,
    ) -> Result<HashMap<Actor, NamedActor>, StoreError> {
        self.0.names.of(tenant, actors).await
    }
}
