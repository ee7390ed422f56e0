//! Rows of letters.

use super::corrupt;
use crate::schema::letters;
use crate::types::{DbId, DbTime};
use diesel::{Insertable, Queryable, Selectable};
use faultbook_domain::id::{ActivityId, LetterId, MemberId, ProjectId, TenantId};
use faultbook_domain::letters::{Letter, LetterReason, LetterStatus};
use faultbook_domain::store_error::StoreError;

/// A row of `letters`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = letters, treat_none_as_default_value = false)]
pub struct LetterRow {
    pub id: DbId,
    pub tenant_id: DbId,
    pub project_id: DbId,
    pub activity_id: DbId,
    pub others: i32,
    pub member_id: DbId,
    pub reason: String,
    pub status: String,
    pub attempts: i32,
    pub next_attempt_at: DbTime,
    pub created_at: DbTime,
    pub failure: Option<String>,
}

impl From<&Letter> for LetterRow {
    /// The row of a letter that is yet to be sent.
    fn from(letter: &Letter) -> Self {
        let Letter {
            id,
            tenant_id,
            activity: (project, activity),
            others,
            member_id,
            reason,
            attempts,
            created_at,
        } = letter;
        Self {
            id: DbId(id.0),
            tenant_id: DbId(tenant_id.0),
            project_id: DbId(project.0),
            activity_id: DbId(activity.0),
            others: i32::try_from(*others).unwrap_or(i32::MAX),
            member_id: DbId(member_id.0),
            reason: reason.as_str().to_owned(),
            status: LetterStatus::Pending.as_str().to_owned(),
            attempts: i32::try_from(*attempts).unwrap_or(i32::MAX),
            next_attempt_at: DbTime(*created_at),
            created_at: DbTime(*created_at),
            failure: None,
        }
    }
}

impl TryFrom<LetterRow> for Letter {
    type Error = StoreError;

    fn try_from(row: LetterRow) -> Result<Self, StoreError> {
        let reason = LetterReason::from_stored(&row.reason);
        Ok(Self {
            id: LetterId(row.id.0),
            tenant_id: TenantId(row.tenant_id.0),
            activity: (ProjectId(row.project_id.0), ActivityId(row.activity_id.0)),
            others: row.others.unsigned_abs(),
            member_id: MemberId(row.member_id.0),
            reason: reason.ok_or_else(|| corrupt("letters", "reason", &row.reason))?,
            attempts: row.attempts.unsigned_abs(),
            created_at: row.created_at.0,
        })
    }
}
