//! What a store needs done now and then.

use crate::store_error::StoreError;
use async_trait::async_trait;
use time::{Duration, OffsetDateTime};

/// How long callers' event ids are remembered.
pub const EVENT_IDS_KEPT: Duration = Duration::days(7);

/// Keeps a store in shape.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait StoreMaintenance: Send + Sync {
    /// Makes what must exist ahead of time (partitions) and forgets event ids older than
    /// [`EVENT_IDS_KEPT`]. MUST be safe to run at any time, on several nodes at once, and in bounded
    /// steps that never hold up recording.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails; the next run goes on.
    async fn run_maintenance(&self, now: OffsetDateTime) -> Result<(), StoreError>;
}
