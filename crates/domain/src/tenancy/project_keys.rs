//! Service: manages the DSN keys of projects, and finds them for the receiving of reports.

use super::allowed_origin::AllowedOrigin;
use super::bootstrap::public_key;
use super::project::Project;
use super::project_key::{ActiveKey, ProjectKey};
use super::project_key_cache::ProjectKeyCache;
use super::project_key_store::ProjectKeyStore;
use super::projects::Projects;
use super::tenant_limits::TenantLimits;
use crate::clock::Clock;
use crate::id::{ProjectId, ProjectKeyId};
use crate::id_source::IdSource;
use crate::identity::{AccessError, Missing, Permission, Principal};
use crate::keyed_semaphore::KeyedSemaphore;
use crate::store_error::StoreError;
use std::collections::HashMap;
use std::sync::Arc;

/// Input to create or update a key; absent fields stay unchanged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProjectKeySettings {
    /// Display name; `DSN key` by default.
    pub name: Option<String>,
    /// Whether it is accepted; it is by default.
    pub enabled: Option<bool>,
    /// Origins of the web pages that may use it; any when empty, which is the default.
    pub allowed_origins: Option<Vec<AllowedOrigin>>,
    /// The source of its reports; `Some(None)` clears it.
    pub source: Option<Option<String>>,
    /// Requests per minute; `Some(None)` for the configured limit.
    pub rate_limit: Option<Option<u32>>,
}

impl ProjectKeySettings {
    fn apply(self, key: &mut ProjectKey) {
        fn set<T>(field: &mut T, wanted: Option<T>) {
            if let Some(wanted) = wanted {
                *field = wanted;
            }
        }
        set(&mut key.name, self.name);
        set(&mut key.enabled, self.enabled);
        set(&mut key.allowed_origins, self.allowed_origins);
        set(&mut key.source, self.source);
        set(&mut key.rate_limit, self.rate_limit);
    }
}

/// Lists, creates, changes and revokes DSN keys, and finds those that reports come with.
pub struct ProjectKeys {
    store: Arc<dyn ProjectKeyStore>,
    projects: Arc<Projects>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    limits: TenantLimits,
    changing: KeyedSemaphore<ProjectId>,
    cache: ProjectKeyCache,
}

impl ProjectKeys {
    /// Creates the service.
    #[must_use]
    pub fn new(
        store: Arc<dyn ProjectKeyStore>,
        projects: Arc<Projects>,
        (clock, ids): (Arc<dyn Clock>, Arc<dyn IdSource>),
        limits: TenantLimits,
    ) -> Self {
        Self {
            store,
            projects,
            clock,
            ids,
            limits,
            changing: KeyedSemaphore::new(1),
            cache: ProjectKeyCache::new(),
        }
    }

    /// Finds the key that a request presents and notes its use; `None` for a key that is unknown, revoked or
    /// disabled, and for one of a deleted project or tenant. A known key costs no query for 3 seconds, within which
    /// a change on another node holds here too. While the store is unreachable, a key that was accepted before
    /// stays accepted.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn find(&self, public_key: &str) -> Result<Option<Arc<ActiveKey>>, StoreError> {
        let now = self.clock.now();
        self.cache.find(&*self.store, public_key, now).await
    }

    /// Writes the last use of keys since the previous call, of each key at most once a minute. Call it at least once
    /// a minute.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails; nothing is lost then.
    pub async fn store_usage(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.cache.store_usage(&*self.store, now).await
    }

    /// Returns the public keys that the caller's projects are shown with: of each its oldest enabled one. Projects
    /// without an enabled key are left out.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn current(
        &self,
        caller: &Principal,
        only: Option<ProjectId>,
    ) -> Result<HashMap<ProjectId, String>, StoreError> {
        let only = only.or(caller.bound_project());
        let scope = caller.scope.tenant_scope();
        let keys = self.store.list_current_keys(scope, only).await?;
        Ok(keys.into_iter().collect())
    }

    /// Lists a project's keys, oldest first.
    ///
    /// # Errors
    /// [`AccessError`]: the caller may not manage projects, there is no such project, or the store fails.
    pub async fn list(
        &self,
        caller: &Principal,
        project: ProjectId,
    ) -> Result<(Project, Vec<ProjectKey>), AccessError> {
        if !caller.may(Permission::ProjectsManage) {
            return Err(AccessError::Permission);
        }
        let project = self.projects.get(caller, project).await?;
        let scope = caller.scope.tenant_scope();
        let keys = self.store.list_project_keys(scope, project.id).await?;
        Ok((project, keys))
    }

    /// Creates a key.
    ///
    /// # Errors
    /// [`AccessError`], such as that the project has as many keys as it may.
    pub async fn create(
        &self,
        caller: &Principal,
        project: ProjectId,
        wanted: ProjectKeySettings,
    ) -> Result<(Project, ProjectKey), AccessError> {
        // Counts and inserts under one permit, so that concurrent calls cannot exceed the limit together.
        let _turn = self.changing.one(project).await;
        let (project, keys) = self.list(caller, project).await?;
        AccessError::unless_full("DSN keys", keys.len() as u64, self.limits.project_keys)?;
        let now = self.clock.now();
        let mut key = ProjectKey {
            id: ProjectKeyId(self.ids.next_id(now)),
            name: "DSN key".to_owned(),
            public_key: public_key(&*self.ids),
            created_at: now,
            ..ProjectKey::first_of(&project)
        };
        wanted.apply(&mut key);
        self.store.create_project_key(&key).await?;
        self.cache.forget();
        Ok((project, key))
    }

    /// Changes a key. This node knows at once, other nodes within seconds.
    ///
    /// # Errors
    /// [`AccessError`].
    pub async fn update(
        &self,
        caller: &Principal,
        (project, id): (ProjectId, ProjectKeyId),
        wanted: ProjectKeySettings,
    ) -> Result<(Project, ProjectKey), AccessError> {
        let _turn = self.changing.one(project).await;
        let (project, keys) = self.list(caller, project).await?;
        let missing = || AccessError::NotFound(Missing::ProjectKey);
        let key = keys.into_iter().find(|key| key.id == id);
        let mut key = key.ok_or_else(missing)?;
        wanted.apply(&mut key);
        let updated = self.store.update_project_key(&key).await;
        self.cache.forget();
        if updated? {
            Ok((project, key))
        } else {
            Err(missing())
        }
    }

    /// Revokes a key. This node refuses it at once, other nodes within seconds.
    ///
    /// # Errors
    /// [`AccessError`].
    pub async fn revoke(
        &self,
        caller: &Principal,
        (project, id): (ProjectId, ProjectKeyId),
    ) -> Result<(), AccessError> {
        let (project, _) = self.list(caller, project).await?;
        let scope = caller.scope.tenant_scope();
        let removed = self.store.remove_project_key(scope, project.id, id).await;
        self.cache.forget();
        if removed? {
            Ok(())
        } else {
            Err(AccessError::NotFound(Missing::ProjectKey))
        }
    }
}
