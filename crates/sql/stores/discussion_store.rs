//! Comments, bookmarks and follows over SQL.

use crate::dialect;
use crate::driver::{Connection, Failure, RunQueryDsl, Store};
use crate::stores::letter_store::note_mentions;
use crate::stores::triage_store::{entry, error_ids, note, visible};
use async_trait::async_trait;
use diesel::dsl::count_star;
use diesel::prelude::*;
use faultbook_domain::errors::{
    ActivityKind, Actor, Change, Comment, CommentAdded, DiscussionStore, ErrorMarks, Mark,
};
use faultbook_domain::id::{CommentId, ErrorId};
use faultbook_domain::page::{Cursor, Page};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::Scope;
use faultbook_sql::row::{CommentRow, all, one};
use faultbook_sql::schema::{error_activity, error_comments, error_marks};
use faultbook_sql::types::DbId;
use std::collections::HashMap;
use uuid::Uuid;

#[async_trait]
impl DiscussionStore for Store {
    async fn add_comment(
        &self,
        scope: &Scope,
        comment: &Comment,
        most: u32,
    ) -> Result<CommentAdded, StoreError> {
        let (projects, ids) = (visible(scope), self.activity_ids());
        let comment = comment.clone();
        self.write(async move |connection| {
            let error = vec![DbId(comment.error_id.0)];
            // Locked, so that it is neither merged nor deleted meanwhile, nor gets too many comments.
            let locked = dialect::lock_errors(connection, projects.clone(), error).await?;
            let Some((project, id, _)) = locked.into_iter().next() else {
                return Ok(CommentAdded::NotFound);
            };
            let there_are: i64 = error_comments::table
                .filter(error_comments::project_id.eq(project))
                .filter(error_comments::error_id.eq(id))
                .select(count_star())
                .first(connection)
                .await?;
            if there_are >= i64::from(most) {
                return Ok(CommentAdded::Full);
            }
            let row = CommentRow {
                project_id: project,
                ..CommentRow::from(&comment)
            };
            diesel::insert_into(error_comments::table)
                .values(row)
                .execute(connection)
                .await?;
            let by = (comment.author, comment.created_at);
            let noted = entry(&ids, (project, id), Change::Commented(comment.id), by);
            note(connection, vec![noted]).await?;
            Ok(CommentAdded::Done)
        })
        .await
    }

    async fn get_comment(
        &self,
        scope: &Scope,
        error: ErrorId,
        id: CommentId,
    ) -> Result<Option<Comment>, StoreError> {
        let projects = visible(scope);
        self.read(async move |connection| {
            let row: Option<CommentRow> = error_comments::table
                .filter(error_comments::project_id.eq_any(projects.clone()))
                .filter(error_comments::error_id.eq(DbId(error.0)))
                .filter(error_comments::id.eq(DbId(id.0)))
                .select(CommentRow::as_select())
                .first(connection)
                .await
                .optional()?;
            Ok(one(row)?)
        })
        .await
    }

    async fn update_comment(&self, scope: &Scope, comment: &Comment) -> Result<bool, StoreError> {
        let projects = visible(scope);
        let row = CommentRow::from(comment);
        self.write(async move |connection| {
            let own = error_comments::table
                .filter(error_comments::project_id.eq_any(projects.clone()))
                .filter(error_comments::error_id.eq(row.error_id))
                .filter(error_comments::id.eq(row.id));
            let before: Option<(DbId, String)> = own
                .select((error_comments::project_id, error_comments::mentions))
                .first(connection)
                .await
                .optional()?;
            let Some((project, before)) = before else {
                return Ok(false);
            };
            let mut mentioned = row.mentions.split(',').filter(|id| !id.is_empty());
            if mentioned.any(|member| !before.split(',').any(|known| known == member)) {
                note_mentions(connection, project, row.id).await?;
            }
            let own = error_comments::table.find((project, row.id));
            let changed = diesel::update(own)
                .set((
                    error_comments::text.eq(&row.text),
                    error_comments::mentions.eq(&row.mentions),
                    error_comments::updated_at.eq(row.updated_at),
                ))
                .execute(connection)
                .await?;
            Ok(changed > 0)
        })
        .await
    }

    async fn delete_comment(
        &self,
        scope: &Scope,
        error: ErrorId,
        id: CommentId,
    ) -> Result<bool, StoreError> {
        let projects = visible(scope);
        self.write(async move |connection| {
            let own = error_comments::table
                .filter(error_comments::project_id.eq_any(projects.clone()))
                .filter(error_comments::error_id.eq(DbId(error.0)))
                .filter(error_comments::id.eq(DbId(id.0)));
            if diesel::delete(own).execute(connection).await? == 0 {
                return Ok(false);
            }
            let told = error_activity::table
                .filter(error_activity::project_id.eq_any(projects.clone()))
                .filter(error_activity::error_id.eq(DbId(error.0)))
                .filter(error_activity::kind.eq(ActivityKind::Commented.as_str()))
                .filter(error_activity::detail.eq(id.to_string()));
            diesel::delete(told).execute(connection).await?;
            Ok(true)
        })
        .await
    }

    async fn list_comments(
        &self,
        scope: &Scope,
        error: ErrorId,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Comment>, StoreError> {
        let projects = visible(scope);
        self.read(async move |connection| {
            let total: i64 = error_comments::table
                .filter(error_comments::project_id.eq_any(projects.clone()))
                .filter(error_comments::error_id.eq(DbId(error.0)))
                .select(count_star())
                .first(connection)
                .await?;
            let rows: Vec<CommentRow> = error_comments::table
                .filter(error_comments::project_id.eq_any(projects.clone()))
                .filter(error_comments::error_id.eq(DbId(error.0)))
                .filter(error_comments::id.gt(DbId(after.map_or(Uuid::nil(), |after| after.id))))
                .order(error_comments::id)
                .limit(i64::from(limit) + 1)
                .select(CommentRow::as_select())
                .load(connection)
                .await?;
            let total = u64::try_from(total).unwrap_or(0);
            Ok(Page::newest(all(rows)?, limit, total, |one: &Comment| {
                one.id.0
            }))
        })
        .await
    }

    async fn set_mark(
        &self,
        scope: &Scope,
        error: ErrorId,
        principal: Actor,
        mark: Mark,
        set: bool,
    ) -> Result<bool, StoreError> {
        let projects = visible(scope);
        self.write(async move |connection| {
            let error = vec![DbId(error.0)];
            let locked = dialect::lock_errors(connection, projects.clone(), error).await?;
            let Some((project, id, _)) = locked.into_iter().next() else {
                return Ok(false);
            };
            let (principal, kind) = (principal.to_string(), mark.as_str());
            if set {
                diesel::insert_into(error_marks::table)
                    .values((
                        error_marks::project_id.eq(project),
                        error_marks::error_id.eq(id),
                        error_marks::principal.eq(principal),
                        error_marks::kind.eq(kind),
                    ))
                    .on_conflict_do_nothing()
                    .execute(connection)
                    .await?;
            } else {
                let own = error_marks::table.find((project, id, principal, kind));
                diesel::delete(own).execute(connection).await?;
            }
            Ok(true)
        })
        .await
    }

    async fn mark_errors(
        &self,
        scope: &Scope,
        ids: &[ErrorId],
        principal: Actor,
        (mark, set): (Mark, bool),
    ) -> Result<Vec<ErrorId>, StoreError> {
        let (projects, ids) = (visible(scope), error_ids(ids));
        self.write(async move |connection| {
            let locked = dialect::lock_errors(connection, projects.clone(), ids.clone()).await?;
            let (principal, kind) = (principal.to_string(), mark.as_str());
            let mut found = Vec::with_capacity(locked.len());
            for (project, id, _) in locked {
                found.push(ErrorId(id.0));
                if set {
                    diesel::insert_into(error_marks::table)
                        .values((
                            error_marks::project_id.eq(project),
                            error_marks::error_id.eq(id),
                            error_marks::principal.eq(&principal),
                            error_marks::kind.eq(kind),
                        ))
                        .on_conflict_do_nothing()
                        .execute(connection)
                        .await?;
                } else {
                    let own = error_marks::table.find((project, id, &principal, kind));
                    diesel::delete(own).execute(connection).await?;
                }
            }
            Ok(found)
        })
        .await
    }

    async fn list_marks(
        &self,
        scope: &Scope,
        errors: &[ErrorId],
        principal: Actor,
    ) -> Result<Vec<(ErrorId, ErrorMarks)>, StoreError> {
        let (projects, errors) = (visible(scope), error_ids(errors));
        self.read(async move |connection| {
            let mut found = comments_of(connection, projects.clone(), errors.clone()).await?;
            let marks: Vec<(DbId, String)> = error_marks::table
                .filter(error_marks::principal.eq(principal.to_string()))
                .filter(error_marks::project_id.eq_any(projects.clone()))
                .filter(error_marks::error_id.eq_any(errors.clone()))
                .select((error_marks::error_id, error_marks::kind))
                .load(connection)
                .await?;
            for (error, kind) in marks {
                let own = found.entry(ErrorId(error.0)).or_default();
                own.bookmarked |= kind == Mark::Bookmark.as_str();
                own.followed |= kind == Mark::Follow.as_str();
            }
            Ok(found.into_iter().collect())
        })
        .await
    }
}

/// Counts the comments of errors.
async fn comments_of(
    connection: &mut Connection,
    projects: Vec<DbId>,
    errors: Vec<DbId>,
) -> Result<HashMap<ErrorId, ErrorMarks>, Failure> {
    let counts: Vec<(DbId, i64)> = error_comments::table
        .filter(error_comments::project_id.eq_any(projects))
        .filter(error_comments::error_id.eq_any(errors))
        .group_by(error_comments::error_id)
        .select((error_comments::error_id, count_star()))
        .load(connection)
        .await?;
    let marks = counts.into_iter().map(|(error, count)| {
        let marks = ErrorMarks {
            comments: u64::try_from(count).unwrap_or(0),
            ..ErrorMarks::default()
        };
        (ErrorId(error.0), marks)
    });
    Ok(marks.collect())
}
