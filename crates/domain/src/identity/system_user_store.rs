//! Port: system users.

use super::api_key::KeyDigest;
use super::system_user::SystemUser;
use crate::id::SystemUserId;
use crate::page::{Cursor, Page};
use crate::store_error::StoreError;
use crate::tenancy::TenantScope;
use async_trait::async_trait;
use time::OffsetDateTime;

/// Stores system users.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait SystemUserStore: Send + Sync {
    /// Adds a system user.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the tenant has one of that name.
    async fn add_system_user(&self, user: &SystemUser) -> Result<(), StoreError>;

    /// Returns a system user by id.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn get_system_user(
        &self,
        tenant: TenantScope,
        id: SystemUserId,
    ) -> Result<Option<SystemUser>, StoreError>;

    /// Finds a system user by the digest of its token, inactive and expired ones too.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn find_system_user(&self, digest: &KeyDigest) -> Result<Option<SystemUser>, StoreError>;

    /// Lists a tenant's system users, newest first.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_system_users(
        &self,
        tenant: TenantScope,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<SystemUser>, StoreError>;

    /// Updates name, role, token, activity and expiry. Returns whether the system user exists.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the name is taken.
    async fn update_system_user(&self, user: &SystemUser) -> Result<bool, StoreError>;

    /// Removes a system user. Returns whether there was one.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn remove_system_user(
        &self,
        tenant: TenantScope,
        id: SystemUserId,
    ) -> Result<bool, StoreError>;

    /// Updates `last_used` of system users. MUST never move it back.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn touch_system_users(
        &self,
        used: &[(SystemUserId, OffsetDateTime)],
    ) -> Result<(), StoreError>;
}
