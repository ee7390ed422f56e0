//! Port: API keys.

use super::api_key::{ApiKey, KeyDigest};
use crate::id::KeyId;
use crate::store_error::StoreError;
use crate::tenancy::TenantScope;
use async_trait::async_trait;
use time::OffsetDateTime;

/// Stores API keys.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait KeyStore: Send + Sync {
    /// Adds a key.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when a key with that digest exists.
    async fn create_key(&self, key: &ApiKey) -> Result<(), StoreError>;

    /// Finds a key by digest, revoked and expired ones too.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn find_key(&self, digest: &KeyDigest) -> Result<Option<ApiKey>, StoreError>;

    /// Lists a tenant's keys that are not revoked, newest first.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_keys(&self, tenant: TenantScope) -> Result<Vec<ApiKey>, StoreError>;

    /// Revokes a key of the tenant. Returns whether it existed and was not revoked before.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn revoke_key(
        &self,
        tenant: TenantScope,
        id: KeyId,
        at: OffsetDateTime,
    ) -> Result<bool, StoreError>;

    /// Updates `last_used` of keys. MUST never move it back.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn touch_keys(&self, used: &[(KeyId, OffsetDateTime)]) -> Result<(), StoreError>;
}
