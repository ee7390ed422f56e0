//! Tenants' channels, sealed.

use super::channel::ChannelKind;
use super::integration::{ChannelTest, Integration};
use crate::store_error::StoreError;
use crate::tenancy::TenantScope;
use async_trait::async_trait;

/// Keeps tenants' channels.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait IntegrationStore: Send + Sync {
    /// A tenant's channels.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_integrations(&self, tenant: TenantScope) -> Result<Vec<Integration>, StoreError>;

    /// Sets one, in place of an earlier one.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn put_integration(&self, integration: &Integration) -> Result<(), StoreError>;

    /// Removes one. Returns whether there was one.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn delete_integration(
        &self,
        tenant: TenantScope,
        kind: ChannelKind,
    ) -> Result<bool, StoreError>;

    /// Notes how a test went.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn record_integration_test(
        &self,
        tenant: TenantScope,
        kind: ChannelKind,
        test: &ChannelTest,
    ) -> Result<(), StoreError>;
}

/// Makes what is kept unreadable to whoever has the store alone.
#[cfg_attr(feature = "testing", mockall::automock)]
pub trait SecretBox: Send + Sync {
    /// Seals a text.
    fn seal(&self, text: &[u8]) -> Vec<u8>;

    /// Opens what was sealed; `None` when it was sealed with another key, or changed.
    fn open(&self, sealed: &[u8]) -> Option<Vec<u8>>;
}
