//! Service: comments, bookmarks, follows and activity of errors, with the people behind them.

use super::activity::{Activity, Actor, Assignee};
use super::comment::{Comment, ErrorMarks, Mark, mentioned_addresses};
use super::discussion_store::{CommentAdded, DiscussionStore};
use super::error_group::ErrorGroup;
use super::error_store::ErrorStore;
use super::figures::Viewer;
use crate::cache::ReadCache;
use crate::clock::Clock;
use crate::id::{CommentId, ErrorId, MemberId, ProjectId};
use crate::id_source::IdSource;
use crate::identity::{KeyStore, MemberStatus, MemberStore, SystemUserStore, UserStore};
use crate::page::{Cursor, Page};
use crate::scrub::Scrubber;
use crate::store_error::StoreError;
use crate::stream::Announcer;
use crate::tenancy::{Scope, TenantScope};
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

/// Whoever did something, as shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedActor {
    /// `member`, `key`, `system_user` or `system`.
    pub kind: &'static str,
    /// Id of the member, key or system user; of a member who left, the account's.
    pub id: Option<Uuid>,
    /// Their name; empty where it is not known any more.
    pub name: String,
}

/// What is shown of an error beside its row: who works on it, the caller's marks, comments.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ErrorPeople {
    /// Who works on it.
    pub assigned_to: Option<Assignee>,
    /// The caller's marks, and the number of comments.
    pub marks: ErrorMarks,
}

/// A comment as shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommentDetail {
    /// The comment.
    pub comment: Comment,
    /// Who wrote it.
    pub author: NamedActor,
    /// The members that it mentions, of those who are still there.
    pub mentions: Vec<Assignee>,
}

/// Why a comment was not written, changed or deleted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommentError {
    /// There is no such error or comment.
    #[error("there is no such comment")]
    NotFound,
    /// It is somebody else's.
    #[error("the comment is somebody else's")]
    NotOwn,
    /// The error has as many comments as it may.
    #[error("an error can have at most {0} comments")]
    Full(u32),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
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
    /// API keys.
    pub keys: Arc<dyn KeyStore>,
    /// System users.
    pub system_users: Arc<dyn SystemUserStore>,
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
pub struct Discussion(DiscussionParts);

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
        let names = self.names(scope.tenant_scope(), actors).await?;
        let items = page.items.into_iter().map(|entry| {
            let actor = names.get(&entry.actor).cloned();
            let actor = actor.unwrap_or_else(|| unnamed(entry.actor));
            (entry, actor)
        });
        Ok(Some(Page {
            items: items.collect(),
            total: page.total,
            next,
        }))
    }

    /// Lists an error's comments, oldest first; `None` when the error does not exist.
    ///
    /// # Errors
    /// [`StoreError`] when a store fails.
    pub async fn comments(
        &self,
        scope: &Scope,
        error: ErrorId,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Option<Page<CommentDetail>>, StoreError> {
        if self.0.errors.get_error(scope, error).await?.is_none() {
            return Ok(None);
        }
        let page = self
            .0
            .discussion
            .list_comments(scope, error, after, limit)
            .await?;
        let items = self.shown(scope.tenant_scope(), page.items).await?;
        Ok(Some(Page {
            items,
            total: page.total,
            next: page.next,
        }))
    }

    /// Comments on an error. The text is not blank and at most [`Comment::MAX_CHARS`] long.
    ///
    /// # Errors
    /// [`CommentError`].
    pub async fn comment(
        &self,
        scope: &Scope,
        error: ErrorId,
        text: &str,
        author: Actor,
    ) -> Result<CommentDetail, CommentError> {
        let now = self.0.clock.now();
        let (text, mentions) = self.read(scope, text).await?;
        let comment = Comment {
            id: CommentId(self.0.ids.next_id(now)),
            project_id: ProjectId(Uuid::nil()),
            error_id: error,
            author,
            text,
            mentions,
            created_at: now,
            updated_at: now,
        };
        let most = self.0.max_comments;
        let noted = self.0.announcer.note(scope, &[error]).await?;
        let added = self.0.discussion.add_comment(scope, &comment, most).await;
        self.0.cache.advance(&[scope.tenant()]).await;
        match added? {
            CommentAdded::Done => {
                self.0.announcer.changed(scope, &noted, &[error], now);
                self.shown_one(scope, comment).await
            }
            CommentAdded::NotFound => Err(CommentError::NotFound),
            CommentAdded::Full => Err(CommentError::Full(most)),
        }
    }

    /// Changes the caller's own comment.
    ///
    /// # Errors
    /// [`CommentError`].
    pub async fn edit(
        &self,
        scope: &Scope,
        (error, id): (ErrorId, CommentId),
        text: &str,
        caller: Actor,
    ) -> Result<CommentDetail, CommentError> {
        let mut comment = self.own(scope, (error, id), caller, false).await?;
        let (text, mentions) = self.read(scope, text).await?;
        if (&text, &mentions) != (&comment.text, &comment.mentions) {
            comment.text = text;
            comment.mentions = mentions;
            comment.updated_at = self.0.clock.now();
            let noted = self.0.announcer.note(scope, &[error]).await?;
            if !self.0.discussion.update_comment(scope, &comment).await? {
                return Err(CommentError::NotFound);
            }
            let at = comment.updated_at;
            self.0.announcer.changed(scope, &noted, &[error], at);
        }
        self.shown_one(scope, comment).await
    }

    /// Deletes the caller's own comment, or any for whoever may delete errors.
    ///
    /// # Errors
    /// [`CommentError`].
    pub async fn delete_comment(
        &self,
        scope: &Scope,
        (error, id): (ErrorId, CommentId),
        caller: Actor,
        may_delete_any: bool,
    ) -> Result<(), CommentError> {
        self.own(scope, (error, id), caller, may_delete_any).await?;
        let noted = self.0.announcer.note(scope, &[error]).await?;
        let deleted = self.0.discussion.delete_comment(scope, error, id).await;
        self.0.cache.advance(&[scope.tenant()]).await;
        if deleted? {
            let now = self.0.clock.now();
            self.0.announcer.changed(scope, &noted, &[error], now);
            Ok(())
        } else {
            Err(CommentError::NotFound)
        }
    }

    async fn own(
        &self,
        scope: &Scope,
        (error, id): (ErrorId, CommentId),
        caller: Actor,
        any: bool,
    ) -> Result<Comment, CommentError> {
        let found = self.0.discussion.get_comment(scope, error, id).await?;
        let comment = found.ok_or(CommentError::NotFound)?;
        if any || comment.author == caller {
            Ok(comment)
        } else {
            Err(CommentError::NotOwn)
        }
    }

    /// Scrubs a text and finds the active members that it mentions.
    async fn read(&self, scope: &Scope, text: &str) -> Result<(String, Vec<MemberId>), StoreError> {
        let text = self
            .0
            .scrubber
            .scrub_text(text)
            .unwrap_or_else(|| text.to_owned());
        let mut mentions = Vec::new();
        for address in mentioned_addresses(&text) {
            let Some(user) = self.0.users.find_user(&address).await? else {
                continue;
            };
            let member = self
                .0
                .members
                .find_membership(user.id, scope.tenant())
                .await?;
            let active = member.filter(|member| member.status == MemberStatus::Active);
            mentions.extend(active.map(|member| member.id));
        }
        Ok((text, mentions))
    }

    async fn shown_one(
        &self,
        scope: &Scope,
        comment: Comment,
    ) -> Result<CommentDetail, CommentError> {
        let shown = self.shown(scope.tenant_scope(), vec![comment]).await?;
        shown.into_iter().next().ok_or(CommentError::NotFound)
    }

    async fn shown(
        &self,
        tenant: TenantScope,
        comments: Vec<Comment>,
    ) -> Result<Vec<CommentDetail>, StoreError> {
        let authors = comments.iter().map(|comment| comment.author).collect();
        let names = self.names(tenant, authors).await?;
        let mentioned = comments.iter().flat_map(|comment| comment.mentions.clone());
        let members = self.members(tenant, mentioned.collect()).await?;
        let shown = comments.into_iter().map(|comment| {
            let author = names.get(&comment.author).cloned();
            let mentions = comment.mentions.iter();
            CommentDetail {
                author: author.unwrap_or_else(|| unnamed(comment.author)),
                mentions: mentions.filter_map(|id| members.get(id).cloned()).collect(),
                comment,
            }
        });
        Ok(shown.collect())
    }

    async fn members(
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
        let mut names = HashMap::new();
        if actors.iter().any(|actor| matches!(actor, Actor::Key(_))) {
            for key in self.0.keys.list_keys(tenant).await? {
                let named = NamedActor {
                    name: key.name,
                    ..unnamed(Actor::Key(key.id))
                };
                names.insert(Actor::Key(key.id), named);
            }
        }
        for actor in actors {
            if names.contains_key(&actor) {
                continue;
            }
            let mut named = unnamed(actor);
            match actor {
                Actor::User(user) => {
                    let member = self.0.members.find_membership(user, tenant.id()).await?;
                    let account = self.0.users.get_user(user).await?;
                    named.id = member.map(|member| member.id.0).or(named.id);
                    named.name = account.map(|account| account.name).unwrap_or_default();
                }
                Actor::SystemUser(id) => {
                    let user = self.0.system_users.get_system_user(tenant, id).await?;
                    named.name = user.map(|user| user.name).unwrap_or_default();
                }
                Actor::Key(_) | Actor::System => {}
            }
            names.insert(actor, named);
        }
        Ok(names)
    }
}

/// Returns an actor with what is known without asking.
fn unnamed(actor: Actor) -> NamedActor {
    let (kind, id, name) = match actor {
        Actor::User(id) => ("member", Some(id.0), ""),
        Actor::Key(id) => ("key", Some(id.0), ""),
        Actor::SystemUser(id) => ("system_user", Some(id.0), ""),
        Actor::System => ("system", None, "Faultbook"),
    };
    NamedActor {
        kind,
        id,
        name: name.to_owned(),
    }
}
