//! Rows as the tables hold them, and the domain's records as rows. Both ways take the other apart
//! field by field, so that a new one does not compile until it is handled.

mod account;
mod alert;
mod error;
mod occurrence;
mod team;

pub use account::{KeyRow, NewProjectRow, ProjectRow, TenantRow, UserRow};
pub use alert::{ChangeRow, DeliveryRow, FiringRow, IncidentRow, IntegrationRow, RuleRow};
pub use error::{ActivityRow, ErrorRow};
pub use occurrence::OccurrenceRow;
pub use team::{
    AuditRow, InvitationRow, MemberRecord, MemberRow, PersonOfMember, RbacItemRow, SessionRow,
    SystemUserRow,
};

use crate::failure::corrupt;
use faultbook_domain::fingerprint::{Fingerprint, FingerprintVersion};
use faultbook_domain::store_error::StoreError;
use uuid::Uuid;

/// A fingerprint as stored: PostgreSQL keeps 16 bytes best as a uuid.
pub const fn fingerprint_id(fingerprint: Fingerprint) -> Uuid {
    Uuid::from_bytes(*fingerprint.as_bytes())
}

/// And back.
pub const fn fingerprint_of(id: Uuid) -> Fingerprint {
    Fingerprint::from_bytes(*id.as_bytes())
}

/// A version as stored; the column is as wide, but signed.
pub const fn stored_version(version: FingerprintVersion) -> i16 {
    version.0.cast_signed()
}

/// And back.
pub const fn version_of(stored: i16) -> FingerprintVersion {
    FingerprintVersion(stored.cast_unsigned())
}

/// A value kept by its name, or which column is at fault.
pub fn parsed<T: std::str::FromStr>(
    table: &'static str,
    column: &'static str,
    text: &str,
) -> Result<T, StoreError> {
    text.parse().map_err(|_| corrupt(table, column, &text))
}
