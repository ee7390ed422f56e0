//! Rows of the tables that PostgreSQL keeps its own way. Conversions take the other side apart field by
//! field, so that a new one does not compile until it is handled.

mod error;
mod occurrence;

pub use error::ErrorRow;
pub use occurrence::OccurrenceRow;

use faultbook_domain::fingerprint::{Fingerprint, FingerprintVersion};
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
