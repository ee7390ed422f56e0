//! Tenants' own roles, policies and permissions.

use super::StoreError;
use crate::entity::{Grant, GrantId, GrantLevel, TenantScope};
use async_trait::async_trait;

/// What became of the removal of a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantRemoval {
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
pub trait GrantStore: Send + Sync {
    /// Adds a grant.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the tenant has one of that level and name.
    async fn add_grant(&self, grant: &Grant) -> Result<(), StoreError>;

    /// One grant.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn grant(
        &self,
        tenant: TenantScope,
        level: GrantLevel,
        id: GrantId,
    ) -> Result<Option<Grant>, StoreError>;

    /// A tenant's own grants of a level, by name.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn grants(
        &self,
        tenant: TenantScope,
        level: GrantLevel,
    ) -> Result<Vec<Grant>, StoreError>;

    /// Changes name, description and members. Returns whether there is such a grant.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when another one has the name.
    async fn update_grant(&self, grant: &Grant) -> Result<bool, StoreError>;

    /// Removes a grant that nobody has.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn remove_grant(
        &self,
        tenant: TenantScope,
        level: GrantLevel,
        id: GrantId,
    ) -> Result<GrantRemoval, StoreError>;
}
