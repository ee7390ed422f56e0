//! Rows of the tables, and the domain's records as rows. Each conversion takes the other side apart field
//! by field, so that a new one does not compile until it is handled.
#![expect(
    missing_docs,
    reason = "the fields of a row are the columns of its table"
)]

mod account;
mod activity;
mod alert;
mod team;

pub use account::{KeyRow, NewProjectRow, ProjectRow, TenantRow, UserRow};
pub use activity::ActivityRow;
pub use alert::{ChangeRow, DeliveryRow, FiringRow, IncidentRow, IntegrationRow, RuleRow};
pub use team::{
    AuditRow, InvitationRow, MemberRow, PersonRow, RbacItemRow, SessionRow, SystemUserRow,
};

use faultbook_domain::identity::KeyDigest;
use faultbook_domain::store_error::StoreError;
use std::fmt::Display;
use std::str::FromStr;

/// A stored value that no domain type can take.
pub fn corrupt(table: &'static str, column: &'static str, value: &dyn Display) -> StoreError {
    StoreError::Corrupt {
        table,
        column,
        value: value.to_string(),
    }
}

/// A value that is stored by its name (a level, a slug).
///
/// # Errors
/// Names the column whose text is no such name.
pub fn parsed<T: FromStr>(
    table: &'static str,
    column: &'static str,
    text: &str,
) -> Result<T, StoreError> {
    text.parse().map_err(|_| corrupt(table, column, &text))
}

/// The value stays out of the error: whoever reads a log must not find digests there.
fn digest(table: &'static str, bytes: Vec<u8>) -> Result<KeyDigest, StoreError> {
    let bytes = bytes.try_into();
    Ok(KeyDigest(
        bytes.map_err(|_| corrupt(table, "digest", &"no 32 bytes"))?,
    ))
}

/// The record of a row that may be absent.
///
/// # Errors
/// When the row holds what the record cannot.
pub fn one<R, T>(row: Option<R>) -> Result<Option<T>, StoreError>
where
    T: TryFrom<R, Error = StoreError>,
{
    row.map(T::try_from).transpose()
}

/// The records of some rows.
///
/// # Errors
/// When one of the rows holds what the record cannot.
pub fn all<R, T>(rows: Vec<R>) -> Result<Vec<T>, StoreError>
where
    T: TryFrom<R, Error = StoreError>,
{
    rows.into_iter().map(T::try_from).collect()
}
