//! Port: periodic maintenance of a store.

use crate::store_error::StoreError;
use async_trait::async_trait;
use time::{Duration, OffsetDateTime};

/// How long clients' event ids are kept for deduplication.
pub const EVENT_IDS_KEPT: Duration = Duration::days(7);

/// Periodic maintenance of a store.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait StoreMaintenance: Send + Sync {
    /// Creates partitions ahead of time and deletes event ids older than [`EVENT_IDS_KEPT`]. MUST be safe to run at
    /// any time, on several nodes at once, and in short transactions that never block recording.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails; the next run continues.
    async fn run_maintenance(&self, now: OffsetDateTime) -> Result<(), StoreError>;
}
