//! `Releases`.

use crate::parts;
use faultbook_contract::builder::{NOON, a_batch, a_project, a_tenant, an_occurrence};
use faultbook_domain::cache::{Cache, ReadCache};
use faultbook_domain::id::ProjectId;
use faultbook_domain::ingest::EventStore;
use faultbook_domain::memory::{MemoryCache, MemoryStore};
use faultbook_domain::releases::{
    NewDeploy, Order, ReleaseChange, ReleaseError, ReleaseLimits, ReleasePage, Releases, Version,
};
use faultbook_domain::search_index::SearchIndex;
use faultbook_domain::tenancy::{ProjectStore, Scope, TenantScope, TenantStore};
use faultbook_domain::testing::FixedClock;
use std::sync::Arc;
use time::Duration;

struct World {
    store: Arc<MemoryStore>,
    cache: Arc<MemoryCache>,
    clock: Arc<FixedClock>,
    releases: Releases,
    scope: Scope,
}

impl World {
    /// A tenant with two projects, whose releases and deploys are at most three.
    async fn new() -> Self {
        let (store, clock, ids) = parts();
        let cache = Arc::new(MemoryCache::default());
        let tenant = a_tenant();
        let projects = [a_project(tenant.id), a_project(tenant.id)];
        TenantStore::create_tenant(&*store, &tenant, &projects[0], None)
            .await
            .unwrap();
        store.create_project(&projects[1]).await.unwrap();
        let limits = ReleaseLimits {
            releases: 3,
            deploys: 3,
        };
        let reads = Arc::new(ReadCache::new(cache.clone()));
        let index = SearchIndex::new(store.clone(), reads.clone(), clock.clone());
        let releases = Releases::new(
            store.clone(),
            Arc::new(index),
            reads,
            (clock.clone(), ids),
            limits,
        );
        let visible = projects.map(|project| project.id).to_vec();
        Self {
            store,
            cache,
            clock,
            releases,
            scope: Scope::new(TenantScope::for_tests(tenant.id), visible),
        }
    }

    fn project(&self, place: usize) -> ProjectId {
        self.scope.projects()[place]
    }

    async fn announce(&self, place: usize, text: &str) -> Result<bool, ReleaseError> {
        let release = (self.project(place), &version(text));
        let change = ReleaseChange::default();
        let done = self.releases.announce(&self.scope, release, change).await;
        done.map(|(detail, is_new)| {
            assert_eq!(detail.release.version.as_str(), text);
            is_new
        })
    }

    async fn deploy(&self, scope: &Scope, text: &str) -> Result<(), ReleaseError> {
        let wanted = NewDeploy {
            environment: "production".to_owned(),
            at: None,
            url: None,
        };
        let deploy = self.releases.deploy(scope, &version(text), wanted).await?;
        assert_eq!(deploy.environment, "production");
        Ok(())
    }
}

fn version(text: &str) -> Version {
    Version::new(text).unwrap()
}

fn texts(page: &ReleasePage) -> Vec<&str> {
    let releases = page.releases.iter();
    releases.map(|one| one.release.version.as_str()).collect()
}

#[tokio::test]
async fn a_release_is_made_once_and_up_to_the_limit() {
    let world = World::new().await;
    for text in ["1.0", "2.0", "3.0"] {
        assert!(world.announce(0, text).await.unwrap());
        assert!(!world.announce(0, text).await.unwrap());
    }
    let full = world.announce(0, "4.0").await;
    assert!(matches!(full, Err(ReleaseError::Full(3))));
    assert!(world.announce(1, "4.0").await.unwrap());
}

#[tokio::test]
async fn one_project_goes_by_version_and_several_by_time() {
    let world = World::new().await;
    for (place, text) in [(0, "2.0"), (1, "7.0"), (0, "1.0")] {
        world.announce(place, text).await.unwrap();
        world.clock.advance(Duration::MINUTE);
    }
    let all = world.releases.list(&world.scope, None, 10).await.unwrap();
    assert_eq!(all.order, Order::Time);
    assert_eq!(texts(&all), ["1.0", "7.0", "2.0"]);
    assert_eq!(all.next, None);
    let one = world.scope.narrowed_to(world.project(0));
    let own = world.releases.list(&one, None, 10).await.unwrap();
    assert_eq!(own.order, Order::Semantic);
    assert_eq!(texts(&own), ["2.0", "1.0"]);
}

#[tokio::test]
async fn a_page_goes_on_where_the_last_one_ended_whatever_came_or_went() {
    let world = World::new().await;
    for text in ["1.0", "3.0", "5.0"] {
        world.announce(0, text).await.unwrap();
    }
    let one = world.scope.narrowed_to(world.project(0));
    let first = world.releases.list(&one, None, 2).await.unwrap();
    assert_eq!((texts(&first), first.total), (vec!["5.0", "3.0"], 3));
    for text in ["2.0", "6.0"] {
        let occurrence = an_occurrence(world.project(0)).release(text).build();
        world
            .store
            .record(&a_batch(vec![occurrence]))
            .await
            .unwrap();
    }
    let rest = world.releases.list(&one, first.next.as_ref(), 2).await;
    let rest = rest.unwrap();
    assert_eq!((texts(&rest), rest.total), (vec!["2.0", "1.0"], 5));
    assert_eq!(rest.next, None);
}

#[tokio::test]
async fn the_time_of_an_unannounced_release_is_the_earlier_of_receipt_and_first_sight() {
    let world = World::new().await;
    let occurrences = [("early", -60), ("late", 3_600), ("none", 0)];
    for (text, seconds) in &occurrences[..2] {
        let one = an_occurrence(world.project(0)).release(text).at(*seconds);
        world
            .store
            .record(&a_batch(vec![one.build()]))
            .await
            .unwrap();
    }
    world.announce(0, "none").await.unwrap();
    let all = world.releases.list(&world.scope, None, 10).await.unwrap();
    let times = all.releases.iter();
    let times: Vec<_> = times.map(|one| one.release.time() - NOON).collect();
    assert_eq!(texts(&all), ["late", "none", "early"]);
    assert_eq!(times, [Duration::MINUTE, Duration::ZERO, -Duration::MINUTE]);
}

#[tokio::test]
async fn what_is_not_there_or_there_twice_is_said() {
    let world = World::new().await;
    let scope = &world.scope;
    let one = version("1.0");
    let none = world.releases.get(scope, &one).await;
    assert!(matches!(none, Err(ReleaseError::NotFound)));
    let none = world.deploy(scope, "1.0").await;
    assert!(matches!(none, Err(ReleaseError::NotFound)));
    world.announce(0, "1.0").await.unwrap();
    world.deploy(scope, "1.0").await.unwrap();
    world.announce(1, "1.0").await.unwrap();
    let both = world.releases.get(scope, &one).await;
    assert!(matches!(both, Err(ReleaseError::Ambiguous)));
    let both = world.deploy(scope, "1.0").await;
    assert!(matches!(both, Err(ReleaseError::Ambiguous)));
    let other = scope.narrowed_to(world.project(1));
    let other = world.releases.get(&other, &one).await.unwrap();
    assert_eq!(other.release.project_id, world.project(1));
    assert_eq!(other.deploys, []);
}

#[tokio::test]
async fn changes_make_cached_reads_old() {
    let world = World::new().await;
    let tenant = world.scope.tenant();
    let mut seen = Vec::new();
    world.announce(0, "1.0").await.unwrap();
    seen.push(world.cache.generation(tenant).await.unwrap());
    world.announce(0, "1.0").await.unwrap();
    seen.push(world.cache.generation(tenant).await.unwrap());
    world.deploy(&world.scope, "1.0").await.unwrap();
    seen.push(world.cache.generation(tenant).await.unwrap());
    assert!(seen[0] != seen[1] && seen[1] != seen[2]);
}
