//! Port: leases.

use crate::store_error::StoreError;
use async_trait::async_trait;
use std::time::Duration;
use uuid::Uuid;

/// Grants named leases, each to one holder at a time.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Lease: Send + Sync {
    /// Acquires a lease for `ttl`, or extends it. Returns whether the holder has it. MUST NOT grant it to two holders
    /// at once; MUST grant it to another holder once it has expired.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: the holder is unknown.
    async fn hold(&self, name: &str, holder: Uuid, ttl: Duration) -> Result<bool, StoreError>;

    /// Releases a lease, if the holder has it.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: the lease expires instead.
    async fn release(&self, name: &str, holder: Uuid) -> Result<(), StoreError>;
}
