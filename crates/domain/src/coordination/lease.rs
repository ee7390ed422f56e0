//! Work that one node at a time does.

use crate::store_error::StoreError;
use async_trait::async_trait;
use std::time::Duration;
use uuid::Uuid;

/// Gives work to one holder at a time.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Lease: Send + Sync {
    /// Takes the named work for `ttl`, or goes on holding it for so long from now. Returns whether the
    /// holder has it. MUST NOT give it to two holders at once; MUST give it to somebody else once its
    /// time is over.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: nobody knows who has it.
    async fn hold(&self, name: &str, holder: Uuid, ttl: Duration) -> Result<bool, StoreError>;

    /// Gives it back, if the holder has it.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: it is free when its time is over.
    async fn release(&self, name: &str, holder: Uuid) -> Result<(), StoreError>;
}
