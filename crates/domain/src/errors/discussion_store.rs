//! Port: comments on errors, bookmarks and follows.

use super::activity::Actor;
use super::comment::{Comment, ErrorMarks, Mark};
use crate::id::{CommentId, ErrorId};
use crate::page::{Cursor, Page};
use crate::store_error::StoreError;
use crate::tenancy::Scope;
use async_trait::async_trait;

/// Outcome of adding a comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommentAdded {
    /// Added.
    Done,
    /// The error does not exist.
    NotFound,
    /// The error has as many comments as it may.
    Full,
}

/// Stores comments and marks of errors within a [`Scope`]. Errors outside the scope count as not found. What belongs to
/// an error MUST move along when it is merged into another, where a mark that both had is one, stay when a fingerprint
/// is split off, and be deleted with it.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait DiscussionStore: Send + Sync {
    /// Adds a comment with its activity, unless its error has `most` comments.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn add_comment(
        &self,
        scope: &Scope,
        comment: &Comment,
        most: u32,
    ) -> Result<CommentAdded, StoreError>;

    /// Returns a comment of an error.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn get_comment(
        &self,
        scope: &Scope,
        error: ErrorId,
        id: CommentId,
    ) -> Result<Option<Comment>, StoreError>;

    /// Updates text, mentions and time of a comment, and returns whether it exists.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn update_comment(&self, scope: &Scope, comment: &Comment) -> Result<bool, StoreError>;

    /// Deletes a comment of an error with its activity, and returns whether there was one.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn delete_comment(
        &self,
        scope: &Scope,
        error: ErrorId,
        id: CommentId,
    ) -> Result<bool, StoreError>;

    /// Lists an error's comments, oldest first. The cursor's id is a comment's; its rank is unused.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_comments(
        &self,
        scope: &Scope,
        error: ErrorId,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Comment>, StoreError>;

    /// Sets or removes a principal's mark on an error, and returns whether the error exists. MUST be idempotent.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn set_mark(
        &self,
        scope: &Scope,
        error: ErrorId,
        principal: Actor,
        mark: Mark,
        set: bool,
    ) -> Result<bool, StoreError>;

    /// Sets or removes a principal's mark on errors, and returns the ids found. MUST be idempotent.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn mark_errors(
        &self,
        scope: &Scope,
        ids: &[ErrorId],
        principal: Actor,
        mark: (Mark, bool),
    ) -> Result<Vec<ErrorId>, StoreError>;

    /// Lists a principal's marks on errors, with the number of comments; errors without any are left out.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_marks(
        &self,
        scope: &Scope,
        errors: &[ErrorId],
        principal: Actor,
    ) -> Result<Vec<(ErrorId, ErrorMarks)>, StoreError>;
}
