//! Port: tenants.

use super::project::Project;
use super::slug::Slug;
use super::tenant::Tenant;
use crate::id::{TenantId, UserId};
use crate::identity::Member;
use crate::page::{Cursor, Page};
use crate::store_error::StoreError;
use async_trait::async_trait;
use time::OffsetDateTime;

/// Stores tenants. Deletion is soft.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait TenantStore: Send + Sync {
    /// Adds a tenant together with its first project, whose `number` the store assigns, and its first member if
    /// there is one. MUST be atomic.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the slug was ever used, including by a deleted tenant.
    async fn create_tenant<'a>(
        &self,
        tenant: &Tenant,
        first_project: &Project,
        owner: Option<&'a Member>,
    ) -> Result<(), StoreError>;

    /// Returns a tenant by id.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn get_tenant(&self, id: TenantId) -> Result<Option<Tenant>, StoreError>;

    /// Finds a tenant by slug.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn find_tenant(&self, slug: &Slug) -> Result<Option<Tenant>, StoreError>;

    /// Lists tenants, newest first: those of which a user is an active member, or all.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_tenants(
        &self,
        member: Option<UserId>,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Tenant>, StoreError>;

    /// Updates name and suspension. Returns whether the tenant exists.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn update_tenant(&self, tenant: &Tenant) -> Result<bool, StoreError>;

    /// Soft-deletes a tenant; its slug stays taken. Returns whether it existed.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn delete_tenant(&self, id: TenantId, at: OffsetDateTime) -> Result<bool, StoreError>;
}
