//! Who is calling, and what they may do.

use super::denied::{Denied, Missing};
use super::lock;
use super::principal::{Entered, Principal};
use super::roles::permissions_of;
use crate::entity::{
    Actor, ApiKey, GrantId, KeyDigest, KeyId, KeyKind, KeyText, Member, MemberStatus, Permissions,
    Project, ProjectId, Scope, SessionId, SessionLife, Slug, SystemUserId, Tenant, TenantId,
    TenantScope, User,
};
use crate::port::{
    Clock, GrantStore, KeyStore, MemberStore, ProjectStore, SessionStore, StoreError,
    SystemUserStore, TenantStore,
};
use std::collections::HashMap;
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

/// What a caller presents.
#[derive(Clone, Copy)]
pub enum Credential<'a> {
    /// An API key or a system user's token.
    Key(&'a str),
    /// A session's secret, and the tenant its holder wants to act in (id or short name); the one they
    /// joined first when absent.
    Session {
        /// The secret.
        secret: &'a str,
        /// The tenant.
        tenant: Option<&'a str>,
    },
}

impl Credential<'_> {
    fn secret(&self) -> &str {
        match self {
            Self::Key(secret) | Self::Session { secret, .. } => secret,
        }
    }

    /// What a trusted principal is remembered by: what they are depends on the tenant, too.
    fn memory(&self) -> KeyDigest {
        match self {
            Self::Key(secret)
            | Self::Session {
                secret,
                tenant: None,
            } => KeyDigest::of(secret),
            Self::Session {
                secret,
                tenant: Some(tenant),
            } => KeyDigest::of(&format!("{secret}\0{tenant}")),
        }
    }
}

/// Why a credential was not accepted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// Unknown, malformed or revoked.
    #[error("the credential is not valid")]
    Invalid,
    /// A key past its date.
    #[error("the key has expired")]
    Expired,
    /// A session past its time.
    #[error("the session has expired")]
    SessionExpired,
    /// A system user that was switched off, or is past its date.
    #[error("the system user is inactive")]
    Inactive,
    /// Its tenant is locked out.
    #[error("the tenant is suspended")]
    Suspended,
    /// The tenant that the holder of a session wants to act in does not exist.
    #[error("there is no such tenant")]
    NoTenant,
    /// The holder of a session is no active member of the tenant that they want to act in.
    #[error("the person is no member of the tenant")]
    NotMember,
    /// The store could not be asked.
    #[error(transparent)]
    Store(#[from] StoreError),
}

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
    pub grants: Arc<dyn GrantStore>,
}

/// Accepts or refuses credentials.
pub struct Access {
    stores: AccessStores,
    clock: Arc<dyn Clock>,
    life: SessionLife,
    development: bool,
    trusted: Mutex<HashMap<KeyDigest, Trusted>>,
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
            used,
        }
    }

    /// Whose credential this is.
    ///
    /// # Errors
    /// [`Refused`] when it is nobody's, no longer valid, or the store cannot be asked.
    pub async fn accept(&self, credential: Credential<'_>) -> Result<Arc<Principal>, Refused> {
        if !self.development && credential.secret() == DEVELOPMENT_KEY {
            return Err(Refused::Invalid);
        }
        let now = self.clock.now();
        let memory = credential.memory();
        let remembered = lock(&self.trusted).get(&memory).cloned();
        let principal = match remembered {
            Some(trusted) if now < trusted.until => trusted.principal,
            remembered => match (self.look_up(credential, now).await, remembered) {
                (Err(Refused::Store(StoreError::Unavailable(_))), Some(trusted))
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
                Actor::User(_) => Refused::SessionExpired,
                Actor::SystemUser(_) => Refused::Inactive,
                _ => Refused::Expired,
            });
        }
        self.note_use(&principal, now);
        Ok(principal)
    }

    /// A tenant by id or short name, whoever asks.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn tenant(&self, named: &str) -> Result<Option<Tenant>, StoreError> {
        match (named.parse::<TenantId>(), named.parse::<Slug>()) {
            (Ok(id), _) => self.stores.tenants.get(id).await,
            (_, Ok(slug)) => self.stores.tenants.find(&slug).await,
            _ => Ok(None),
        }
    }

    /// Lets a caller into the tenant that they name: their own, one that they are an active member of,
    /// or any if they administer the platform.
    ///
    /// # Errors
    /// [`Denied`]: no such tenant, not theirs, suspended, or the store fails.
    pub async fn enter(&self, principal: &Principal, named: &str) -> Result<Entered, Denied> {
        let tenant = self.tenant(named).await?;
        let tenant = tenant.ok_or(Denied::NotFound(Missing::Tenant))?;
        if tenant.suspended && !principal.platform_admin {
            let belongs = self.belongs(principal, &tenant).await?;
            return Err(if belongs {
                Denied::Suspended
            } else {
                Denied::NotMember
            });
        }
        if principal.scope.tenant() == tenant.id {
            return Ok(Entered::own(principal, tenant));
        }
        let scope = TenantScope::of(tenant.id);
        let permissions = match self.membership(principal, tenant.id).await? {
            Some(member) => self.role(scope, member.role_id).await?,
            None if principal.platform_admin => Permissions::all(),
            None => return Err(Denied::NotMember),
        };
        Ok(Entered {
            tenant,
            scope,
            actor: principal.actor,
            permissions: if principal.platform_admin {
                Permissions::all()
            } else {
                permissions
            },
            platform_admin: principal.platform_admin,
            project_bound: false,
        })
    }

    /// Whether this node accepted the credential a moment ago and need not ask.
    #[must_use]
    pub fn trusts(&self, credential: Credential<'_>) -> bool {
        let now = self.clock.now();
        lock(&self.trusted)
            .get(&credential.memory())
            .is_some_and(|trusted| now < trusted.until)
    }

    /// Makes this node ask the store again about every credential: after anything about who may do
    /// what was changed.
    pub fn forget(&self) {
        lock(&self.trusted).clear();
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
            self.stores.keys.touch(&pairs(&used.keys)).await?;
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

    async fn look_up(
        &self,
        credential: Credential<'_>,
        now: OffsetDateTime,
    ) -> Result<Principal, Refused> {
        let secret = credential.secret();
        KeyText::check(secret).map_err(|_| Refused::Invalid)?;
        let digest = KeyDigest::of(secret);
        match (credential, KeyKind::of(secret)) {
            (Credential::Session { tenant, .. }, _) => self.of_session(digest, tenant, now).await,
            (Credential::Key(_), Some(KeyKind::SystemUser)) => self.of_system_user(digest).await,
            (Credential::Key(_), _) => self.of_key(digest).await,
        }
    }

    async fn of_key(&self, digest: KeyDigest) -> Result<Principal, Refused> {
        let key = self.stores.keys.find(&digest).await?;
        let key = key
            .filter(|key| key.revoked_at.is_none())
            .ok_or(Refused::Invalid)?;
        let tenant = self.stores.tenants.get(key.tenant_id).await?;
        let tenant = tenant.ok_or(Refused::Invalid)?;
        let ApiKey {
            id,
            project_id,
            platform_admin,
            rate_limit,
            expires_at,
            ..
        } = key;
        let permissions = if platform_admin {
            Permissions::all()
        } else {
            key.permissions()
        };
        let mut principal = self
            .at_home(tenant, project_id, permissions)
            .await?
            .ok_or(Refused::Invalid)?;
        principal.actor = Actor::Key(id);
        principal.platform_admin = platform_admin;
        principal.rate_limit = rate_limit.and_then(|rate| u32::try_from(rate).ok());
        principal.expires_at = expires_at;
        admitted(principal)
    }

    async fn of_system_user(&self, digest: KeyDigest) -> Result<Principal, Refused> {
        let user = self.stores.system_users.system_user_of(&digest).await?;
        let user = user.ok_or(Refused::Invalid)?;
        if !user.active {
            return Err(Refused::Inactive);
        }
        let tenant = self.stores.tenants.get(user.tenant_id).await?;
        let tenant = tenant.ok_or(Refused::Invalid)?;
        let permissions = self.role(TenantScope::of(tenant.id), user.role_id).await?;
        let mut principal = self
            .at_home(tenant, None, permissions)
            .await?
            .ok_or(Refused::Invalid)?;
        principal.actor = Actor::SystemUser(user.id);
        principal.expires_at = user.expires_at;
        admitted(principal)
    }

    async fn of_session(
        &self,
        digest: KeyDigest,
        wanted: Option<&str>,
        now: OffsetDateTime,
    ) -> Result<Principal, Refused> {
        let found = self.stores.sessions.session(&digest).await?;
        let (session, user) = found.ok_or(Refused::Invalid)?;
        if session.ends_at(self.life) <= now {
            return Err(Refused::SessionExpired);
        }
        let actor = Actor::User(user.id);
        let mut principal = match self.place(&user, wanted).await? {
            Some((member, tenant)) => {
                let permissions = self
                    .role(TenantScope::of(tenant.id), member.role_id)
                    .await?;
                let homeless = || Principal::homeless(actor, user.platform_admin);
                let at_home = self.at_home(tenant, None, permissions).await?;
                at_home.unwrap_or_else(homeless)
            }
            None => Principal::homeless(actor, user.platform_admin),
        };
        principal.actor = actor;
        principal.platform_admin = user.platform_admin;
        principal.session = Some(session.id);
        principal.expires_at = Some(session.ends_at(self.life));
        admitted(principal)
    }

    /// Where a person acts: in the tenant they want, else in the first one that is open to them.
    async fn place(
        &self,
        user: &User,
        wanted: Option<&str>,
    ) -> Result<Option<(Member, Tenant)>, Refused> {
        let is_active = |member: &Member| member.status == MemberStatus::Active;
        if let Some(named) = wanted {
            let tenant = self.tenant(named).await?.ok_or(Refused::NoTenant)?;
            let member = self.stores.members.membership(user.id, tenant.id).await?;
            let member = member.filter(is_active).ok_or(Refused::NotMember)?;
            return Ok(Some((member, tenant)));
        }
        let mut locked_out = None;
        for member in self.stores.members.memberships(user.id).await? {
            let tenant = self.stores.tenants.get(member.tenant_id).await?;
            match tenant.filter(|_| is_active(&member)) {
                Some(tenant) if !tenant.suspended => return Ok(Some((member, tenant))),
                Some(tenant) => locked_out = locked_out.or(Some((member, tenant))),
                None => {}
            }
        }
        Ok(locked_out)
    }

    /// Somebody in their tenant; `None` when the project that they are bound to is gone.
    async fn at_home(
        &self,
        tenant: Tenant,
        only: Option<ProjectId>,
        permissions: Permissions,
    ) -> Result<Option<Principal>, StoreError> {
        let scope = TenantScope::of(tenant.id);
        let projects = self.stores.projects.list(scope).await?;
        let is_default = |project: &&Project| project.slug.as_str() == DEFAULT_PROJECT;
        let home = projects.iter().find(is_default).or(projects.first());
        let Some(home) = home.map(|project| project.id) else {
            return Ok(None);
        };
        let visible: Vec<Project> = projects
            .into_iter()
            .filter(|project| only.is_none_or(|only| only == project.id))
            .collect();
        let Some(first) = visible.first() else {
            return Ok(None);
        };
        Ok(Some(Principal {
            permissions,
            suspended: tenant.suspended,
            default_project: first.id,
            scope: Scope::new(scope, visible.iter().map(|project| project.id).collect()),
            project_bound: only.is_some(),
            tenant_slug: Some(tenant.slug),
            home,
            projects: visible
                .into_iter()
                .map(|project| (project.slug, project.id))
                .collect(),
            ..Principal::homeless(Actor::System, false)
        }))
    }

    /// What a role allows; nothing if it is gone.
    async fn role(&self, tenant: TenantScope, id: GrantId) -> Result<Permissions, StoreError> {
        let permissions = permissions_of(&*self.stores.grants, tenant, id).await?;
        Ok(permissions.unwrap_or(Permissions::NONE))
    }

    async fn membership(
        &self,
        principal: &Principal,
        tenant: TenantId,
    ) -> Result<Option<Member>, StoreError> {
        let Some(user) = principal.user() else {
            return Ok(None);
        };
        let member = self.stores.members.membership(user, tenant).await?;
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

/// A suspended tenant locks out everybody but those who can lift the suspension.
fn admitted(principal: Principal) -> Result<Principal, Refused> {
    if principal.suspended && !principal.platform_admin {
        Err(Refused::Suspended)
    } else {
        Ok(principal)
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
