//! Comments on errors: lists, writes, changes and deletes them.

use super::activity::Actor;
use super::actor_names::NamedActor;
use super::change::Assignee;
use super::comment::{Comment, mentioned_addresses};
use super::discussion::Discussion;
use super::discussion_store::CommentAdded;
use crate::id::{CommentId, ErrorId, MemberId, ProjectId};
use crate::identity::MemberStatus;
use crate::page::{Cursor, Page};
use crate::store_error::StoreError;
use crate::tenancy::{Scope, TenantScope};
use uuid::Uuid;

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

impl Discussion {
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
        let names = self.0.names.of(tenant, authors).await?;
        let mentioned = comments.iter().flat_map(|comment| comment.mentions.clone());
        let members = self.members(tenant, mentioned.collect()).await?;
        let shown = comments.into_iter().map(|comment| {
            let author = names.get(&comment.author).cloned();
            let mentions = comment.mentions.iter();
            CommentDetail {
                author: author.unwrap_or_else(|| NamedActor::unnamed(comment.author)),
                mentions: mentions.filter_map(|id| members.get(id).cloned()).collect(),
                comment,
            }
        });
        Ok(shown.collect())
    }
}
