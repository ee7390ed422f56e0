//! The port for ids and random bytes.

use time::OffsetDateTime;
use uuid::Uuid;

/// Generates ids and random bytes.
#[cfg_attr(feature = "testing", mockall::automock)]
pub trait IdSource: Send + Sync {
    /// Returns a new UUIDv7 whose time is `at`. MUST be unique, and MUST sort after every id that this source
    /// generated for an earlier millisecond.
    fn next_id(&self, at: OffsetDateTime) -> Uuid;

    /// Returns 32 unpredictable bytes, fit for secrets.
    fn secret_bytes(&self) -> [u8; 32];
}
