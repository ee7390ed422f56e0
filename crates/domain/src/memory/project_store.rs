//! Projects, in process.

use super::{MemoryStore, State};
use crate::entity::{Project, TenantId};
use crate::port::{ProjectStore, StoreError};
use async_trait::async_trait;

#[async_trait]
impl ProjectStore for MemoryStore {
    async fn create(&self, project: &Project) -> Result<Project, StoreError> {
        self.state().add_project(project)
    }

    async fn list(&self, tenant: TenantId) -> Result<Vec<Project>, StoreError> {
        let state = self.state();
        let mut own: Vec<Project> = state
            .projects
            .values()
            .filter(|project| project.tenant_id == tenant)
            .cloned()
            .collect();
        own.sort_unstable_by_key(|project| project.number);
        Ok(own)
    }
}

impl State {
    /// Adds a project under the next number.
    pub(super) fn add_project(&mut self, project: &Project) -> Result<Project, StoreError> {
        let taken =
            |known: &Project| known.tenant_id == project.tenant_id && known.slug == project.slug;
        if self.projects.values().any(taken) {
            return Err(StoreError::Conflict("the project's slug"));
        }
        let number = self
            .projects
            .values()
            .map(|project| project.number)
            .max()
            .unwrap_or(0)
            + 1;
        let project = Project {
            number,
            ..project.clone()
        };
        self.projects.insert(project.id, project.clone());
        Ok(project)
    }
}
