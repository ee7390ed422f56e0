//! The time.

use time::OffsetDateTime;

/// Where the time comes from.
#[cfg_attr(feature = "testing", mockall::automock)]
pub trait Clock: Send + Sync {
    /// Now, in UTC. MUST carry whole microseconds only: that is what stores keep.
    fn now(&self) -> OffsetDateTime;
}
