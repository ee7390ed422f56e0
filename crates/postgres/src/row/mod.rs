//! Rows of tables that are specific to PostgreSQL. Conversions destructure the other side, so that a new field does
//! not compile until it is handled.

mod error;
mod occurrence;

pub use error::ErrorRow;
pub use occurrence::OccurrenceRow;

use faultbook_domain::fingerprint::{Fingerprint, FingerprintVersion};
use uuid::Uuid;

/// Converts a fingerprint to its stored form, a uuid.
pub const fn fingerprint_id(fingerprint: Fingerprint) -> Uuid {
    Uuid::from_bytes(*fingerprint.as_bytes())
}

/// Converts a stored fingerprint.
pub const fn fingerprint_of(id: Uuid) -> Fingerprint {
    Fingerprint::from_bytes(*id.as_bytes())
}

/// Converts a version to its stored form; the column has the same width, but is signed.
pub const fn stored_version(version: FingerprintVersion) -> i16 {
    version.0.cast_signed()
}

/// Converts a stored version.
pub const fn version_of(stored: i16) -> FingerprintVersion {
    FingerprintVersion(stored.cast_unsigned())
}
