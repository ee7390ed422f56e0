//! Answers kept for a while.

use crate::id::TenantId;
use crate::store_error::StoreError;
use async_trait::async_trait;
use std::time::Duration;

/// Keeps bytes for a while, and a generation per tenant: a token that is part of every key of that
/// tenant, so that changing it makes everything older unreachable at once, on every node.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Cache: Send + Sync {
    /// The tenant's current generation. MUST differ from every token that was current before an
    /// [`Cache::advance`] which has returned, also when the cache lost its memory in between.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: the caller then does without the cache.
    async fn generation(&self, tenant: TenantId) -> Result<String, StoreError>;

    /// Ends the current generation of these tenants. A cache that has no room for a new one MUST end the
    /// old one all the same.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: others may go on serving what is old until this succeeds.
    async fn advance(&self, tenants: &[TenantId]) -> Result<(), StoreError>;

    /// What was put under the key and has not expired.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: the caller then does without the cache.
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError>;

    /// Keeps bytes under the key for `ttl`. May forget them sooner, at once if they are too many.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: nothing was kept.
    async fn put(&self, key: &str, value: Vec<u8>, ttl: Duration) -> Result<(), StoreError>;
}
