//! Projects.

use super::StoreError;
use crate::entity::{Project, TenantId};
use async_trait::async_trait;

/// Keeps projects.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait ProjectStore: Send + Sync {
    /// Adds a project and returns it with the `number` the store assigned: MUST be unique and positive.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the tenant has a project of that slug.
    async fn create(&self, project: &Project) -> Result<Project, StoreError>;

    /// A tenant's projects by number, so that its first one leads.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list(&self, tenant: TenantId) -> Result<Vec<Project>, StoreError>;
}
