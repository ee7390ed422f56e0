//! `ProjectKeys`.

use crate::parts;
use crate::projects::{POLICY, owner_of};
use async_trait::async_trait;
use faultbook_contract::builder::{NOON, a_project, a_tenant};
use faultbook_domain::id::{ProjectId, ProjectKeyId};
use faultbook_domain::identity::{AccessError, Missing, Permissions, Principal};
use faultbook_domain::memory::MemoryStore;
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::{
    ActiveKey, Project, ProjectKey, ProjectKeySettings, ProjectKeyStore, ProjectKeys, Projects,
    TenantLimits, TenantScope, TenantStore,
};
use faultbook_domain::testing::FixedClock;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use time::{Duration, OffsetDateTime};

/// A store that counts what it is asked, and can be away.
struct Counted {
    store: MemoryStore,
    lookups: AtomicU64,
    touches: AtomicU64,
    away: AtomicBool,
}

#[async_trait]
impl ProjectKeyStore for Counted {
    async fn create_project_key(&self, key: &ProjectKey) -> Result<(), StoreError> {
        self.store.create_project_key(key).await
    }

    async fn find_project_key(&self, public_key: &str) -> Result<Option<ActiveKey>, StoreError> {
        self.lookups.fetch_add(1, Ordering::Relaxed);
        tokio::task::yield_now().await;
        if self.away.load(Ordering::Relaxed) {
            return Err(StoreError::unavailable("away"));
        }
        self.store.find_project_key(public_key).await
    }

    async fn list_project_keys(
        &self,
        tenant: TenantScope,
        project: ProjectId,
    ) -> Result<Vec<ProjectKey>, StoreError> {
        self.store.list_project_keys(tenant, project).await
    }

    async fn list_current_keys(
        &self,
        tenant: TenantScope,
        only: Option<ProjectId>,
    ) -> Result<Vec<(ProjectId, String)>, StoreError> {
        self.store.list_current_keys(tenant, only).await
    }

    async fn update_project_key(&self, key: &ProjectKey) -> Result<bool, StoreError> {
        self.store.update_project_key(key).await
    }

    async fn remove_project_key(
        &self,
        tenant: TenantScope,
        project: ProjectId,
        id: ProjectKeyId,
    ) -> Result<bool, StoreError> {
        let store = &self.store;
        store.remove_project_key(tenant, project, id).await
    }

    async fn touch_project_keys(
        &self,
        used: &[(ProjectKeyId, OffsetDateTime)],
    ) -> Result<(), StoreError> {
        self.touches.fetch_add(1, Ordering::Relaxed);
        if self.away.load(Ordering::Relaxed) {
            return Err(StoreError::unavailable("away"));
        }
        self.store.touch_project_keys(used).await
    }
}

/// Two nodes over one store: whatever one changes, the other has to find out.
struct World {
    store: Arc<Counted>,
    clock: Arc<FixedClock>,
    here: ProjectKeys,
    elsewhere: ProjectKeys,
    owner: Arc<Principal>,
    project: Project,
}

impl World {
    async fn new(limits: TenantLimits) -> Self {
        let (memory, clock, ids) = parts();
        let tenant = a_tenant();
        let project = a_project(tenant.id);
        TenantStore::create_tenant(&*memory, &tenant, &project, None)
            .await
            .unwrap();
        let (owner, access) = owner_of(&memory, &clock, tenant.id).await;
        let store = Arc::new(Counted {
            store: (*memory).clone(),
            lookups: AtomicU64::new(0),
            touches: AtomicU64::new(0),
            away: AtomicBool::new(false),
        });
        let node = || {
            let sources = (clock.clone() as _, ids.clone() as _);
            let projects = Projects::new(memory.clone(), access.clone(), sources, limits, POLICY);
            let sources = (clock.clone() as _, ids.clone() as _);
            ProjectKeys::new(store.clone(), Arc::new(projects), sources, limits)
        };
        Self {
            here: node(),
            elsewhere: node(),
            store,
            clock,
            owner,
            project: Project {
                number: 1,
                ..project
            },
        }
    }

    async fn finds(&self, node: &ProjectKeys, key: &ProjectKey) -> bool {
        node.find(&key.public_key).await.unwrap().is_some()
    }

    async fn make(&self) -> ProjectKey {
        let wanted = ProjectKeySettings::default();
        let made = self.here.create(&self.owner, self.project.id, wanted).await;
        made.unwrap().1
    }

    async fn set(&self, key: &ProjectKey, wanted: ProjectKeySettings) -> ProjectKey {
        let place = (self.project.id, key.id);
        self.here
            .update(&self.owner, place, wanted)
            .await
            .unwrap()
            .1
    }

    fn lookups(&self) -> u64 {
        self.store.lookups.load(Ordering::Relaxed)
    }

    async fn last_used(&self, key: &ProjectKey) -> Option<OffsetDateTime> {
        let listed = self.here.list(&self.owner, self.project.id).await;
        let (_, keys) = listed.unwrap();
        keys.iter().find(|one| one.id == key.id)?.last_used
    }
}

fn enabled(enabled: bool) -> ProjectKeySettings {
    ProjectKeySettings {
        enabled: Some(enabled),
        ..ProjectKeySettings::default()
    }
}

#[tokio::test]
async fn a_hot_key_is_looked_up_every_few_seconds_however_often_it_is_used() {
    let world = World::new(TenantLimits::default()).await;
    let key = world.make().await;
    for round in 1..=3 {
        let uses = (0..100).map(|_| world.finds(&world.here, &key));
        let found = futures(uses).await;
        assert!(found.into_iter().all(|found| found));
        assert_eq!(world.lookups(), round, "one for all");
        world.clock.advance(Duration::seconds(3));
    }
}

/// Runs futures at once.
async fn futures<T>(futures: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut pending: Vec<_> = futures.map(Box::pin).collect();
    let mut results: Vec<Option<T>> = pending.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (at, future) in pending.iter_mut().enumerate() {
            if results[at].is_none()
                && let std::task::Poll::Ready(result) = future.as_mut().poll(context)
            {
                results[at] = Some(result);
            }
        }
        if results.iter().all(Option::is_some) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    results.into_iter().flatten().collect()
}

#[tokio::test]
async fn unknown_keys_are_remembered_too_and_malformed_ones_are_not_looked_up() {
    let world = World::new(TenantLimits::default()).await;
    let unknown = "0123456789abcdef0123456789abcdef";
    for _ in 0..10 {
        assert_eq!(world.here.find(unknown).await.unwrap(), None);
    }
    assert_eq!(world.lookups(), 1);
    let long = "a".repeat(1_000_000);
    for malformed in [
        "",
        "test-api-key",
        "0123456789ABCDEF0123456789ABCDEF",
        &long,
    ] {
        assert_eq!(world.here.find(malformed).await.unwrap(), None);
    }
    assert_eq!(world.lookups(), 1);
    // However many there are, memory stays bounded, and known keys stay known.
    let key = world.make().await;
    assert!(world.finds(&world.here, &key).await);
    for number in 0..25_000_u32 {
        let unknown = format!("{number:032x}");
        assert_eq!(world.here.find(&unknown).await.unwrap(), None);
    }
    let lookups = world.lookups();
    assert!(world.finds(&world.here, &key).await);
    assert_eq!(world.lookups(), lookups);
}

#[tokio::test]
async fn a_change_holds_here_at_once_and_elsewhere_within_five_seconds() {
    let world = World::new(TenantLimits::default()).await;
    let key = world.make().await;
    for (change, found) in [(enabled(false), false), (enabled(true), true)] {
        for node in [&world.here, &world.elsewhere] {
            assert_eq!(world.finds(node, &key).await, !found);
        }
        world.set(&key, change).await;
        assert_eq!(world.finds(&world.here, &key).await, found);
        world.clock.advance(Duration::seconds(4));
        assert_eq!(world.finds(&world.elsewhere, &key).await, found);
    }
    let wanted = ProjectKeySettings {
        rate_limit: Some(Some(7)),
        allowed_origins: Some(vec!["https://shop.example".parse().unwrap()]),
        ..ProjectKeySettings::default()
    };
    world.set(&key, wanted).await;
    world.clock.advance(Duration::seconds(4));
    let found = world.elsewhere.find(&key.public_key).await.unwrap();
    let found = found.unwrap();
    assert_eq!(found.key.rate_limit, Some(7));
    assert!(found.key.allows_origin("https://shop.example"));
    assert!(!found.key.allows_origin("https://evil.example"));
    assert_eq!(found.project_number, world.project.number);
    let place = (world.project.id, key.id);
    world.here.revoke(&world.owner, place).await.unwrap();
    assert!(!world.finds(&world.here, &key).await);
    world.clock.advance(Duration::seconds(4));
    assert!(!world.finds(&world.elsewhere, &key).await);
}

#[tokio::test]
async fn a_known_key_stays_accepted_while_the_store_is_away() {
    let world = World::new(TenantLimits::default()).await;
    let (known, unknown) = (world.make().await, world.make().await);
    assert!(world.finds(&world.here, &known).await);
    world.store.away.store(true, Ordering::Relaxed);
    world.clock.advance(Duration::minutes(30));
    assert!(world.finds(&world.here, &known).await);
    let asked = world.here.find(&unknown.public_key).await;
    assert!(matches!(asked, Err(StoreError::Unavailable(_))));
    world.clock.advance(Duration::minutes(31));
    let asked = world.here.find(&known.public_key).await;
    assert!(matches!(asked, Err(StoreError::Unavailable(_))));
}

#[tokio::test]
async fn a_use_is_stored_at_most_once_a_minute() {
    let world = World::new(TenantLimits::default()).await;
    let key = world.make().await;
    let touches = || world.store.touches.load(Ordering::Relaxed);
    world.here.store_usage().await.unwrap();
    assert_eq!(touches(), 0, "nothing was used");
    assert!(world.finds(&world.here, &key).await);
    world.here.store_usage().await.unwrap();
    assert_eq!(world.last_used(&key).await, Some(NOON));
    for _ in 0..5 {
        world.clock.advance(Duration::seconds(10));
        assert!(world.finds(&world.here, &key).await);
        world.here.store_usage().await.unwrap();
    }
    assert_eq!(touches(), 1);
    world.clock.advance(Duration::seconds(10));
    world.store.away.store(true, Ordering::Relaxed);
    world.here.store_usage().await.unwrap_err();
    world.store.away.store(false, Ordering::Relaxed);
    world.here.store_usage().await.unwrap();
    let last = NOON + Duration::seconds(50);
    assert_eq!(world.last_used(&key).await, Some(last), "nothing is lost");
    world.clock.advance(Duration::HOUR);
    world.here.store_usage().await.unwrap();
    assert_eq!(touches(), 3, "what was not used since is left alone");
}

#[tokio::test]
async fn a_project_has_no_more_keys_than_it_may_however_many_are_made_at_once() {
    let limits = TenantLimits {
        project_keys: 3,
        ..TenantLimits::default()
    };
    let world = World::new(limits).await;
    let make = |_| {
        let wanted = ProjectKeySettings::default();
        world.here.create(&world.owner, world.project.id, wanted)
    };
    let made = futures((0..5).map(make)).await;
    assert_eq!(made.iter().filter(|made| made.is_ok()).count(), 2);
    let is_limit = |refused: &AccessError| matches!(refused, AccessError::Limit { most: 3, .. });
    assert!(
        made.iter()
            .filter_map(|made| made.as_ref().err())
            .all(is_limit)
    );
}

#[tokio::test]
async fn what_is_left_out_stays_and_what_is_not_there_is_said() {
    let world = World::new(TenantLimits::default()).await;
    let wanted = ProjectKeySettings {
        name: Some("Shop".to_owned()),
        source: Some(Some("shop".to_owned())),
        rate_limit: Some(Some(60)),
        ..ProjectKeySettings::default()
    };
    let made = world
        .here
        .create(&world.owner, world.project.id, wanted)
        .await;
    let (_, key) = made.unwrap();
    let changed = world.set(&key, ProjectKeySettings::default()).await;
    assert_eq!(changed, key);
    let cleared = ProjectKeySettings {
        source: Some(None),
        rate_limit: Some(None),
        ..ProjectKeySettings::default()
    };
    let changed = world.set(&key, cleared).await;
    assert_eq!((changed.source, changed.rate_limit), (None, None));
    assert_eq!(changed.name, "Shop");

    let unknown = ProjectKeyId(world.project.id.0);
    let place = (world.project.id, unknown);
    world.here.revoke(&world.owner, place).await.unwrap();
    let gone = world.here.revoke(&world.owner, place).await.unwrap_err();
    assert!(matches!(gone, AccessError::NotFound(Missing::ProjectKey)));
    let foreign = a_project(world.project.tenant_id);
    let refused = world.here.list(&world.owner, foreign.id).await.unwrap_err();
    assert!(matches!(refused, AccessError::NotFound(Missing::Project)));
    let mut stranger = (*world.owner).clone();
    stranger.permissions = Permissions::NONE;
    let refused = world.here.list(&stranger, world.project.id).await;
    assert!(matches!(refused, Err(AccessError::Permission)));
}
