//! `Projects`.

use crate::parts;
use faultbook_contract::builder::{NOON, a_key, a_project, a_tenant};
use faultbook_domain::id::TenantId;
use faultbook_domain::identity::{
    Access, AccessError, AccessStores, ApiKey, Credential, Duplicate, KeyDigest, KeyStore, Missing,
    Principal, SessionLife,
};
use faultbook_domain::memory::MemoryStore;
use faultbook_domain::retention::RetentionPolicy;
use faultbook_domain::tenancy::{ProjectSettings, Projects, Slug, TenantLimits, TenantStore};
use faultbook_domain::testing::FixedClock;
use std::sync::Arc;
use time::Duration;

/// What is kept where a project says nothing else.
pub const POLICY: RetentionPolicy = RetentionPolicy {
    occurrence_days: 90,
    count_days: 400,
    audit_days: 400,
    firing_days: 90,
    incident_days: 400,
    activity_days: 400,
    key_days: 90,
    invitation_days: 90,
};

/// Who owns a tenant, and the access by which they were accepted.
pub async fn owner_of(
    store: &Arc<MemoryStore>,
    clock: &Arc<FixedClock>,
    tenant: TenantId,
) -> (Arc<Principal>, Arc<Access>) {
    let stores = AccessStores {
        keys: store.clone(),
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
    let access = Arc::new(Access::new(stores, clock.clone(), life, false));
    let secret = "the owner's key";
    let key = ApiKey {
        digest: KeyDigest::of(secret),
        permission_names: vec!["admin".to_owned()],
        ..a_key(tenant)
    };
    KeyStore::create_key(&**store, &key).await.unwrap();
    let owner = access.accept(Credential::Key(secret)).await.unwrap();
    (owner, access)
}

/// The projects of a tenant with one project, and who owns the tenant.
async fn projects(limits: TenantLimits) -> (Projects, Arc<Principal>) {
    let (store, clock, ids) = parts();
    let tenant = a_tenant();
    let project = a_project(tenant.id);
    TenantStore::create_tenant(&*store, &tenant, &project, None)
        .await
        .unwrap();
    let (owner, access) = owner_of(&store, &clock, tenant.id).await;
    (
        Projects::new(store, access, (clock, ids), limits, POLICY),
        owner,
    )
}

fn slug(text: &str) -> Slug {
    text.parse().unwrap()
}

#[tokio::test]
async fn a_project_is_made_changed_and_deleted() {
    let (projects, owner) = projects(TenantLimits::default()).await;
    let made = projects
        .create(&owner, slug("shop"), ProjectSettings::default())
        .await
        .unwrap();
    assert_eq!((made.name.as_str(), made.created_at), ("shop", NOON));
    let twin = projects
        .create(&owner, slug("shop"), ProjectSettings::default())
        .await;
    assert!(matches!(
        twin,
        Err(AccessError::Taken(Duplicate::ProjectSlug))
    ));
    let wanted = ProjectSettings {
        name: Some("The shop".to_owned()),
        ..ProjectSettings::default()
    };
    let changed = projects.update(&owner, made.id, wanted).await.unwrap();
    assert_eq!(
        (changed.name.as_str(), &changed.slug),
        ("The shop", &made.slug)
    );
    assert_eq!(projects.get(&owner, made.id).await.unwrap(), changed);
    projects.delete(&owner, made.id).await.unwrap();
    let gone = projects.get(&owner, made.id).await.unwrap_err();
    assert!(matches!(gone, AccessError::NotFound(Missing::Project)));
    assert_eq!(projects.list(&owner).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_tenant_has_no_more_projects_than_it_may_however_many_are_made_at_once() {
    let limits = TenantLimits {
        projects: 3,
        ..TenantLimits::default()
    };
    let (projects, owner) = projects(limits).await;
    let make = |name: &'static str| {
        let settings = ProjectSettings::default();
        projects.create(&owner, slug(name), settings)
    };
    let made = tokio::join!(make("a"), make("b"), make("c"), make("d"));
    let made = [made.0, made.1, made.2, made.3];
    assert_eq!(made.iter().filter(|one| one.is_ok()).count(), 2);
    assert_eq!(projects.list(&owner).await.unwrap().len(), 3);
}
