//! Tenants.

use super::StoreError;
use crate::entity::{Project, Slug, Tenant, TenantId};
use async_trait::async_trait;

/// Keeps tenants.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait TenantStore: Send + Sync {
    /// Adds a tenant together with its first project, whose `number` the store assigns. MUST be all or
    /// nothing.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the slug was ever used.
    async fn create(&self, tenant: &Tenant, first_project: &Project) -> Result<(), StoreError>;

    /// A tenant by id.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn get(&self, id: TenantId) -> Result<Option<Tenant>, StoreError>;

    /// A tenant by its short name.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn find(&self, slug: &Slug) -> Result<Option<Tenant>, StoreError>;
}
