//! Rows of comments on errors.

use super::corrupt;
use crate::schema::error_comments;
use crate::types::{DbId, DbTime};
use diesel::{Insertable, Queryable, Selectable};
use faultbook_domain::errors::{Actor, Comment};
use faultbook_domain::id::{CommentId, ErrorId, MemberId, ProjectId};
use faultbook_domain::store_error::StoreError;

/// A row of `error_comments`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = error_comments)]
pub struct CommentRow {
    pub project_id: DbId,
    pub id: DbId,
    pub error_id: DbId,
    pub author: String,
    pub text: String,
    pub mentions: String,
    pub created_at: DbTime,
    pub updated_at: DbTime,
}

impl From<&Comment> for CommentRow {
    fn from(comment: &Comment) -> Self {
        let Comment {
            id,
            project_id,
            error_id,
            author,
            text,
            mentions,
            created_at,
            updated_at,
        } = comment;
        let mentions: Vec<String> = mentions.iter().map(|member| member.to_string()).collect();
        Self {
            project_id: DbId(project_id.0),
            id: DbId(id.0),
            error_id: DbId(error_id.0),
            author: author.to_string(),
            text: text.clone(),
            mentions: mentions.join(","),
            created_at: DbTime(*created_at),
            updated_at: DbTime(*updated_at),
        }
    }
}

impl TryFrom<CommentRow> for Comment {
    type Error = StoreError;

    fn try_from(row: CommentRow) -> Result<Self, StoreError> {
        let ids = row.mentions.split(',').filter(|id| !id.is_empty());
        let mentions: Result<Vec<MemberId>, _> = ids.map(str::parse).collect();
        Ok(Self {
            id: CommentId(row.id.0),
            project_id: ProjectId(row.project_id.0),
            error_id: ErrorId(row.error_id.0),
            author: Actor::from_stored(&row.author)
                .ok_or_else(|| corrupt("error_comments", "author", &row.author))?,
            text: row.text,
            mentions: mentions.map_err(|_| corrupt("error_comments", "mentions", &row.mentions))?,
            created_at: row.created_at.0,
            updated_at: row.updated_at.0,
        })
    }
}
