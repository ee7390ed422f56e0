//! Accepting and refusing keys.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use faultbook_contract::builder::{NOON, a_key, a_project, a_tenant};
use faultbook_domain::clock::Clock;
use faultbook_domain::identity::{Access, AccessStores, AuthError, Credential, DEVELOPMENT_KEY};
use faultbook_domain::identity::{ApiKey, KeyDigest, Permission, SessionLife};
use faultbook_domain::identity::{KeyStore, MockKeyStore};
use faultbook_domain::memory::MemoryStore;
use faultbook_domain::store_error::StoreError;
use faultbook_domain::system::SystemIds;
use faultbook_domain::tenancy::Bootstrap;
use faultbook_domain::tenancy::TenantStore;
use faultbook_domain::tenancy::{Tenant, TenantScope};
use faultbook_domain::testing::FixedClock;
use std::sync::Arc;
use time::Duration;

struct World {
    store: Arc<MemoryStore>,
    clock: Arc<FixedClock>,
    access: Access,
}

/// Access over a store, with other keys if some are given.
fn access(
    store: &Arc<MemoryStore>,
    keys: Option<Arc<dyn KeyStore>>,
    clock: Arc<FixedClock>,
    development: bool,
) -> Access {
    let stores = AccessStores {
        keys: keys.unwrap_or_else(|| store.clone()),
        tenants: store.clone(),
        projects: store.clone(),
        sessions: store.clone(),
        members: store.clone(),
        system_users: store.clone(),
        rbac_items: store.clone(),
    };
    let life = SessionLife {
        idle: Duration::DAY,
        absolute: Duration::days(30),
    };
    Access::new(stores, clock, life, development)
}

fn world(development: bool) -> World {
    let store = Arc::new(MemoryStore::new(Arc::new(SystemIds::default())));
    let clock = Arc::new(FixedClock::at(NOON));
    let access = access(&store, None, clock.clone(), development);
    World {
        store,
        clock,
        access,
    }
}

impl World {
    async fn tenant(&self, suspended: bool) -> Tenant {
        let tenant = Tenant {
            suspended,
            ..a_tenant()
        };
        self.store_tenant(&tenant).await;
        tenant
    }

    async fn store_tenant(&self, tenant: &Tenant) {
        TenantStore::create_tenant(&*self.store, tenant, &a_project(tenant.id), None)
            .await
            .unwrap();
    }

    async fn key(&self, tenant: &Tenant, secret: &str) -> ApiKey {
        let key = ApiKey {
            digest: KeyDigest::of(secret),
            ..a_key(tenant.id)
        };
        KeyStore::create_key(&*self.store, &key).await.unwrap();
        key
    }

    fn bootstrap(&self) -> Bootstrap {
        Bootstrap {
            store: self.store.clone(),
            clock: self.clock.clone(),
            ids: Arc::new(SystemIds::default()),
        }
    }
}

#[tokio::test]
async fn a_known_key_gives_its_tenant_and_permissions() {
    let world = world(false);
    let tenant = world.tenant(false).await;
    world.key(&tenant, "secret").await;
    let principal = world
        .access
        .accept(Credential::Key("secret"))
        .await
        .unwrap();
    assert_eq!(principal.scope.tenant(), tenant.id);
    assert_eq!(principal.scope.projects(), [principal.default_project]);
    assert!(principal.may(Permission::ErrorsWrite) && !principal.may(Permission::ErrorsDelete));
    assert_eq!(principal.project("no-such"), None);
}

#[tokio::test]
async fn unknown_and_malformed_keys_are_refused() {
    let world = world(true);
    assert!(matches!(
        world.access.accept(Credential::Key("nobody")).await,
        Err(AuthError::Invalid)
    ));
    let unasked = MockKeyStore::new();
    let access = access(
        &world.store,
        Some(Arc::new(unasked)),
        world.clock.clone(),
        true,
    );
    let refused = access.accept(Credential::Key("sk_live_tooshort")).await;
    assert!(
        matches!(refused, Err(AuthError::Invalid)),
        "without asking the store"
    );
}

#[tokio::test]
async fn an_expired_key_says_so_even_while_it_is_remembered() {
    let world = world(false);
    let tenant = world.tenant(false).await;
    world.key(&tenant, "secret").await;
    world.clock.advance(Duration::DAY - Duration::SECOND);
    world
        .access
        .accept(Credential::Key("secret"))
        .await
        .unwrap();
    world.clock.advance(Duration::SECOND);
    assert!(matches!(
        world.access.accept(Credential::Key("secret")).await,
        Err(AuthError::Expired)
    ));
}

#[tokio::test]
async fn a_revoked_key_is_refused_within_five_seconds() {
    let world = world(false);
    let tenant = world.tenant(false).await;
    let key = world.key(&tenant, "secret").await;
    world
        .access
        .accept(Credential::Key("secret"))
        .await
        .unwrap();
    world
        .store
        .revoke_key(TenantScope::for_tests(tenant.id), key.id, NOON)
        .await
        .unwrap();
    world.clock.advance(Duration::seconds(5));
    assert!(matches!(
        world.access.accept(Credential::Key("secret")).await,
        Err(AuthError::Invalid)
    ));
}

#[tokio::test]
async fn a_suspended_tenant_is_locked_out() {
    let world = world(false);
    let tenant = world.tenant(true).await;
    world.key(&tenant, "secret").await;
    assert!(matches!(
        world.access.accept(Credential::Key("secret")).await,
        Err(AuthError::Suspended)
    ));
}

#[tokio::test]
async fn a_store_that_is_away_is_no_refusal() {
    let world = world(false);
    let mut keys = MockKeyStore::new();
    keys.expect_find_key()
        .returning(|_| Err(StoreError::unavailable("gone")));
    let access = access(
        &world.store,
        Some(Arc::new(keys)),
        world.clock.clone(),
        false,
    );
    assert!(matches!(
        access.accept(Credential::Key("secret")).await,
        Err(AuthError::Store(_))
    ));
}

#[tokio::test]
async fn use_is_stored_and_kept_when_that_fails() {
    let world = world(false);
    let tenant = world.tenant(false).await;
    let key = world.key(&tenant, "secret").await;
    let mut keys = MockKeyStore::new();
    let found = key.clone();
    keys.expect_find_key()
        .returning(move |_| Ok(Some(found.clone())));
    let mut failures = 1;
    let expected = [(key.id, world.clock.now())];
    keys.expect_touch_keys().times(2).returning(move |used| {
        assert_eq!(used, expected);
        if failures > 0 {
            failures -= 1;
            return Err(StoreError::unavailable("gone"));
        }
        Ok(())
    });
    let access = access(
        &world.store,
        Some(Arc::new(keys)),
        world.clock.clone(),
        false,
    );
    access.accept(Credential::Key("secret")).await.unwrap();
    access.store_usage().await.unwrap_err();
    access.store_usage().await.unwrap();
    access.store_usage().await.unwrap();
}

#[tokio::test]
async fn a_key_stays_trusted_for_an_hour_while_the_store_cannot_be_asked() {
    let world = world(false);
    let key = world.key(&world.tenant(false).await, "secret").await;
    let mut keys = MockKeyStore::new();
    let mut answers = vec![Some(key)].into_iter();
    keys.expect_find_key().returning(move |_| {
        let unavailable = || StoreError::unavailable("gone");
        answers.next().ok_or_else(unavailable)
    });
    let access = access(
        &world.store,
        Some(Arc::new(keys)),
        world.clock.clone(),
        false,
    );
    access.accept(Credential::Key("secret")).await.unwrap();
    for _ in 0..59 {
        world.clock.advance(Duration::minutes(1));
        access.accept(Credential::Key("secret")).await.unwrap();
    }
    world.clock.advance(Duration::minutes(1));
    assert!(matches!(
        access.accept(Credential::Key("secret")).await,
        Err(AuthError::Store(StoreError::Unavailable(_)))
    ));
}

#[tokio::test]
async fn development_starts_with_a_known_key_that_production_refuses() {
    let development = world(true);
    for _ in 0..2 {
        development.bootstrap().development().await.unwrap();
    }
    let principal = development
        .access
        .accept(Credential::Key(DEVELOPMENT_KEY))
        .await
        .unwrap();
    assert!(principal.platform_admin && principal.may(Permission::TenantManage));
    let production = access(&development.store, None, development.clock.clone(), false);
    assert!(matches!(
        production.accept(Credential::Key(DEVELOPMENT_KEY)).await,
        Err(AuthError::Invalid)
    ));
}

#[tokio::test]
async fn production_shows_its_owner_key_once() {
    let world = world(false);
    let key = world
        .bootstrap()
        .production()
        .await
        .unwrap()
        .expect("the first start makes a key");
    let principal = world
        .access
        .accept(Credential::Key(key.reveal()))
        .await
        .unwrap();
    assert!(principal.may(Permission::TenantManage) && !principal.platform_admin);
    assert!(world.bootstrap().production().await.unwrap().is_none());
}
