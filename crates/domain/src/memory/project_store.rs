//! [`ProjectStore`](crate::tenancy::ProjectStore) in process.

use super::{MemoryStore, State};
use crate::id::ProjectId;
use crate::ingest::hour_of;
use crate::store_error::StoreError;
use crate::tenancy::{Project, ProjectFigures, ProjectKey, ProjectStore, Scope, TenantScope};
use async_trait::async_trait;
use time::OffsetDateTime;

#[async_trait]
impl ProjectStore for MemoryStore {
    async fn create_project(&self, project: &Project) -> Result<Project, StoreError> {
        self.state().add_project(project)
    }

    async fn list_projects(&self, tenant: TenantScope) -> Result<Vec<Project>, StoreError> {
        let state = self.state();
        let mut own: Vec<Project> = state
            .projects
            .values()
            .filter(|project| project.tenant_id == tenant.id())
            .cloned()
            .collect();
        own.sort_unstable_by_key(|project| project.number);
        Ok(own)
    }

    async fn list_project_figures(
        &self,
        scope: &Scope,
        (from, to): (OffsetDateTime, OffsetDateTime),
    ) -> Result<Vec<ProjectFigures>, StoreError> {
        let state = self.state();
        let figures = scope.projects().iter().map(|project| {
            let all = state.occurrences.values().chain(state.retired.values());
            let counted = all.filter(|one| {
                let hour = hour_of(one.timestamp);
                one.project_id == *project && hour >= from && hour < to
            });
            let errors = state.errors.iter();
            let own = errors.filter(|((own, _), _)| own == project);
            ProjectFigures {
                project: *project,
                occurrences: counted.count() as u64,
                last_error_at: own.map(|(_, error)| error.state.last_seen).max(),
            }
        });
        Ok(figures.collect())
    }

    async fn update_project(&self, project: &Project) -> Result<bool, StoreError> {
        let mut state = self.state();
        if state.slug_is_taken(project) {
            return Err(StoreError::Conflict("the project's slug"));
        }
        let kept = state.projects.get_mut(&project.id);
        let Some(kept) = kept.filter(|kept| kept.tenant_id == project.tenant_id) else {
            return Ok(false);
        };
        let (number, first_key) = (kept.number, kept.first_key.clone());
        *kept = Project {
            number,
            first_key,
            ..project.clone()
        };
        Ok(true)
    }

    async fn delete_project(
        &self,
        tenant: TenantScope,
        id: ProjectId,
        _: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let mut state = self.state();
        let own = state.projects.get(&id);
        if own.is_none_or(|project| project.tenant_id != tenant.id()) {
            return Ok(false);
        }
        let gone = state.projects.remove(&id);
        state
            .deleted_projects
            .extend(gone.map(|project| (id, project)));
        Ok(true)
    }
}

impl State {
    /// Adds a project with the next number.
    pub(super) fn add_project(&mut self, project: &Project) -> Result<Project, StoreError> {
        if self.slug_is_taken(project) {
            return Err(StoreError::Conflict("the project's slug"));
        }
        let number = self
            .every_project()
            .map(|project| project.number)
            .max()
            .unwrap_or(0)
            + 1;
        let project = Project {
            number,
            ..project.clone()
        };
        self.projects.insert(project.id, project.clone());
        let key = ProjectKey::first_of(&project);
        self.project_keys.insert(key.id, key);
        Ok(project)
    }

    fn every_project(&self) -> impl Iterator<Item = &Project> {
        self.projects.values().chain(self.deleted_projects.values())
    }

    fn slug_is_taken(&self, project: &Project) -> bool {
        self.every_project().any(|known| {
            known.tenant_id == project.tenant_id
                && known.slug == project.slug
                && known.id != project.id
        })
    }
}
