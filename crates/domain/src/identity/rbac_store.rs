//! Port: custom roles, policies and permissions of tenants.

use super::rbac_item::{RbacItem, RbacKind};
use crate::id::RbacItemId;
use crate::store_error::StoreError;
use crate::tenancy::TenantScope;
use async_trait::async_trait;

/// Outcome of removing an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RbacRemoval {
    /// Removed.
    Done,
    /// The item does not exist.
    NotFound,
    /// The item is used: a role by a member, system user or pending invitation, a policy by a role, a permission by
    /// a policy.
    InUse,
}

/// Stores the custom roles, policies and permissions of tenants.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait RbacStore: Send + Sync {
    /// Adds an item.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the tenant has one of that kind and name.
    async fn add_rbac_item(&self, grant: &RbacItem) -> Result<(), StoreError>;

    /// Returns an item by id.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn get_rbac_item(
        &self,
        tenant: TenantScope,
        level: RbacKind,
        id: RbacItemId,
    ) -> Result<Option<RbacItem>, StoreError>;

    /// Lists a tenant's custom items of a kind, by name.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_rbac_items(
        &self,
        tenant: TenantScope,
        level: RbacKind,
    ) -> Result<Vec<RbacItem>, StoreError>;

    /// Updates name, description and members. Returns whether the item exists.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when another one has the name.
    async fn update_rbac_item(&self, grant: &RbacItem) -> Result<bool, StoreError>;

    /// Removes an item that is not used.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn remove_rbac_item(
        &self,
        tenant: TenantScope,
        level: RbacKind,
        id: RbacItemId,
    ) -> Result<RbacRemoval, StoreError>;
}
