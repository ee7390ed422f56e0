//! Rows of the shared tables, with conversions from and to domain types. Each conversion destructures the other side,
//! so that a new field does not compile until it is handled.
#![expect(
    missing_docs,
    reason = "the fields of a row are the columns of its table"
)]

mod account;
mod activity;
mod alert;
mod artifact;
mod comment;
mod commit;
mod feedback;
mod job;
mod letter;
mod project_key;
mod release;
mod team;
mod triage;

pub use account::{KeyRow, NewProjectRow, ProfileRow, ProjectRow, TenantRow, UserRow};
pub use activity::ActivityRow;
pub use alert::{ChangeRow, DeliveryRow, FiringRow, IncidentRow, IntegrationRow, RuleRow, micros};
pub use artifact::{
    ArtifactRow, BlobRow, ChunkRow, EntryRow, FileRow, FoundEntryRow, PlaceRow, chunk_digests,
};
pub use comment::CommentRow;
pub use commit::{CommitSummaryRow, ReleaseCommitsRow};
pub use feedback::FeedbackRow;
pub use job::{JobRow, JobStepRow};
pub use letter::LetterRow;
pub use project_key::ProjectKeyRow;
pub use release::{DeployRow, ReleaseRow};
pub use team::{
    AuditRow, InvitationRow, MemberRow, PersonRow, RbacItemRow, SessionRow, SystemUserRow,
};
pub use triage::TriageRow;

use faultbook_domain::identity::KeyDigest;
use faultbook_domain::store_error::StoreError;
use std::fmt::Display;
use std::str::FromStr;

/// Builds the error of a stored value that cannot be converted.
pub fn corrupt(table: &'static str, column: &'static str, value: &dyn Display) -> StoreError {
    StoreError::Corrupt {
        table,
        column,
        value: value.to_string(),
    }
}

/// Parses a value that is stored by its name (a level, a slug).
///
/// # Errors
/// [`StoreError::Corrupt`] with the column, when the text is not such a name.
pub fn parsed<T: FromStr>(
    table: &'static str,
    column: &'static str,
    text: &str,
) -> Result<T, StoreError> {
    text.parse().map_err(|_| corrupt(table, column, &text))
}

/// Converts a stored digest. The error omits the value: digests must not appear in logs.
fn digest(table: &'static str, bytes: Vec<u8>) -> Result<KeyDigest, StoreError> {
    let bytes = bytes.try_into();
    Ok(KeyDigest(
        bytes.map_err(|_| corrupt(table, "digest", &"no 32 bytes"))?,
    ))
}

/// Converts an optional row.
///
/// # Errors
/// When the row cannot be converted.
pub fn one<R, T>(row: Option<R>) -> Result<Option<T>, StoreError>
where
    T: TryFrom<R, Error = StoreError>,
{
    row.map(T::try_from).transpose()
}

/// Converts rows.
///
/// # Errors
/// When a row cannot be converted.
pub fn all<R, T>(rows: Vec<R>) -> Result<Vec<T>, StoreError>
where
    T: TryFrom<R, Error = StoreError>,
{
    rows.into_iter().map(T::try_from).collect()
}
