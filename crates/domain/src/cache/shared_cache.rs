//! Port: cache with a generation per tenant.

use crate::id::TenantId;
use crate::store_error::StoreError;
use async_trait::async_trait;
use std::time::Duration;

/// Caches bytes, and a generation per tenant: a token that is part of every key of that tenant, so that replacing it
/// invalidates all older entries at once, on every node.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Cache: Send + Sync {
    /// Returns the tenant's current generation. MUST differ from every token that was current before an
    /// [`Cache::advance`] which has returned, also when the cache lost its memory in between.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: the caller then bypasses the cache.
    async fn generation(&self, tenant: TenantId) -> Result<String, StoreError>;

    /// Ends the current generation of these tenants. A cache without room for a new one MUST still end the old one.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: other nodes may serve stale entries until a retry succeeds.
    async fn advance(&self, tenants: &[TenantId]) -> Result<(), StoreError>;

    /// Returns the bytes of a key, unless they have expired.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: the caller then bypasses the cache.
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError>;

    /// Stores bytes under a key for `ttl`. May evict them earlier, at once if they are too large.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: nothing was stored.
    async fn put(&self, key: &str, value: Vec<u8>, ttl: Duration) -> Result<(), StoreError>;
}
