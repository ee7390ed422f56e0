//! Port: DSN keys.

use super::project_key::{ActiveKey, ProjectKey};
use super::scope::TenantScope;
use crate::id::{ProjectId, ProjectKeyId};
use crate::store_error::StoreError;
use async_trait::async_trait;
use time::OffsetDateTime;

/// Stores DSN keys. The first key of a project is made by [`ProjectStore::create_project`] and
/// [`TenantStore::create_tenant`].
///
/// [`ProjectStore::create_project`]: super::ProjectStore::create_project
/// [`TenantStore::create_tenant`]: super::TenantStore::create_tenant
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait ProjectKeyStore: Send + Sync {
    /// Adds a key.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the public key is taken, in whichever tenant.
    async fn create_project_key(&self, key: &ProjectKey) -> Result<(), StoreError>;

    /// Finds a key by its public key. MUST find neither a disabled key nor one of a deleted project or tenant; MUST
    /// find those of a suspended tenant.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn find_project_key(&self, public_key: &str) -> Result<Option<ActiveKey>, StoreError>;

    /// Lists a project's keys, oldest first.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_project_keys(
        &self,
        tenant: TenantScope,
        project: ProjectId,
    ) -> Result<Vec<ProjectKey>, StoreError>;

    /// Lists the public key of the oldest enabled key of each of a tenant's projects, or of `only` one of them.
    /// Projects without an enabled key are left out.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_current_keys(
        &self,
        tenant: TenantScope,
        only: Option<ProjectId>,
    ) -> Result<Vec<(ProjectId, String)>, StoreError>;

    /// Updates name, activity, origins, source and rate limit. Returns whether the key exists.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn update_project_key(&self, key: &ProjectKey) -> Result<bool, StoreError>;

    /// Removes a key. Returns whether there was one.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn remove_project_key(
        &self,
        tenant: TenantScope,
        project: ProjectId,
        id: ProjectKeyId,
    ) -> Result<bool, StoreError>;

    /// Updates `last_used` of keys. MUST never move it back.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn touch_project_keys(
        &self,
        used: &[(ProjectKeyId, OffsetDateTime)],
    ) -> Result<(), StoreError>;
}
