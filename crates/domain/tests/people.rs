//! Who may make, change and take away what: keys, members, roles, and how many of each.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use faultbook_contract::builder::{NOON, a_key, a_member, a_project, a_tenant, a_user, new_id};
use faultbook_domain::clock::Clock;
use faultbook_domain::errors::Actor;
use faultbook_domain::id::{KeyId, MemberId, UserId};
use faultbook_domain::id_source::IdSource;
use faultbook_domain::identity::MockKeyStore;
use faultbook_domain::identity::{Access, AccessStores, AuthError, Credential};
use faultbook_domain::identity::{AccessError, Duplicate, Missing};
use faultbook_domain::identity::{
    ApiKey, KeyDigest, KeyKind, KeyText, Member, RbacKind, SessionLife, User,
};
use faultbook_domain::identity::{ApiKeySettings, ApiKeys, NotMade, NotRevoked};
use faultbook_domain::identity::{KeyStore, MemberStore, UserStore};
use faultbook_domain::identity::{Members, UserRef};
use faultbook_domain::identity::{Principal, TenantContext};
use faultbook_domain::identity::{RbacItemSettings, Roles};
use faultbook_domain::memory::MemoryStore;
use faultbook_domain::system::SystemIds;
use faultbook_domain::tenancy::ProjectStore;
use faultbook_domain::tenancy::TenantLimits;
use faultbook_domain::tenancy::TenantStore;
use faultbook_domain::tenancy::{Project, Tenant};
use faultbook_domain::testing::FixedClock;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use time::Duration;

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

struct World {
    store: Arc<MemoryStore>,
    clock: Arc<FixedClock>,
    access: Arc<Access>,
    tenant: Tenant,
    project: Project,
}

fn access(
    store: &Arc<MemoryStore>,
    keys: Arc<dyn KeyStore>,
    clock: Arc<FixedClock>,
) -> Arc<Access> {
    let stores = AccessStores {
        keys,
        tenants: store.clone(),
        projects: store.clone(),
        sessions: store.clone(),
        members: store.clone(),
        system_users: store.clone(),
        grants: store.clone(),
    };
    let life = SessionLife {
        idle: Duration::DAY,
        absolute: Duration::days(30),
    };
    Arc::new(Access::new(stores, clock, life, false))
}

impl World {
    async fn new() -> Self {
        let store = Arc::new(MemoryStore::new(Arc::new(SystemIds::default())));
        let clock = Arc::new(FixedClock::at(NOON));
        let tenant = a_tenant();
        let project = a_project(tenant.id);
        TenantStore::create_tenant(&*store, &tenant, &project, None)
            .await
            .unwrap();
        Self {
            access: access(&store, store.clone(), clock.clone()),
            store,
            clock,
            tenant,
            project,
        }
    }

    fn sources(&self) -> (Arc<dyn Clock>, Arc<dyn IdSource>) {
        (self.clock.clone(), Arc::new(SystemIds::default()))
    }

    fn api_keys(&self, limits: TenantLimits) -> ApiKeys {
        let access = Arc::clone(&self.access);
        ApiKeys::new(self.store.clone(), access, self.sources(), limits)
    }

    fn roles(&self, limits: TenantLimits) -> Arc<Roles> {
        Arc::new(Roles::new(self.store.clone(), self.sources(), limits))
    }

    fn members(&self) -> Members {
        let limits = TenantLimits::default();
        Members::new(
            (self.store.clone(), self.store.clone()),
            self.roles(limits),
            Arc::clone(&self.access),
            self.sources(),
            limits,
        )
    }

    /// A stored key, and its holder.
    async fn key(&self, change: impl FnOnce(&mut ApiKey)) -> (KeyId, Arc<Principal>) {
        let secret = new_id().to_string();
        let mut key = ApiKey {
            digest: KeyDigest::of(&secret),
            ..a_key(self.tenant.id)
        };
        change(&mut key);
        KeyStore::create_key(&*self.store, &key).await.unwrap();
        let holder = self.access.accept(Credential::Key(&secret)).await.unwrap();
        (key.id, holder)
    }

    async fn holder_of(&self, permissions: &[&str]) -> (KeyId, Arc<Principal>) {
        self.key(|key| key.permission_names = names(permissions))
            .await
    }

    async fn entered(&self, permissions: &[&str]) -> TenantContext {
        let (_, holder) = self.holder_of(permissions).await;
        self.enter(&holder).await
    }

    async fn enter(&self, holder: &Principal) -> TenantContext {
        let named = self.tenant.id.to_string();
        self.access.enter(holder, &named).await.unwrap()
    }
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn wanted(permissions: &[&str]) -> ApiKeySettings {
    ApiKeySettings {
        name: "k".to_owned(),
        permission_names: names(permissions),
        expires_at: None,
        project_id: None,
        rate_limit: None,
    }
}

fn grant(name: &str, members: Option<&[&str]>) -> RbacItemSettings {
    RbacItemSettings {
        name: Some(name.to_owned()),
        description: None,
        members: members.map(names),
    }
}

#[tokio::test]
async fn nobody_revokes_a_key_that_may_do_more() {
    let world = World::new().await;
    let keys = world.api_keys(TenantLimits::default());
    let (manager_id, manager) = world.holder_of(&["keys:manage", "errors:read"]).await;
    let (equal, _) = world.holder_of(&["keys:manage", "errors:read"]).await;
    let (less, _) = world.holder_of(&["errors:read"]).await;
    let (owner, _) = world.holder_of(&["admin", "tenant:manage"]).await;
    let (more, _) = world.holder_of(&["errors:read", "errors:write"]).await;
    let (platform, _) = world
        .key(|key| {
            key.permission_names = names(&["errors:read"]);
            key.platform_admin = true;
        })
        .await;
    for above in [owner, more, platform] {
        let refused = keys.revoke(&manager, above).await;
        assert!(matches!(refused, Err(NotRevoked::Above)));
    }
    for below in [equal, less, manager_id] {
        keys.revoke(&manager, below).await.unwrap();
        let refused = keys.revoke(&manager, below).await;
        assert!(matches!(refused, Err(NotRevoked::NotFound)));
    }
}

#[tokio::test]
async fn a_key_of_one_project_manages_the_keys_of_that_project() {
    let world = World::new().await;
    let side = ProjectStore::create_project(&*world.store, &a_project(world.tenant.id))
        .await
        .unwrap();
    let keys = world.api_keys(TenantLimits::default());
    let of = |project| {
        move |key: &mut ApiKey| {
            key.permission_names = names(&["admin"]);
            key.project_id = project;
        }
    };
    let (own, bound) = world.key(of(Some(side.id))).await;
    let (sibling, _) = world.key(of(Some(side.id))).await;
    let (other, _) = world.key(of(Some(world.project.id))).await;
    let (wide, _) = world.key(of(None)).await;
    assert_eq!(bound.bound_project(), Some(side.id));
    let mut seen: Vec<KeyId> = keys
        .list(&bound)
        .await
        .unwrap()
        .iter()
        .map(|key| key.id)
        .collect();
    seen.sort_unstable();
    assert_eq!(seen, [own, sibling]);
    for outside in [other, wide] {
        let refused = keys.revoke(&bound, outside).await;
        assert!(matches!(refused, Err(NotRevoked::NotFound)));
    }
    for project_id in [None, Some(world.project.id)] {
        let wanted = ApiKeySettings {
            project_id,
            ..wanted(&["read"])
        };
        let refused = keys.make(&bound, wanted).await;
        assert!(matches!(refused, Err(NotMade::Escalation)));
    }
    let inside = ApiKeySettings {
        project_id: Some(side.id),
        ..wanted(&["read"])
    };
    let (_, made) = keys.make(&bound, inside).await.unwrap();
    keys.revoke(&bound, made.id).await.unwrap();
    keys.revoke(&bound, sibling).await.unwrap();
}

#[tokio::test]
async fn permissions_are_kept_once() {
    let world = World::new().await;
    let keys = world.api_keys(TenantLimits::default());
    let (_, maker) = world.holder_of(&["admin"]).await;
    let repeated = wanted(&["read", "errors:write", "read", "read", "errors:write"]);
    let (_, key) = keys.make(&maker, repeated).await.unwrap();
    assert_eq!(key.permission_names, ["read", "errors:write"]);
}

#[tokio::test]
async fn keys_have_a_limit_however_many_are_made_at_once() {
    let world = World::new().await;
    let limits = TenantLimits {
        keys: 4,
        ..TenantLimits::default()
    };
    let keys = Arc::new(world.api_keys(limits));
    let (_, maker) = world.holder_of(&["admin"]).await;
    let mut makers = tokio::task::JoinSet::new();
    for _ in 0..10 {
        let (keys, maker) = (Arc::clone(&keys), Arc::clone(&maker));
        makers.spawn(async move { keys.make(&maker, wanted(&["read"])).await });
    }
    let made = makers.join_all().await;
    let refused = |one: &Result<_, NotMade>| matches!(one, Err(NotMade::TooMany(4)));
    assert_eq!(made.iter().filter(|one| refused(one)).count(), 7);
    let one = made.into_iter().find_map(Result::ok).unwrap().1;
    keys.revoke(&maker, one.id).await.unwrap();
    keys.make(&maker, wanted(&["read"])).await.unwrap();
}

#[tokio::test]
async fn nobody_takes_away_grants_that_allow_more() {
    let world = World::new().await;
    let roles = world.roles(TenantLimits::default());
    let owner = world.entered(&["admin", "tenant:manage"]).await;
    let manager = world.entered(&["roles:manage", "errors:read"]).await;
    let make = async |level, wanted| roles.create(&owner, level, wanted).await.unwrap().id;
    let strong = make(RbacKind::Policy, grant("strong", Some(&["errors:delete"]))).await;
    let weak = make(RbacKind::Policy, grant("weak", Some(&["errors:read"]))).await;
    let role = make(RbacKind::Role, grant("deleters", Some(&["strong"]))).await;
    let weak_role = make(RbacKind::Role, grant("lookers", Some(&["weak"]))).await;
    for (level, id) in [(RbacKind::Policy, strong), (RbacKind::Role, role)] {
        let refused = roles.remove(&manager, level, id).await;
        assert!(matches!(refused, Err(AccessError::Permission)));
        let refused = roles.update(&manager, (level, id), grant("x", None)).await;
        assert!(matches!(refused, Err(AccessError::Permission)));
    }
    let own = make(RbacKind::Permission, grant("billing:read", None)).await;
    for (level, id) in [
        (RbacKind::Role, weak_role),
        (RbacKind::Policy, weak),
        (RbacKind::Permission, own),
    ] {
        roles.remove(&manager, level, id).await.unwrap();
    }
}

#[tokio::test]
async fn a_name_that_looks_like_another_is_refused() {
    let world = World::new().await;
    let roles = world.roles(TenantLimits::default());
    let owner = world.entered(&["admin"]).await;
    let (level, built_in) = (RbacKind::Role, "00000000-0000-7000-8000-000000030000");
    let support = roles.create(&owner, level, grant("support", None)).await;
    let support = support.unwrap().id;
    for name in [
        "Owner",
        "VIEWER",
        "owner\u{200b}",
        "own\u{202e}er",
        "Support",
        "supp\u{43e}rt",
    ] {
        let refused = roles.create(&owner, level, grant(name, None)).await;
        let taken = Duplicate::RbacItem(level);
        assert!(
            matches!(refused, Err(AccessError::Taken(what)) if what == taken),
            "{name:?}"
        );
    }
    for name in [built_in, "helper\u{200b}", "he\u{202e}lper"] {
        let refused = roles.create(&owner, level, grant(name, None)).await;
        assert!(
            matches!(refused, Err(AccessError::Invalid { field: "name", .. })),
            "{name:?}"
        );
    }
    let place = (level, support);
    let renamed = roles.update(&owner, place, grant("Support", None)).await;
    assert_eq!(renamed.unwrap().name, "Support");
    let refused = roles.update(&owner, place, grant("Admin", None)).await;
    assert!(matches!(refused, Err(AccessError::Taken(_))));
}

#[tokio::test]
async fn grants_have_a_limit() {
    let world = World::new().await;
    let limits = TenantLimits {
        grants: 2,
        ..TenantLimits::default()
    };
    let roles = world.roles(limits);
    let owner = world.entered(&["admin"]).await;
    for level in [RbacKind::Role, RbacKind::Policy] {
        for name in ["one", "two"] {
            roles
                .create(&owner, level, grant(name, None))
                .await
                .unwrap();
        }
        let refused = roles.create(&owner, level, grant("three", None)).await;
        assert!(matches!(refused, Err(AccessError::Limit { most: 2, .. })));
    }
}

async fn a_person(world: &World, tenant: Option<&Tenant>) -> (User, Option<Member>) {
    let user = User {
        platform_admin: false,
        ..a_user()
    };
    UserStore::create_user(&*world.store, &user).await.unwrap();
    let member = tenant.map(|tenant| a_member(&user, tenant.id));
    if let Some(member) = &member {
        world.store.add_member(member).await.unwrap();
    }
    (user, member)
}

#[tokio::test]
async fn an_address_tells_nothing_and_adds_nobody() {
    let world = World::new().await;
    let other = a_tenant();
    TenantStore::create_tenant(&*world.store, &other, &a_project(other.id), None)
        .await
        .unwrap();
    let (stranger, _) = a_person(&world, Some(&other)).await;
    let (member, _) = a_person(&world, Some(&world.tenant)).await;
    let members = world.members();
    let caller = world.entered(&["admin", "tenant:manage"]).await;
    for email in [stranger.email.clone(), "nobody@example.com".to_owned()] {
        let refused = members.add(&caller, UserRef::Email(email), "viewer").await;
        assert!(matches!(refused, Err(AccessError::NotFound(Missing::User))));
    }
    let refused = members.add(&caller, UserRef::Email(member.email), "viewer");
    assert!(matches!(
        refused.await,
        Err(AccessError::Taken(Duplicate::Member))
    ));
    // Nor does an id that the caller cannot have seen.
    for id in [stranger.id, UserId(new_id())] {
        let refused = members.add(&caller, UserRef::Id(id), "viewer").await;
        assert!(matches!(refused, Err(AccessError::NotFound(Missing::User))));
    }
    let page = members.list(caller.scope, None, 10).await.unwrap();
    assert_eq!(page.total, 1);
    // A colleague in another tenant has seen it.
    let (colleague, _) = a_person(&world, Some(&other)).await;
    let of_both = Member {
        id: MemberId(new_id()),
        tenant_id: world.tenant.id,
        ..a_member(&colleague, other.id)
    };
    world.store.add_member(&of_both).await.unwrap();
    let mut caller = caller;
    caller.actor = Actor::User(colleague.id);
    let added = members
        .add(&caller, UserRef::Id(stranger.id), "viewer")
        .await;
    assert_eq!(added.unwrap().user_id, stranger.id);
}

/// Secrets in the form of ours that are nobody's.
fn nobodys(number: u8) -> KeyText {
    KeyText::from_random(KeyKind::ApiKey, [number; 32])
}

#[tokio::test]
async fn what_is_nobodys_is_looked_up_once_and_what_is_malformed_never() {
    let world = World::new().await;
    let mut keys = MockKeyStore::new();
    keys.expect_find_key().times(1).returning(|_| Ok(None));
    let access = access(&world.store, Arc::new(keys), world.clock.clone());
    let secret = nobodys(1);
    let malformed = format!("{}x", secret.reveal());
    for _ in 0..5 {
        for secret in [secret.reveal(), &malformed] {
            let refused = access.accept(Credential::Key(secret)).await;
            assert!(matches!(refused, Err(AuthError::Invalid)));
            let refused = access.accept_doubted(Credential::Key(secret), HERE).await;
            assert!(matches!(refused, Err(AuthError::Invalid)));
        }
    }
}

#[tokio::test]
async fn a_good_key_is_accepted_among_wrong_ones() {
    let world = World::new().await;
    let good = nobodys(0);
    let key = ApiKey {
        digest: KeyDigest::of(good.reveal()),
        ..a_key(world.tenant.id)
    };
    KeyStore::create_key(&*world.store, &key).await.unwrap();
    let mut callers = tokio::task::JoinSet::new();
    for number in (0..60).rev() {
        let access = Arc::clone(&world.access);
        callers.spawn(async move {
            let secret = nobodys(number);
            let credential = Credential::Key(secret.reveal());
            access.accept_doubted(credential, HERE).await.is_ok()
        });
    }
    let accepted = callers.join_all().await;
    assert_eq!(accepted.into_iter().filter(|yes| *yes).count(), 1);
}
