//! One tenant on a memory store with a fixed clock, and the services over it.

use faultbook_contract::builder::{NOON, a_key, a_project, a_tenant, new_id};
use faultbook_domain::clock::Clock;
use faultbook_domain::id::KeyId;
use faultbook_domain::id_source::IdSource;
use faultbook_domain::identity::{
    Access, AccessStores, ApiKey, ApiKeys, Credential, KeyDigest, KeyStore, Members, Principal,
    Roles, SessionLife, TenantContext,
};
use faultbook_domain::memory::MemoryStore;
use faultbook_domain::system::SystemIds;
use faultbook_domain::tenancy::{Project, Tenant, TenantLimits, TenantStore};
use faultbook_domain::testing::FixedClock;
use std::sync::Arc;
use time::Duration;

pub struct World {
    pub store: Arc<MemoryStore>,
    pub clock: Arc<FixedClock>,
    pub access: Arc<Access>,
    pub tenant: Tenant,
    pub project: Project,
}

pub fn access(
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
        rbac_items: store.clone(),
    };
    let life = SessionLife {
        idle: Duration::DAY,
        absolute: Duration::days(30),
    };
    Arc::new(Access::new(stores, clock, life, false))
}

impl World {
    pub async fn new() -> Self {
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

    pub fn sources(&self) -> (Arc<dyn Clock>, Arc<dyn IdSource>) {
        (self.clock.clone(), Arc::new(SystemIds::default()))
    }

    pub fn api_keys(&self, limits: TenantLimits) -> ApiKeys {
        let access = Arc::clone(&self.access);
        ApiKeys::new(self.store.clone(), access, self.sources(), limits)
    }

    pub fn roles(&self, limits: TenantLimits) -> Arc<Roles> {
        Arc::new(Roles::new(self.store.clone(), self.sources(), limits))
    }

    pub fn members(&self) -> Members {
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
    pub async fn key(&self, change: impl FnOnce(&mut ApiKey)) -> (KeyId, Arc<Principal>) {
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

    pub async fn holder_of(&self, permissions: &[&str]) -> (KeyId, Arc<Principal>) {
        self.key(|key| key.permission_names = names(permissions))
            .await
    }

    pub async fn entered(&self, permissions: &[&str]) -> TenantContext {
        let (_, holder) = self.holder_of(permissions).await;
        self.enter(&holder).await
    }

    pub async fn enter(&self, holder: &Principal) -> TenantContext {
        let named = self.tenant.id.to_string();
        self.access.enter(holder, &named).await.unwrap()
    }
}

pub fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}
