//! Port: projects.

use super::project::Project;
use super::scope::{Scope, TenantScope};
use crate::id::ProjectId;
use crate::store_error::StoreError;
use async_trait::async_trait;
use time::OffsetDateTime;

/// What was reported into a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProjectFigures {
    /// The project.
    pub project: ProjectId,
    /// Occurrences of the range, by their hours.
    pub occurrences: u64,
    /// The greatest `last_seen` of its errors.
    pub last_error_at: Option<OffsetDateTime>,
}

/// Stores projects. Deletion is soft; a deleted project's data expires with retention.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait ProjectStore: Send + Sync {
    /// Adds a project and returns it with the `number` the store assigned: MUST be unique and positive. MUST add
    /// [`ProjectKey::first_of`](super::ProjectKey::first_of) it in the same transaction.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the tenant has, or had, a project of that slug.
    async fn create_project(&self, project: &Project) -> Result<Project, StoreError>;

    /// Lists a tenant's projects by number, its first one first.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_projects(&self, tenant: TenantScope) -> Result<Vec<Project>, StoreError>;

    /// Counts what was reported into the projects of a scope within a range of whole hours: out of the roll-ups, MUST
    /// be exact after any recording, merge and deletion. In the order of the scope.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_project_figures(
        &self,
        scope: &Scope,
        range: (OffsetDateTime, OffsetDateTime),
    ) -> Result<Vec<ProjectFigures>, StoreError>;

    /// Updates name, slug, platform and retention. Returns whether the project exists.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when another project of the tenant has the slug.
    async fn update_project(&self, project: &Project) -> Result<bool, StoreError>;

    /// Soft-deletes a project. Returns whether it existed.
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
