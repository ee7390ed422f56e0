//! Tenants' own roles, policies and permissions.

use super::rbac_item::{RbacItem, RbacKind};
use crate::id::RbacItemId;
use crate::store_error::StoreError;
use crate::tenancy::TenantScope;
use async_trait::async_trait;

/// What became of the removal of a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RbacRemoval {
    /// It is gone.
    Done,
    /// There is no such grant.
    NotFound,
    /// Somebody has it: a member, a system user or a pending invitation a role, a role a policy, a policy
    /// a permission.
    InUse,
}

/// Keeps what tenants add to the built-in grants.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait RbacStore: Send + Sync {
    /// Adds a grant.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the tenant has one of that level and name.
    async fn add_rbac_item(&self, grant: &RbacItem) -> Result<(), StoreError>;

    /// One grant.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn get_rbac_item(
        &self,
        tenant: TenantScope,
        level: RbacKind,
        id: RbacItemId,
    ) -> Result<Option<RbacItem>, StoreError>;

    /// A tenant's own grants of a level, by name.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_rbac_items(
        &self,
        tenant: TenantScope,
        level: RbacKind,
    ) -> Result<Vec<RbacItem>, StoreError>;

    /// Changes name, description and members. Returns whether there is such a grant.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when another one has the name.
    async fn update_rbac_item(&self, grant: &RbacItem) -> Result<bool, StoreError>;

    /// Removes a grant that nobody has.
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
