//! Tenants.

use super::project::Project;
use super::slug::Slug;
use super::tenant::Tenant;
use crate::id::{TenantId, UserId};
use crate::identity::Member;
use crate::page::{Cursor, Page};
use crate::store_error::StoreError;
use async_trait::async_trait;
use time::OffsetDateTime;

/// Keeps tenants. A deleted one is kept out of sight.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait TenantStore: Send + Sync {
    /// Adds a tenant together with its first project, whose `number` the store assigns, and its first
    /// member if it has one. MUST be all or nothing.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the slug was ever used, by a deleted tenant too.
    async fn create_tenant<'a>(
        &self,
        tenant: &Tenant,
        first_project: &Project,
        owner: Option<&'a Member>,
    ) -> Result<(), StoreError>;

    /// A tenant by id.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn get_tenant(&self, id: TenantId) -> Result<Option<Tenant>, StoreError>;

    /// A tenant by its short name.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn find_tenant(&self, slug: &Slug) -> Result<Option<Tenant>, StoreError>;

    /// Tenants, newest first: those that a person is an active member of, or all.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_tenants(
        &self,
        member: Option<UserId>,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Tenant>, StoreError>;

    /// Changes name and suspension. Returns whether there is such a tenant.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn update_tenant(&self, tenant: &Tenant) -> Result<bool, StoreError>;

    /// Puts a tenant out of sight; its slug stays taken. Returns whether there was one.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn delete_tenant(&self, id: TenantId, at: OffsetDateTime) -> Result<bool, StoreError>;
}
