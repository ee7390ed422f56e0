//! Who is calling, and what they may do.

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

/// The key that development starts with. Production never accepts it.
pub const DEVELOPMENT_KEY: &str = "test-api-key";

/// The project that a new tenant gets.
pub const DEFAULT_PROJECT: &str = "default";

/// How long a node may go on trusting a credential it has looked up. Revocation must reach every node
/// within 5 seconds.
const TRUST: Duration = Duration::seconds(3);

/// How long a node goes on trusting a credential while the store cannot be asked about it: nobody can be
/// told of a revocation then either, and reports are still to be taken in.
const GRACE: Duration = Duration::hours(1);

/// Credentials remembered at most; beyond that the memory is emptied.
const REMEMBERED: usize = 10_000;

/// How long a node remembers that a secret is nobody's, so that asking again costs the store nothing. Secrets
/// are random: nobody is given one that was tried before.
const NOBODYS: Duration = Duration::seconds(10);

/// Unknown credentials of one address that are looked up at the same time, once the address has been wrong
/// too often.
const DOUBTED_AT_ONCE: u32 = 2;

/// A credential that the store was asked about.
#[derive(Clone)]
struct Trusted {
    principal: Arc<Principal>,
    /// When the store said so.
    since: OffsetDateTime,
    /// When to ask again.
    until: OffsetDateTime,
}

/// When credentials were used, by what they are.
#[derive(Default)]
struct Used {
    keys: HashMap<KeyId, OffsetDateTime>,
    sessions: HashMap<SessionId, OffsetDateTime>,
    system_users: HashMap<SystemUserId, OffsetDateTime>,
}

/// Where credentials and what they open are kept.
#[derive(Clone)]
pub struct AccessStores {
    /// API keys.
    pub keys: Arc<dyn KeyStore>,
    /// Tenants.
    pub tenants: Arc<dyn TenantStore>,
    /// Their projects.
    pub projects: Arc<dyn ProjectStore>,
    /// Sessions.
    pub sessions: Arc<dyn SessionStore>,
    /// Members.
    pub members: Arc<dyn MemberStore>,
    /// System users.
    pub system_users: Arc<dyn SystemUserStore>,
    /// Roles.
    pub grants: Arc<dyn RbacStore>,
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
            grants: store,
        }
    }
}

/// Accepts or refuses credentials.
pub struct Access {
    pub(crate) stores: AccessStores,
    clock: Arc<dyn Clock>,
    pub(crate) life: SessionLife,
    development: bool,
    trusted: Mutex<HashMap<KeyDigest, Trusted>>,
    /// Secrets that are nobody's, and until when that is taken for granted.
    nobodys: Mutex<HashMap<KeyDigest, OffsetDateTime>>,
    doubted: KeyedSemaphore<IpAddr>,
    used: Mutex<Used>,
}

impl Access {
    /// Accepts credentials of these stores; the development key only if `development`.
    #[must_use]
    pub fn new(
        stores: AccessStores,
        clock: Arc<dyn Clock>,
        life: SessionLife,
        development: bool,
    ) -> Self {
        let (trusted, used) = (Mutex::default(), Mutex::default());
        Self {
            stores,
            clock,
            life,
            development,
            trusted,
            nobodys: Mutex::default(),
            doubted: KeyedSemaphore::new(DOUBTED_AT_ONCE),
            used,
        }
    }

    /// Whose credential this is.
    ///
    /// # Errors
    /// [`AuthError`] when it is nobody's, no longer valid, or the store cannot be asked.
    pub async fn accept(&self, credential: Credential<'_>) -> Result<Arc<Principal>, AuthError> {
        if !self.development && credential.secret() == DEVELOPMENT_KEY {
            return Err(AuthError::Invalid);
        }
        let now = self.clock.now();
        let memory = credential.memory();
        let remembered = lock(&self.trusted).get(&memory).cloned();
        let principal = match remembered {
            Some(trusted) if now < trusted.until => trusted.principal,
            None if self.is_nobodys(credential, now) => return Err(AuthError::Invalid),
            remembered => match (self.look_up(credential, now).await, remembered) {
                (Err(AuthError::Invalid), _) => {
                    self.remember_as_nobodys(credential, now);
                    return Err(AuthError::Invalid);
                }
                (Err(AuthError::Store(StoreError::Unavailable(_))), Some(trusted))
                    if now < trusted.since + GRACE =>
                {
                    self.trust(memory, &trusted.principal, trusted.since, now);
                    trusted.principal
                }
                (looked_up, _) => {
                    let principal = Arc::new(looked_up?);
                    self.trust(memory, &principal, now, now);
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

    /// As [`accept`](Self::accept), for a credential that comes from an address whose credentials were wrong
    /// too often. A good one is accepted all the same; of those that this node has never accepted, a few
    /// at a time are looked up for each address, in the order in which they came.
    ///
    /// # Errors
    /// [`AuthError`].
    pub async fn accept_doubted(
        &self,
        credential: Credential<'_>,
        address: IpAddr,
    ) -> Result<Arc<Principal>, AuthError> {
        let now = self.clock.now();
        let is_known = lock(&self.trusted).contains_key(&credential.memory());
        let is_hopeless =
            KeyText::check(credential.secret()).is_err() || self.is_nobodys(credential, now);
        if is_known || is_hopeless {
            return self.accept(credential).await;
        }
        let _turn = self.doubted.one(address).await;
        self.accept(credential).await
    }

    fn is_nobodys(&self, credential: Credential<'_>, now: OffsetDateTime) -> bool {
        let digest = KeyDigest::of(credential.secret());
        lock(&self.nobodys)
            .get(&digest)
            .is_some_and(|until| now < *until)
    }

    fn remember_as_nobodys(&self, credential: Credential<'_>, now: OffsetDateTime) {
        // What cannot be a secret of ours is told by its form.
        if KeyText::check(credential.secret()).is_err() {
            return;
        }
        let mut nobodys = lock(&self.nobodys);
        if nobodys.len() >= REMEMBERED {
            nobodys.clear();
        }
        nobodys.insert(KeyDigest::of(credential.secret()), now + NOBODYS);
    }

    /// A tenant by id or short name, whoever asks.
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

    /// How many tenants a person owns.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub(crate) async fn owned_by(&self, user: UserId) -> Result<u64, StoreError> {
        let memberships = self.stores.members.list_memberships(user).await?;
        let owner = BuiltInRole::Owner.id();
        let owned = memberships.iter().filter(|one| one.role_id == owner);
        Ok(owned.count() as u64)
    }

    /// Lets a caller into the tenant that they name: their own, one that they are an active member of,
    /// or any if they administer the platform.
    ///
    /// # Errors
    /// [`AccessError`]: no such tenant, not theirs, suspended, or the store fails.
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

    /// Makes this node ask the store again about every credential: after anything about who may do
    /// what was changed.
    pub fn forget(&self) {
        lock(&self.trusted).clear();
        lock(&self.nobodys).clear();
    }

    /// Stores when credentials were used since the last call. To be called at least once a minute.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails; nothing is forgotten then.
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

    fn trust(
        &self,
        memory: KeyDigest,
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
        trusted.insert(memory, entry);
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
