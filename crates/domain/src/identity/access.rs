//! Authenticates credentials, with a short-lived cache, and selects the caller's tenant.

use super::access_error::{AccessError, Missing};
use super::api_key::{KeyDigest, KeyText};
pub use super::credential::{AuthError, Credential};
use super::key_store::KeyStore;
use super::member::{Member, MemberStatus};
use super::member_store::MemberStore;
use super::permission::Permissions;
use super::principal::{Principal, TenantContext};
use super::rbac_item::BuiltInRole;
use super::rbac_store::RbacStore;
use super::session::SessionLife;
use super::session_store::SessionStore;
use super::system_user_store::SystemUserStore;
use crate::clock::Clock;
use crate::errors::Actor;
use crate::id::{KeyId, SessionId, SystemUserId, TenantId, UserId};
use crate::keyed_semaphore::KeyedSemaphore;
use crate::store::Store;
use crate::store_error::StoreError;
use crate::sync::lock;
use crate::tenancy::{ProjectStore, TenantStore};
use crate::tenancy::{Slug, Tenant, TenantScope};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use time::{Duration, OffsetDateTime};

/// The built-in API key of development mode. Production never accepts it.
pub const DEVELOPMENT_KEY: &str = "test-api-key";

/// Slug of the project that every tenant starts with.
pub const DEFAULT_PROJECT: &str = "default";

/// How long a node caches an accepted credential. A revocation must reach every node within 5 seconds.
const CACHED_FOR: Duration = Duration::seconds(3);

/// How long a node keeps accepting a cached credential while the store is unreachable: nothing can be revoked
/// meanwhile, and reports must still be accepted.
const GRACE: Duration = Duration::hours(1);

/// Maximum number of cached credentials; the cache is cleared beyond it.
const CACHE_CAPACITY: usize = 10_000;

/// How long a node caches that a secret is unknown, so that repeated attempts do not reach the store. Secrets are
/// random: no new one equals one that was tried before.
const INVALID_CACHED_FOR: Duration = Duration::seconds(10);

/// Concurrent lookups of unknown credentials per address, once the address exceeded its failed attempts.
const SUSPECT_LOOKUPS_AT_ONCE: u32 = 2;

/// A cached result of a credential lookup.
#[derive(Clone)]
struct CachedPrincipal {
    principal: Arc<Principal>,
    /// Time of the lookup.
    since: OffsetDateTime,
    /// Time of the next lookup.
    until: OffsetDateTime,
}

/// Last use of each credential, by kind of principal.
#[derive(Default)]
struct Used {
    keys: HashMap<KeyId, OffsetDateTime>,
    sessions: HashMap<SessionId, OffsetDateTime>,
    system_users: HashMap<SystemUserId, OffsetDateTime>,
}

/// Stores that authentication reads.
#[derive(Clone)]
pub struct AccessStores {
    /// API keys.
    pub keys: Arc<dyn KeyStore>,
    /// Tenants.
    pub tenants: Arc<dyn TenantStore>,
    /// Projects.
    pub projects: Arc<dyn ProjectStore>,
    /// Sessions.
    pub sessions: Arc<dyn SessionStore>,
    /// Members.
    pub members: Arc<dyn MemberStore>,
    /// System users.
    pub system_users: Arc<dyn SystemUserStore>,
    /// Roles.
    pub rbac_items: Arc<dyn RbacStore>,
}

impl From<Arc<dyn Store>> for AccessStores {
    fn from(store: Arc<dyn Store>) -> Self {
        Self {
            keys: store.clone(),
            tenants: store.clone(),
            projects: store.clone(),
            sessions: store.clone(),
            members: store.clone(),
            system_users: store.clone(),
            rbac_items: store,
        }
    }
}

/// Authenticates credentials and selects tenants.
pub struct Access {
    pub(crate) stores: AccessStores,
    clock: Arc<dyn Clock>,
    pub(crate) life: SessionLife,
    development: bool,
    cached: Mutex<HashMap<KeyDigest, CachedPrincipal>>,
    /// Unknown secrets and until when they are cached.
    invalid: Mutex<HashMap<KeyDigest, OffsetDateTime>>,
    suspect_lookups: KeyedSemaphore<IpAddr>,
    used: Mutex<Used>,
}

impl Access {
    /// Authenticates against these stores; accepts the development key only if `development`.
    #[must_use]
    pub fn new(
        stores: AccessStores,
        clock: Arc<dyn Clock>,
        life: SessionLife,
        development: bool,
    ) -> Self {
        let (cached, used) = (Mutex::default(), Mutex::default());
        Self {
            stores,
            clock,
            life,
            development,
            cached,
            invalid: Mutex::default(),
            suspect_lookups: KeyedSemaphore::new(SUSPECT_LOOKUPS_AT_ONCE),
            used,
        }
    }

    /// Authenticates a credential and returns its principal.
    ///
    /// # Errors
    /// [`AuthError`] when the credential is unknown or no longer valid, or the store is unavailable.
    pub async fn accept(&self, credential: Credential<'_>) -> Result<Arc<Principal>, AuthError> {
        if !self.development && credential.secret() == DEVELOPMENT_KEY {
            return Err(AuthError::Invalid);
        }
        let now = self.clock.now();
        let cache_key = credential.cache_key();
        let previous = lock(&self.cached).get(&cache_key).cloned();
        let principal = match previous {
            Some(cached) if now < cached.until => cached.principal,
            None if self.is_known_invalid(credential, now) => return Err(AuthError::Invalid),
            previous => match (self.look_up(credential, now).await, previous) {
                (Err(AuthError::Invalid), _) => {
                    self.cache_invalid(credential, now);
                    return Err(AuthError::Invalid);
                }
                (Err(AuthError::Store(StoreError::Unavailable(_))), Some(cached))
                    if now < cached.since + GRACE =>
                {
                    self.cache(cache_key, &cached.principal, cached.since, now);
                    cached.principal
                }
                (looked_up, _) => {
                    let principal = Arc::new(looked_up?);
                    self.cache(cache_key, &principal, now, now);
                    principal
                }
            },
        };
        if principal.expires_at.is_some_and(|at| at <= now) {
            return Err(match principal.actor {
                Actor::User(_) => AuthError::SessionExpired,
                Actor::SystemUser(_) => AuthError::Inactive,
                _ => AuthError::Expired,
            });
        }
        self.note_use(&principal, now);
        Ok(principal)
    }

    /// Authenticates a credential that comes from an address with too many failed attempts. A valid credential is
    /// still accepted; credentials that this node never accepted are looked up a few at a time per address, in order
    /// of arrival.
    ///
    /// # Errors
    /// [`AuthError`].
    pub async fn authenticate_suspect(
        &self,
        credential: Credential<'_>,
        address: IpAddr,
    ) -> Result<Arc<Principal>, AuthError> {
        let now = self.clock.now();
        let is_known = lock(&self.cached).contains_key(&credential.cache_key());
        let is_hopeless =
            KeyText::check(credential.secret()).is_err() || self.is_known_invalid(credential, now);
        if is_known || is_hopeless {
            return self.accept(credential).await;
        }
        let _turn = self.suspect_lookups.one(address).await;
        self.accept(credential).await
    }

    fn is_known_invalid(&self, credential: Credential<'_>, now: OffsetDateTime) -> bool {
        let digest = KeyDigest::of(credential.secret());
        lock(&self.invalid)
            .get(&digest)
            .is_some_and(|until| now < *until)
    }

    fn cache_invalid(&self, credential: Credential<'_>, now: OffsetDateTime) {
        // The checksum rejects malformed secrets without a lookup.
        if KeyText::check(credential.secret()).is_err() {
            return;
        }
        let mut invalid = lock(&self.invalid);
        if invalid.len() >= CACHE_CAPACITY {
            invalid.clear();
        }
        invalid.insert(KeyDigest::of(credential.secret()), now + INVALID_CACHED_FOR);
    }

    /// Finds a tenant by id or slug, without checking access.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn tenant(&self, named: &str) -> Result<Option<Tenant>, StoreError> {
        match (named.parse::<TenantId>(), named.parse::<Slug>()) {
            (Ok(id), _) => self.stores.tenants.get_tenant(id).await,
            (_, Ok(slug)) => self.stores.tenants.find_tenant(&slug).await,
            _ => Ok(None),
        }
    }

    /// Counts the tenants that a user owns.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub(crate) async fn owned_by(&self, user: UserId) -> Result<u64, StoreError> {
        let memberships = self.stores.members.list_memberships(user).await?;
        let owner = BuiltInRole::Owner.id();
        let owned = memberships.iter().filter(|one| one.role_id == owner);
        Ok(owned.count() as u64)
    }

    /// Selects the tenant that a caller names: their own, one of which they are an active member, or any for a
    /// platform admin.
    ///
    /// # Errors
    /// [`AccessError`]: tenant not found, caller not a member, tenant suspended, or the store fails.
    pub async fn enter(
        &self,
        principal: &Principal,
        named: &str,
    ) -> Result<TenantContext, AccessError> {
        let tenant = self.tenant(named).await?;
        let tenant = tenant.ok_or(AccessError::NotFound(Missing::Tenant))?;
        if tenant.suspended && !principal.platform_admin {
            let belongs = self.belongs(principal, &tenant).await?;
            return Err(if belongs {
                AccessError::Suspended
            } else {
                AccessError::NotMember
            });
        }
        if principal.scope.tenant() == tenant.id {
            return Ok(TenantContext::own(principal, tenant));
        }
        let scope = TenantScope::of(tenant.id);
        let permissions = match self.membership(principal, tenant.id).await? {
            Some(member) => self.role(scope, member.role_id).await?,
            None if principal.platform_admin => Permissions::all(),
            None => return Err(AccessError::NotMember),
        };
        Ok(TenantContext {
            tenant,
            scope,
            actor: principal.actor,
            permissions: if principal.platform_admin {
                Permissions::all()
            } else {
                permissions
            },
            platform_admin: principal.platform_admin,
            project_bound: principal.project_bound,
        })
    }

    /// Clears this node's credential cache. Call it after every change of keys, members, roles or tenants.
    pub fn forget(&self) {
        lock(&self.cached).clear();
        lock(&self.invalid).clear();
    }

    /// Writes the last use of credentials since the previous call. Call it at least once a minute.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails; nothing is lost then.
    pub async fn store_usage(&self) -> Result<(), StoreError> {
        let used = std::mem::take(&mut *lock(&self.used));
        let stored = self.store_used(&used).await;
        if stored.is_err() {
            let mut later = lock(&self.used);
            put_back(&mut later.keys, used.keys);
            put_back(&mut later.sessions, used.sessions);
            put_back(&mut later.system_users, used.system_users);
        }
        stored
    }

    async fn store_used(&self, used: &Used) -> Result<(), StoreError> {
        if !used.keys.is_empty() {
            self.stores.keys.touch_keys(&pairs(&used.keys)).await?;
        }
        if !used.sessions.is_empty() {
            let sessions = pairs(&used.sessions);
            self.stores.sessions.touch_sessions(&sessions).await?;
        }
        if !used.system_users.is_empty() {
            let users = pairs(&used.system_users);
            self.stores.system_users.touch_system_users(&users).await?;
        }
        Ok(())
    }

    fn note_use(&self, principal: &Principal, now: OffsetDateTime) {
        let mut used = lock(&self.used);
        match (principal.actor, principal.session) {
            (Actor::Key(id), _) => drop(used.keys.insert(id, now)),
            (Actor::SystemUser(id), _) => drop(used.system_users.insert(id, now)),
            (_, Some(session)) => drop(used.sessions.insert(session, now)),
            _ => {}
        }
    }

    async fn membership(
        &self,
        principal: &Principal,
        tenant: TenantId,
    ) -> Result<Option<Member>, StoreError> {
        let Some(user) = principal.user() else {
            return Ok(None);
        };
        let member = self.stores.members.find_membership(user, tenant).await?;
        Ok(member.filter(|member| member.status == MemberStatus::Active))
    }

    async fn belongs(&self, principal: &Principal, tenant: &Tenant) -> Result<bool, StoreError> {
        let member = self.membership(principal, tenant.id).await?;
        Ok(principal.scope.tenant() == tenant.id || member.is_some())
    }

    fn cache(
        &self,
        cache_key: KeyDigest,
        principal: &Arc<Principal>,
        since: OffsetDateTime,
        now: OffsetDateTime,
    ) {
        let mut cached = lock(&self.cached);
        if cached.len() >= CACHE_CAPACITY {
            cached.clear();
        }
        let entry = CachedPrincipal {
            principal: Arc::clone(principal),
            since,
            until: now + CACHED_FOR,
        };
        cached.insert(cache_key, entry);
    }
}

fn pairs<K: Copy>(used: &HashMap<K, OffsetDateTime>) -> Vec<(K, OffsetDateTime)> {
    used.iter().map(|(id, at)| (*id, *at)).collect()
}

fn put_back<K: Eq + std::hash::Hash>(
    later: &mut HashMap<K, OffsetDateTime>,
    earlier: HashMap<K, OffsetDateTime>,
) {
    for (id, at) in earlier {
        later.entry(id).or_insert(at);
    }
}
