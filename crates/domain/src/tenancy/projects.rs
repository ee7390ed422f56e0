//! Service: manages a tenant's projects.

use super::bootstrap::first_project;
use super::project::Project;
use super::project_store::{ProjectFigures, ProjectStore};
use super::scope::Scope;
use super::slug::Slug;
use super::tenant_limits::TenantLimits;
use crate::clock::Clock;
use crate::id::{ProjectId, TenantId};
use crate::id_source::IdSource;
use crate::identity::Permission;
use crate::identity::Principal;
use crate::identity::{Access, DEFAULT_PROJECT};
use crate::identity::{AccessError, Duplicate, Missing};
use crate::keyed_semaphore::KeyedSemaphore;
use crate::retention::RetentionPolicy;
use crate::store_error::StoreError;
use std::sync::Arc;
use time::{Duration, UtcOffset};

/// Input to create or update a project; absent fields stay unchanged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProjectSettings {
    /// Its slug.
    pub slug: Option<Slug>,
    /// Its display name.
    pub name: Option<String>,
    /// The platform it runs on; `Some(None)` clears it.
    pub platform: Option<Option<String>>,
    /// Days that occurrences are kept; `Some(None)` for the server's default.
    pub retention_days: Option<Option<i32>>,
    /// Days that counts are kept; `Some(None)` for the server's default.
    pub counts_retention_days: Option<Option<i32>>,
}

/// Lists, creates, changes and deletes a tenant's projects.
pub struct Projects {
    projects: Arc<dyn ProjectStore>,
    access: Arc<Access>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    limits: TenantLimits,
    policy: RetentionPolicy,
    making: KeyedSemaphore<TenantId>,
}

impl Projects {
    /// Creates the service.
    #[must_use]
    pub fn new(
        projects: Arc<dyn ProjectStore>,
        access: Arc<Access>,
        (clock, ids): (Arc<dyn Clock>, Arc<dyn IdSource>),
        limits: TenantLimits,
        policy: RetentionPolicy,
    ) -> Self {
        Self {
            projects,
            access,
            clock,
            ids,
            limits,
            policy,
            making: KeyedSemaphore::new(1),
        }
    }

    /// Lists the projects that the caller can see, oldest first.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn list(&self, caller: &Principal) -> Result<Vec<Project>, StoreError> {
        let all = self
            .projects
            .list_projects(caller.scope.tenant_scope())
            .await?;
        // A caller bound to a project sees that project; others see new projects at once.
        let sees = |project: &Project| {
            !caller.project_bound || caller.scope.projects().contains(&project.id)
        };
        Ok(all.into_iter().filter(sees).collect())
    }

    /// Returns what was reported into the projects of a scope in the last 30 UTC days, today included.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn figures(&self, scope: &Scope) -> Result<Vec<ProjectFigures>, StoreError> {
        let today = self.clock.now().to_offset(UtcOffset::UTC).truncate_to_day();
        let range = (today - Duration::days(29), today + Duration::DAY);
        self.projects.list_project_figures(scope, range).await
    }

    /// Returns a project by id.
    ///
    /// # Errors
    /// [`AccessError`]: not found, or the store fails.
    pub async fn get(&self, caller: &Principal, id: ProjectId) -> Result<Project, AccessError> {
        let all = self.list(caller).await?;
        let found = all.into_iter().find(|project| project.id == id);
        found.ok_or(AccessError::NotFound(Missing::Project))
    }

    /// Creates a project.
    ///
    /// # Errors
    /// [`AccessError`].
    pub async fn create(
        &self,
        caller: &Principal,
        slug: Slug,
        wanted: ProjectSettings,
    ) -> Result<Project, AccessError> {
        require(caller)?;
        let now = self.clock.now();
        let _turn = self.making.one(caller.scope.tenant()).await;
        let there_are = self
            .projects
            .list_projects(caller.scope.tenant_scope())
            .await?
            .len();
        AccessError::unless_full("projects", there_are as u64, self.limits.projects)?;
        let project = Project {
            name: wanted.name.unwrap_or_else(|| slug.to_string()),
            slug,
            platform: wanted.platform.flatten(),
            retention_days: wanted.retention_days.flatten(),
            counts_retention_days: wanted.counts_retention_days.flatten(),
            ..first_project(&*self.ids, caller.scope.tenant(), now)
        };
        self.check_retention(&project)?;
        let created = self.projects.create_project(&project).await;
        self.access.forget();
        created.map_err(AccessError::taken(Duplicate::ProjectSlug))
    }

    /// Changes a project.
    ///
    /// # Errors
    /// [`AccessError`]; the default project keeps its slug.
    pub async fn update(
        &self,
        caller: &Principal,
        id: ProjectId,
        wanted: ProjectSettings,
    ) -> Result<Project, AccessError> {
        require(caller)?;
        let mut project = self.get(caller, id).await?;
        if let Some(slug) = wanted.slug.filter(|slug| *slug != project.slug) {
            if project.slug.as_str() == DEFAULT_PROJECT {
                return Err(AccessError::DefaultProject);
            }
            project.slug = slug;
        }
        project.name = wanted.name.unwrap_or(project.name);
        project.platform = wanted.platform.unwrap_or(project.platform);
        project.retention_days = wanted.retention_days.unwrap_or(project.retention_days);
        project.counts_retention_days = wanted
            .counts_retention_days
            .unwrap_or(project.counts_retention_days);
        self.check_retention(&project)?;
        project.updated_at = self.clock.now();
        let updated = self.projects.update_project(&project).await;
        self.access.forget();
        if updated.map_err(AccessError::taken(Duplicate::ProjectSlug))? {
            Ok(project)
        } else {
            Err(AccessError::NotFound(Missing::Project))
        }
    }

    /// Returns how long data is kept where a project says nothing else.
    #[must_use]
    pub const fn policy(&self) -> RetentionPolicy {
        self.policy
    }

    /// Counts are kept at least as long as occurrences.
    fn check_retention(&self, project: &Project) -> Result<(), AccessError> {
        let kept = self.policy.days(project.retention_days);
        let is_too_short = |days: i32| days < i32::from(kept);
        if project.counts_retention_days.is_some_and(is_too_short) {
            return Err(AccessError::Invalid {
                field: "counts_retention_days",
                problem: format!("must be at least {kept}, the days that occurrences are kept"),
            });
        }
        Ok(())
    }

    /// Soft-deletes a project with all its data.
    ///
    /// # Errors
    /// [`AccessError`]; the default project cannot be deleted.
    pub async fn delete(&self, caller: &Principal, id: ProjectId) -> Result<(), AccessError> {
        require(caller)?;
        let project = self.get(caller, id).await?;
        if project.slug.as_str() == DEFAULT_PROJECT {
            return Err(AccessError::DefaultProject);
        }
        let scope = caller.scope.tenant_scope();
        let now = self.clock.now();
        let deleted = self.projects.delete_project(scope, id, now).await;
        self.access.forget();
        if deleted? {
            Ok(())
        } else {
            Err(AccessError::NotFound(Missing::Project))
        }
    }
}

/// Returns an error unless the caller can manage projects; callers bound to a project cannot.
fn require(caller: &Principal) -> Result<(), AccessError> {
    if caller.may(Permission::ProjectsManage) && !caller.project_bound {
        Ok(())
    } else {
        Err(AccessError::Permission)
    }
}
