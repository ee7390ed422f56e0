//! First start of an installation: the default tenant, its project and the first key.

use super::project::Project;
use super::scope::TenantScope;
use super::slug::Slug;
use super::tenant::Tenant;
use crate::clock::Clock;
use crate::id::{KeyId, ProjectId, TenantId};
use crate::id_source::IdSource;
use crate::identity::DEVELOPMENT_KEY;
use crate::identity::distinct;
use crate::identity::{ApiKey, KeyDigest, KeyKind, KeyText};
use crate::store::Store;
use crate::store_error::StoreError;
use crate::system::{SystemClock, SystemIds};
use std::sync::Arc;
use time::OffsetDateTime;
use uuid::Uuid;

/// Creates the tenant `default` with its project `default`, and the first key.
pub struct Bootstrap {
    /// The store of tenants, projects and keys.
    pub store: Arc<dyn Store>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Ids and secrets.
    pub ids: Arc<dyn IdSource>,
}

/// Input of [`Bootstrap::create_key`].
#[derive(Debug, Clone)]
pub struct NewKey {
    /// The tenant.
    pub tenant_id: TenantId,
    /// The project to bind the key to.
    pub project_id: Option<ProjectId>,
    /// Display name.
    pub name: String,
    /// Permission names.
    pub permission_names: Vec<String>,
    /// Whether the key also administers the platform.
    pub platform_admin: bool,
    /// When the key expires.
    pub expires_at: Option<OffsetDateTime>,
    /// Requests per minute, in place of the configured limit.
    pub rate_limit: Option<i32>,
}

impl Bootstrap {
    /// Uses the system clock and random ids.
    #[must_use]
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            clock: Arc::new(SystemClock),
            ids: Arc::new(SystemIds::default()),
        }
    }

    /// Returns the project `default` of the tenant `default`; creates both on the first call.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails, or when either was deleted.
    pub async fn default_project(&self) -> Result<Project, StoreError> {
        let gone = || StoreError::rejected("the tenant or project `default` was deleted");
        let tenant = self.default_tenant().await?.ok_or_else(gone)?;
        let projects = self.store.list_projects(TenantScope::of(tenant)).await?;
        let mut projects = projects.into_iter();
        projects
            .find(|project| project.slug == default_slug())
            .ok_or_else(gone)
    }

    /// Sets up development mode: the default tenant and project, and [`DEVELOPMENT_KEY`]. Idempotent.
    ///
    /// # Errors
    /// [`StoreError`] when a store fails.
    pub async fn development(&self) -> Result<(), StoreError> {
        let Some(tenant_id) = self.default_tenant().await? else {
            return Ok(());
        };
        if self
            .store
            .find_key(&KeyDigest::of(DEVELOPMENT_KEY))
            .await?
            .is_some()
        {
            return Ok(());
        }
        let made = self
            .store_key(
                DEVELOPMENT_KEY,
                owner_key(tenant_id, "Development key", true),
            )
            .await;
        match made {
            Err(StoreError::Conflict(_)) => Ok(()),
            other => other.map(drop),
        }
    }

    /// Sets up production: the default tenant and project, and a random owner key, which is returned on the first
    /// start only.
    ///
    /// # Errors
    /// [`StoreError`] when a store fails.
    pub async fn production(&self) -> Result<Option<KeyText>, StoreError> {
        let Some(tenant_id) = self.default_tenant().await? else {
            return Ok(None);
        };
        let development = KeyDigest::of(DEVELOPMENT_KEY);
        let keys = self.store.list_keys(TenantScope::of(tenant_id)).await?;
        if keys.iter().any(|key| key.digest != development) {
            return Ok(None);
        }
        let (text, _) = self
            .create_key(owner_key(tenant_id, "Owner key", false))
            .await?;
        Ok(Some(text))
    }

    /// Creates a key and returns its secret, which is stored nowhere.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn create_key(&self, new: NewKey) -> Result<(KeyText, ApiKey), StoreError> {
        let text = KeyText::from_random(KeyKind::ApiKey, self.ids.secret_bytes());
        let key = self.store_key(text.reveal(), new).await?;
        Ok((text, key))
    }

    async fn store_key(&self, secret: &str, new: NewKey) -> Result<ApiKey, StoreError> {
        let now = self.clock.now();
        let key = ApiKey {
            id: KeyId(self.ids.next_id(now)),
            tenant_id: new.tenant_id,
            project_id: new.project_id,
            name: new.name,
            digest: KeyDigest::of(secret),
            preview: KeyText::preview_of(secret),
            permission_names: distinct(new.permission_names),
            platform_admin: new.platform_admin,
            rate_limit: new.rate_limit,
            expires_at: new.expires_at,
            revoked_at: None,
            last_used: None,
            created_at: now,
        };
        self.store.create_key(&key).await?;
        Ok(key)
    }

    /// Returns the default tenant, created on the first call; `None` when it was deleted.
    async fn default_tenant(&self) -> Result<Option<TenantId>, StoreError> {
        let slug = default_slug();
        if let Some(tenant) = self.store.find_tenant(&slug).await? {
            return Ok(Some(tenant.id));
        }
        let now = self.clock.now();
        let tenant = Tenant {
            id: TenantId(self.ids.next_id(now)),
            slug: slug.clone(),
            name: "Default".to_owned(),
            suspended: false,
            created_at: now,
        };
        let project = first_project(&*self.ids, tenant.id, now);
        match self.store.create_tenant(&tenant, &project, None).await {
            Ok(()) => Ok(Some(tenant.id)),
            // Another node created it first.
            Err(StoreError::Conflict(_)) => {
                let found = self.store.find_tenant(&slug).await?;
                Ok(found.map(|tenant| tenant.id))
            }
            Err(error) => Err(error),
        }
    }
}

/// Builds the project that every tenant starts with.
pub(crate) fn first_project(
    ids: &dyn IdSource,
    tenant_id: TenantId,
    now: OffsetDateTime,
) -> Project {
    Project {
        id: ProjectId(ids.next_id(now)),
        tenant_id,
        number: 0,
        slug: default_slug(),
        name: "Default".to_owned(),
        platform: None,
        first_key: public_key(ids),
        retention_days: None,
        counts_retention_days: None,
        created_at: now,
        updated_at: now,
    }
}

/// Generates a DSN key's public key: 32 random hex digits.
pub(crate) fn public_key(ids: &dyn IdSource) -> String {
    let random = ids.secret_bytes();
    let half: [u8; 16] = std::array::from_fn(|at| random[at]);
    Uuid::from_bytes(half).simple().to_string()
}

fn owner_key(tenant_id: TenantId, name: &str, platform_admin: bool) -> NewKey {
    NewKey {
        tenant_id,
        project_id: None,
        name: name.to_owned(),
        permission_names: vec!["admin".to_owned(), "tenant:manage".to_owned()],
        platform_admin,
        expires_at: None,
        rate_limit: None,
    }
}

#[expect(clippy::expect_used, reason = "the literal is a slug")]
fn default_slug() -> Slug {
    "default".parse().expect("`default` is a slug")
}
