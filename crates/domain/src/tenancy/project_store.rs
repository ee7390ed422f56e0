//! Projects.

use super::project::Project;
use super::scope::TenantScope;
use crate::id::ProjectId;
use crate::store_error::StoreError;
use async_trait::async_trait;
use time::OffsetDateTime;

/// Keeps projects. A deleted one is kept out of sight; what it holds expires with retention.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait ProjectStore: Send + Sync {
    /// Adds a project and returns it with the `number` the store assigned: MUST be unique and positive.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the tenant has, or had, a project of that slug.
    async fn create_project(&self, project: &Project) -> Result<Project, StoreError>;

    /// A tenant's projects by number, so that its first one leads.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_projects(&self, tenant: TenantScope) -> Result<Vec<Project>, StoreError>;

    /// Changes name, slug, platform and retention. Returns whether there is such a project.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when another one of the tenant has the slug.
    async fn update_project(&self, project: &Project) -> Result<bool, StoreError>;

    /// Puts a project out of sight. Returns whether there was one.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn delete_project(
        &self,
        tenant: TenantScope,
        id: ProjectId,
        at: OffsetDateTime,
    ) -> Result<bool, StoreError>;
}
