//! [`DiscussionStore`](crate::errors::DiscussionStore) in process.

use super::{MemoryStore, State, activity};
use crate::errors::{Actor, Change, Comment, CommentAdded, DiscussionStore, ErrorMarks, Mark};
use crate::id::{CommentId, ErrorId, ProjectId};
use crate::page::{Cursor, Page};
use crate::store_error::StoreError;
use crate::tenancy::Scope;
use async_trait::async_trait;

#[async_trait]
impl DiscussionStore for MemoryStore {
    async fn add_comment(
        &self,
        scope: &Scope,
        comment: &Comment,
        most: u32,
    ) -> Result<CommentAdded, StoreError> {
        let mut state = self.state();
        let Some(key) = state.find(scope, comment.error_id) else {
            return Ok(CommentAdded::NotFound);
        };
        if state.comments_of(key).count() >= most as usize {
            return Ok(CommentAdded::Full);
        }
        let comment = Comment {
            project_id: key.0,
            ..comment.clone()
        };
        let by = (comment.author, comment.created_at);
        let entry = activity(&*self.ids, key, Change::Commented(comment.id), by);
        state.note(entry);
        state.comments.insert((key.0, comment.id), comment);
        Ok(CommentAdded::Done)
    }

    async fn get_comment(
        &self,
        scope: &Scope,
        error: ErrorId,
        id: CommentId,
    ) -> Result<Option<Comment>, StoreError> {
        let state = self.state();
        let found = state.find(scope, error);
        let found = found.and_then(|key| state.comments_of(key).find(|one| one.id == id));
        Ok(found.cloned())
    }

    async fn update_comment(&self, scope: &Scope, comment: &Comment) -> Result<bool, StoreError> {
        let mut state = self.state();
        let Some(key) = state.find(scope, comment.error_id) else {
            return Ok(false);
        };
        let kept = state.comments.get_mut(&(key.0, comment.id));
        let Some(kept) = kept.filter(|kept| kept.error_id == key.1) else {
            return Ok(false);
        };
        let mut mentioned = comment.mentions.iter();
        let is_new = mentioned.any(|member| !kept.mentions.contains(member));
        kept.text.clone_from(&comment.text);
        kept.mentions.clone_from(&comment.mentions);
        kept.updated_at = comment.updated_at;
        if is_new {
            state.note_mentions(comment.id);
        }
        Ok(true)
    }

    async fn delete_comment(
        &self,
        scope: &Scope,
        error: ErrorId,
        id: CommentId,
    ) -> Result<bool, StoreError> {
        let mut state = self.state();
        let Some(key) = state.find(scope, error) else {
            return Ok(false);
        };
        let is_own = state.comments_of(key).any(|one| one.id == id);
        if is_own {
            state.comments.remove(&(key.0, id));
            state
                .activity
                .retain(|entry| entry.change != Change::Commented(id));
        }
        Ok(is_own)
    }

    async fn list_comments(
        &self,
        scope: &Scope,
        error: ErrorId,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Comment>, StoreError> {
        let state = self.state();
        let key = state.find(scope, error);
        let all: Vec<&Comment> = key.map_or_else(Vec::new, |key| state.comments_of(key).collect());
        let total = all.len() as u64;
        let rest = all
            .into_iter()
            .filter(|one| after.is_none_or(|after| one.id.0 > after.id));
        let items = rest.take(limit as usize + 1).cloned().collect();
        Ok(Page::newest(items, limit, total, |one: &Comment| one.id.0))
    }

    async fn set_mark(
        &self,
        scope: &Scope,
        error: ErrorId,
        principal: Actor,
        mark: Mark,
        set: bool,
    ) -> Result<bool, StoreError> {
        let mut state = self.state();
        let Some(key) = state.find(scope, error) else {
            return Ok(false);
        };
        let entry = (key, principal.to_string(), mark);
        if set {
            state.marks.insert(entry);
        } else {
            state.marks.remove(&entry);
        }
        Ok(true)
    }

    async fn mark_errors(
        &self,
        scope: &Scope,
        ids: &[ErrorId],
        principal: Actor,
        (mark, set): (Mark, bool),
    ) -> Result<Vec<ErrorId>, StoreError> {
        let mut found = Vec::with_capacity(ids.len());
        for id in ids {
            if self.set_mark(scope, *id, principal, mark, set).await? {
                found.push(*id);
            }
        }
        Ok(found)
    }

    async fn list_marks(
        &self,
        scope: &Scope,
        errors: &[ErrorId],
        principal: Actor,
    ) -> Result<Vec<(ErrorId, ErrorMarks)>, StoreError> {
        let state = self.state();
        let principal = principal.to_string();
        let keys = errors.iter().filter_map(|id| state.find(scope, *id));
        let marks = keys.map(|key| {
            let has = |mark| state.marks.contains(&(key, principal.clone(), mark));
            let marks = ErrorMarks {
                bookmarked: has(Mark::Bookmark),
                followed: has(Mark::Follow),
                comments: state.comments_of(key).count() as u64,
            };
            (key.1, marks)
        });
        Ok(marks
            .filter(|(_, marks)| *marks != ErrorMarks::default())
            .collect())
    }
}

impl State {
    /// Returns an error's comments, oldest first.
    fn comments_of(&self, key: (ProjectId, ErrorId)) -> impl Iterator<Item = &Comment> {
        let all = self.comments.values();
        all.filter(move |one| (one.project_id, one.error_id) == key)
    }

    /// Moves comments and marks to the error that another was merged into.
    pub(super) fn move_discussion(
        &mut self,
        from: (ProjectId, ErrorId),
        into: (ProjectId, ErrorId),
    ) {
        for comment in self.comments.values_mut() {
            if (comment.project_id, comment.error_id) == from {
                comment.error_id = into.1;
            }
        }
        let marks = std::mem::take(&mut self.marks).into_iter();
        self.marks = marks
            .map(|(key, principal, mark)| (if key == from { into } else { key }, principal, mark))
            .collect();
    }

    /// Deletes the comments and marks of an error.
    pub(super) fn delete_discussion(&mut self, key: (ProjectId, ErrorId)) {
        self.comments
            .retain(|_, one| (one.project_id, one.error_id) != key);
        self.marks.retain(|(own, ..)| *own != key);
    }
}
