//! New ids.

use time::OffsetDateTime;
use uuid::Uuid;

/// Where ids and other random values come from.
#[cfg_attr(feature = "testing", mockall::automock)]
pub trait IdSource: Send + Sync {
    /// A new UUIDv7 whose time is `at`. MUST be unique, and MUST sort after every id that this
    /// source made for an earlier millisecond.
    fn next_id(&self, at: OffsetDateTime) -> Uuid;

    /// 32 unpredictable bytes, fit for secrets.
    fn secret_bytes(&self) -> [u8; 32];
}
