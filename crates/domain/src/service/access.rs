//! Who is calling, and what they may do.

use super::lock;
use crate::entity::{
    Actor, ApiKey, KeyDigest, KeyId, KeyText, Permission, Permissions, Project, ProjectId, Scope,
    Slug, Tenant, TenantId,
};
use crate::port::{Clock, KeyStore, ProjectStore, StoreError, TenantStore};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use time::{Duration, OffsetDateTime};

/// The key that development starts with. Production never accepts it.
pub const DEVELOPMENT_KEY: &str = "test-api-key";

/// The project that a new tenant gets.
pub const DEFAULT_PROJECT: &str = "default";

/// How long a node may go on trusting a key it has looked up. Revocation must reach every node within
/// 5 seconds.
const TRUST: Duration = Duration::seconds(3);

/// How long a node goes on trusting a key while the store cannot be asked about it: nobody can be told
/// of a revocation then either, and reports are still to be taken in.
const GRACE: Duration = Duration::hours(1);

/// Keys remembered at most; beyond that the memory is emptied.
const REMEMBERED: usize = 10_000;

/// Somebody whose credential was accepted.
#[derive(Debug, Clone)]
pub struct Principal {
    /// Who.
    pub actor: Actor,
    /// What they may do.
    pub permissions: Permissions,
    /// Whether they also administer the platform.
    pub platform_admin: bool,
    /// What they may see.
    pub scope: Scope,
    /// Whether they were given some projects only.
    pub project_bound: bool,
    /// The project their reports go to unless they name one.
    pub default_project: ProjectId,
    /// The tenant's short name.
    pub tenant_slug: Slug,
    /// The tenant's default project, which may lie outside the scope.
    pub home: ProjectId,
    /// The visible projects' short names.
    pub projects: Arc<[(Slug, ProjectId)]>,
    /// Requests a minute in each class, where it is not the usual number.
    pub rate_limit: Option<u32>,
    expires_at: Option<OffsetDateTime>,
}

impl Principal {
    /// Whether they may do this.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.allows(permission)
    }

    /// A visible project by id or short name.
    #[must_use]
    pub fn project(&self, named: &str) -> Option<ProjectId> {
        let id = named.parse::<ProjectId>().ok();
        self.projects
            .iter()
            .find(|(slug, project)| slug.as_str() == named || Some(*project) == id)
            .map(|(_, project)| *project)
    }
}

/// Why a credential was not accepted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// Unknown, malformed or revoked.
    #[error("the key is not valid")]
    Invalid,
    /// Past its date.
    #[error("the key has expired")]
    Expired,
    /// Its tenant is locked out.
    #[error("the tenant is suspended")]
    Suspended,
    /// The store could not be asked.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A key that the store was asked about.
#[derive(Clone)]
struct Trusted {
    principal: Arc<Principal>,
    /// When the store said so.
    since: OffsetDateTime,
    /// When to ask again.
    until: OffsetDateTime,
}

/// Accepts or refuses API keys.
pub struct Access {
    keys: Arc<dyn KeyStore>,
    tenants: Arc<dyn TenantStore>,
    projects: Arc<dyn ProjectStore>,
    clock: Arc<dyn Clock>,
    development: bool,
    trusted: Mutex<HashMap<KeyDigest, Trusted>>,
    used: Mutex<HashMap<KeyId, OffsetDateTime>>,
}

impl Access {
    /// Accepts keys of this store; the development key only if `development`.
    #[must_use]
    pub fn new(
        keys: Arc<dyn KeyStore>,
        tenants: Arc<dyn TenantStore>,
        projects: Arc<dyn ProjectStore>,
        clock: Arc<dyn Clock>,
        development: bool,
    ) -> Self {
        let (trusted, used) = (Mutex::default(), Mutex::default());
        Self {
            keys,
            tenants,
            projects,
            clock,
            development,
            trusted,
            used,
        }
    }

    /// Whose key this is.
    ///
    /// # Errors
    /// [`Refused`] when it is nobody's, no longer valid, or the store cannot be asked.
    pub async fn by_key(&self, secret: &str) -> Result<Arc<Principal>, Refused> {
        if !self.development && secret == DEVELOPMENT_KEY {
            return Err(Refused::Invalid);
        }
        let now = self.clock.now();
        let digest = KeyDigest::of(secret);
        let remembered = lock(&self.trusted).get(&digest).cloned();
        let principal = match remembered {
            Some(trusted) if now < trusted.until => trusted.principal,
            remembered => match (self.look_up(secret, digest, now).await, remembered) {
                (Err(Refused::Store(StoreError::Unavailable(_))), Some(trusted))
                    if now < trusted.since + GRACE =>
                {
                    self.trust(digest, &trusted.principal, trusted.since, now);
                    trusted.principal
                }
                (looked_up, _) => looked_up?,
            },
        };
        if principal.expires_at.is_some_and(|at| at <= now) {
            return Err(Refused::Expired);
        }
        if let Actor::Key(id) = principal.actor {
            lock(&self.used).insert(id, now);
        }
        Ok(principal)
    }

    /// A tenant by id or short name, whoever asks.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn tenant(&self, named: &str) -> Result<Option<Tenant>, StoreError> {
        match (named.parse::<TenantId>(), named.parse::<Slug>()) {
            (Ok(id), _) => self.tenants.get(id).await,
            (_, Ok(slug)) => self.tenants.find(&slug).await,
            _ => Ok(None),
        }
    }

    /// Whether this node accepted the key a moment ago and need not ask.
    #[must_use]
    pub fn trusts(&self, secret: &str) -> bool {
        let now = self.clock.now();
        lock(&self.trusted)
            .get(&KeyDigest::of(secret))
            .is_some_and(|trusted| now < trusted.until)
    }

    /// Makes this node ask the store again about every key: after one was made, changed or revoked.
    pub fn forget(&self) {
        lock(&self.trusted).clear();
    }

    /// Stores when keys were used since the last call. To be called at least once a minute.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails; nothing is forgotten then.
    pub async fn store_usage(&self) -> Result<(), StoreError> {
        let used: Vec<(KeyId, OffsetDateTime)> = lock(&self.used).drain().collect();
        if used.is_empty() {
            return Ok(());
        }
        let stored = self.keys.touch(&used).await;
        if stored.is_err() {
            let mut later = lock(&self.used);
            for (id, at) in used {
                later.entry(id).or_insert(at);
            }
        }
        stored
    }

    async fn look_up(
        &self,
        secret: &str,
        digest: KeyDigest,
        now: OffsetDateTime,
    ) -> Result<Arc<Principal>, Refused> {
        KeyText::check(secret).map_err(|_| Refused::Invalid)?;
        let key = self.keys.find(&digest).await?.ok_or(Refused::Invalid)?;
        if key.revoked_at.is_some() {
            return Err(Refused::Invalid);
        }
        let tenant = self
            .tenants
            .get(key.tenant_id)
            .await?
            .ok_or(Refused::Invalid)?;
        if tenant.suspended {
            return Err(Refused::Suspended);
        }
        let projects = self.projects.list(key.tenant_id).await?;
        let principal = Arc::new(principal(&key, tenant.slug, projects).ok_or(Refused::Invalid)?);
        self.trust(digest, &principal, now, now);
        Ok(principal)
    }

    fn trust(
        &self,
        digest: KeyDigest,
        principal: &Arc<Principal>,
        since: OffsetDateTime,
        now: OffsetDateTime,
    ) {
        let mut trusted = lock(&self.trusted);
        if trusted.len() >= REMEMBERED {
            trusted.clear();
        }
        let entry = Trusted {
            principal: Arc::clone(principal),
            since,
            until: now + TRUST,
        };
        trusted.insert(digest, entry);
    }
}

/// `None` when the key's project is gone.
fn principal(key: &ApiKey, tenant_slug: Slug, projects: Vec<Project>) -> Option<Principal> {
    let is_default = |project: &&Project| project.slug.as_str() == DEFAULT_PROJECT;
    let home = projects.iter().find(is_default).or(projects.first())?.id;
    let visible: Vec<Project> = projects
        .into_iter()
        .filter(|project| key.project_id.is_none_or(|only| only == project.id))
        .collect();
    let default_project = visible.first()?.id;
    let ids = visible.iter().map(|project| project.id).collect();
    Some(Principal {
        actor: Actor::Key(key.id),
        permissions: if key.platform_admin {
            Permissions::all()
        } else {
            key.permissions()
        },
        platform_admin: key.platform_admin,
        scope: Scope::new(key.tenant_id, ids),
        project_bound: key.project_id.is_some(),
        default_project,
        tenant_slug,
        home,
        projects: visible
            .into_iter()
            .map(|project| (project.slug, project.id))
            .collect(),
        rate_limit: key.rate_limit.and_then(|rate| u32::try_from(rate).ok()),
        expires_at: key.expires_at,
    })
}
