//! The clock port.

use time::OffsetDateTime;

/// Provides the current time.
#[cfg_attr(feature = "testing", mockall::automock)]
pub trait Clock: Send + Sync {
    /// Returns the current time in UTC. MUST carry whole microseconds only: stores keep no finer precision.
    fn now(&self) -> OffsetDateTime;
}
