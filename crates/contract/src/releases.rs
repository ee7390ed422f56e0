//! Contract of `ReleaseStore`.
#![allow(missing_docs, reason = "a test's name states what it checks")]

use crate::Stores;
use crate::builder::{
    NOON, a_batch, a_deploy, a_project, an_announcement, an_occurrence, new_event_id,
};
use crate::world::World;
use faultbook_domain::errors::Occurrence;
use faultbook_domain::id::ProjectId;
use faultbook_domain::ingest::Batch;
use faultbook_domain::releases::{
    Announced, Announcement, Deploy, Release, ReleaseFigures, Version,
};
use faultbook_domain::tenancy::Scope;
use std::sync::Arc;
use time::{Duration, OffsetDateTime};

const MOST: u32 = 100;

fn version(text: &str) -> Version {
    Version::new(text).unwrap()
}

fn at(seconds: i64) -> OffsetDateTime {
    NOON + Duration::seconds(seconds)
}

/// A release of which nothing was said, with the times of its occurrences in seconds after [`NOON`].
pub(crate) fn reported(project_id: ProjectId, text: &str, seen: Option<(i64, i64)>) -> Release {
    Release {
        project_id,
        version: version(text),
        git_ref: None,
        url: None,
        released_at: None,
        created_at: NOON + Duration::MINUTE,
        first_seen: seen.map(|(first, _)| at(first)),
        last_seen: seen.map(|(_, last)| at(last)),
    }
}

/// The release that an announcement makes.
fn announced(announcement: &Announcement) -> Release {
    Release {
        git_ref: announcement.git_ref.clone().flatten(),
        url: announcement.url.clone().flatten(),
        released_at: announcement.released_at.flatten(),
        created_at: announcement.at,
        ..reported(announcement.project_id, announcement.version.as_str(), None)
    }
}

impl World {
    /// The releases by project and version, as listed and as found one by one.
    pub(crate) async fn releases(&self) -> Vec<Release> {
        self.index().await;
        let store = &self.stores.releases;
        let mut listed = store.list_releases(&self.scope).await.unwrap();
        listed.sort_by(|a, b| (a.project_id, &a.version).cmp(&(b.project_id, &b.version)));
        for release in &listed {
            let found = store.find_releases(&self.scope, &release.version).await;
            assert!(found.unwrap().contains(release), "{release:?}");
        }
        listed
    }

    async fn versions(&self) -> Vec<String> {
        let all = self.releases().await.into_iter();
        all.map(|release| release.version.to_string()).collect()
    }

    pub(crate) async fn announce(&self, announcement: &Announcement) -> Announced {
        let store = &self.stores.releases;
        store.announce_release(announcement, MOST).await.unwrap()
    }

    async fn remove(&self, text: &str) -> bool {
        let store = &self.stores.releases;
        let version = version(text);
        let removed = store.remove_release(&self.scope, self.project, &version);
        removed.await.unwrap()
    }

    async fn deploy(&self, deploy: &Deploy, most: u32) -> bool {
        self.stores.releases.add_deploy(deploy, most).await.unwrap()
    }

    async fn deploys(&self, texts: &[&str]) -> Vec<Deploy> {
        let keys: Vec<_> = texts
            .iter()
            .map(|text| (self.project, version(text)))
            .collect();
        let store = &self.stores.releases;
        store.list_deploys(&self.scope, &keys).await.unwrap()
    }

    /// Occurrences, errors, new errors and users of versions.
    pub(crate) async fn figures(&self, texts: &[&str]) -> Vec<[u64; 4]> {
        self.index().await;
        let keys: Vec<_> = texts
            .iter()
            .map(|text| (self.project, version(text)))
            .collect();
        let store = &self.stores.releases;
        let figures = store
            .list_release_figures(&self.scope, &keys)
            .await
            .unwrap();
        let named = |one: &ReleaseFigures| (one.project_id, one.version.clone());
        assert_eq!(
            figures.iter().map(named).collect::<Vec<_>>(),
            keys,
            "in order"
        );
        let numbers =
            |one: &ReleaseFigures| [one.occurrences, one.errors, one.new_errors, one.users];
        figures.iter().map(numbers).collect()
    }

    pub(crate) fn of_release(&self, number: u128, text: &str, seconds: i64) -> Arc<Occurrence> {
        let built = an_occurrence(self.project).of(number).release(text);
        built.at(seconds).build()
    }
}

pub async fn a_release_is_known_with_its_first_occurrence(stores: Stores) {
    let world = World::new(stores).await;
    let long = "ü".repeat(200);
    let texts = ["1.0", "shop@1.0 (Ada's ☃)", long.as_str(), "1.0", "01.0"];
    let mut batch: Vec<_> = (10..)
        .zip(texts)
        .map(|(n, text)| world.of_release(1, text, n))
        .collect();
    for no_version in ["", " 1", "1 ", "a\nb", ".", "..", &"x".repeat(201)] {
        batch.push(world.of_release(2, no_version, 0));
    }
    batch.push(an_occurrence(world.project).of(3).build());
    world.record(batch).await;
    let expected = [
        reported(world.project, "01.0", Some((14, 14))),
        reported(world.project, "1.0", Some((10, 13))),
        reported(world.project, "shop@1.0 (Ada's ☃)", Some((11, 11))),
        reported(world.project, &long, Some((12, 12))),
    ];
    assert_eq!(world.releases().await, expected);
    assert_eq!(
        world.all().await.len(),
        3,
        "the occurrences are stored in any case"
    );

    world.record_one(world.of_release(1, "1.0", -5)).await;
    let known = world.releases().await.remove(1);
    assert_eq!(known, reported(world.project, "1.0", Some((-5, 13))));
}

pub async fn a_known_release_stays_as_it_is(stores: Stores) {
    let world = World::new(stores).await;
    let announcement = an_announcement(world.project, "1.0");
    assert_eq!(world.announce(&announcement).await, Announced::Created);
    let name = new_event_id();
    let repeated = || {
        let built = an_occurrence(world.project).release("1.0").at(7);
        built.named(name).build()
    };
    world.record_one(repeated()).await;
    assert!(world.record_one(repeated()).await.duplicate);
    let seen = Release {
        first_seen: Some(at(7)),
        last_seen: Some(at(7)),
        ..announced(&announcement)
    };
    assert_eq!(world.releases().await, [seen]);
}

pub async fn what_is_announced_replaces_what_was(stores: Stores) {
    let world = World::new(stores).await;
    world.record_one(world.of_release(1, "1.0", 3)).await;
    let before = reported(world.project, "1.0", Some((3, 3)));
    let nothing = Announcement {
        git_ref: None,
        url: None,
        released_at: None,
        at: NOON + Duration::DAY,
        ..an_announcement(world.project, "1.0")
    };
    assert_eq!(world.announce(&nothing).await, Announced::Updated);
    assert_eq!(world.releases().await, std::slice::from_ref(&before));

    let full = an_announcement(world.project, "1.0");
    assert_eq!(world.announce(&full).await, Announced::Updated);
    let after = Release {
        created_at: before.created_at,
        first_seen: before.first_seen,
        last_seen: before.last_seen,
        ..announced(&full)
    };
    assert_eq!(world.releases().await, std::slice::from_ref(&after));
    let some = Announcement {
        url: Some(None),
        released_at: Some(Some(NOON)),
        ..nothing
    };
    world.announce(&some).await;
    let after = Release {
        url: None,
        released_at: Some(NOON),
        ..after
    };
    assert_eq!(world.releases().await, [after]);
}

pub async fn a_project_has_no_more_releases_than_it_may(stores: Stores) {
    let world = World::new(stores).await;
    let store = &world.stores.releases;
    let announce = async |text: &str| {
        let announcement = an_announcement(world.project, text);
        store.announce_release(&announcement, 2).await.unwrap()
    };
    assert_eq!(announce("1").await, Announced::Created);
    let record = async |texts: &[&str]| {
        let batch = texts.iter().map(|text| world.of_release(1, text, 0));
        let batch = Batch {
            release_limit: 2,
            ..a_batch(batch.collect())
        };
        world.stores.events.record(&batch).await.unwrap()
    };
    record(&["2", "1"]).await;
    assert_eq!(announce("3").await, Announced::Full);
    assert_eq!(announce("2").await, Announced::Updated);
    record(&["3", "2"]).await;
    assert_eq!(world.versions().await, ["1", "2"]);
    assert_eq!(world.all().await[0].state.count, 4);

    let other = a_project(world.scope.tenant());
    world.stores.projects.create_project(&other).await.unwrap();
    let elsewhere = store
        .announce_release(&an_announcement(other.id, "3"), 2)
        .await;
    assert_eq!(
        elsewhere.unwrap(),
        Announced::Created,
        "each project has its own"
    );
}

pub async fn a_version_is_one_release_however_many_say_so_at_once(stores: Stores) {
    let world = World::new(stores).await;
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..8_u32 {
        let events = world.stores.events.clone();
        let releases = world.stores.releases.clone();
        let project = world.project;
        tasks.spawn(async move {
            let mut created = 0;
            for round in 0..10 {
                let texts = [format!("{round}"), format!("{}", round + 1)];
                if task % 2 == 0 {
                    let built = texts.iter().rev().zip(1..);
                    let built = built.map(|(text, number)| {
                        an_occurrence(project).of(number).release(text).build()
                    });
                    events.record(&a_batch(built.collect())).await.unwrap();
                } else {
                    for text in &texts {
                        let announcement = an_announcement(project, text);
                        let done = releases.announce_release(&announcement, MOST).await;
                        created += u32::from(done.unwrap() == Announced::Created);
                    }
                }
            }
            created
        });
    }
    let created: u32 = tasks.join_all().await.into_iter().sum();
    assert!(created <= 11, "{created}");
    assert_eq!(world.releases().await.len(), 11);
}

pub async fn a_removed_release_comes_back_with_its_next_occurrence(stores: Stores) {
    let world = World::new(stores).await;
    for _ in 0..3 {
        world.record_one(world.of_release(1, "1.0", 1)).await;
        world.record_one(world.of_release(1, "2.0", 1)).await;
        assert_eq!(world.versions().await, ["1.0", "2.0"]);
        assert!(world.deploy(&a_deploy(world.project, "1.0", 0), MOST).await);
        assert!(world.remove("1.0").await);
        assert!(!world.remove("1.0").await);
        assert_eq!(world.versions().await, ["2.0"]);
        assert!(!world.deploy(&a_deploy(world.project, "1.0", 0), MOST).await);
        assert_eq!(world.deploys(&["1.0"]).await, []);
    }
    assert_eq!(world.all().await[0].state.count, 6, "occurrences stay");
    world.announce(&an_announcement(world.project, "1.0")).await;
    assert_eq!(world.deploys(&["1.0"]).await, []);
    assert_eq!(world.figures(&["1.0"]).await, [[3, 1, 1, 0]]);
}

pub async fn the_newest_deploys_are_kept_and_listed(stores: Stores) {
    let world = World::new(stores).await;
    for text in ["1.0", "2.0"] {
        world.announce(&an_announcement(world.project, text)).await;
    }
    let mut made: Vec<Deploy> = [5, 1, 5, 3, 4]
        .map(|minute| a_deploy(world.project, "1.0", minute))
        .to_vec();
    let other = Deploy {
        environment: "staging".to_owned(),
        url: None,
        ..a_deploy(world.project, "2.0", 2)
    };
    assert!(world.deploy(&other, 4).await);
    for deploy in &made {
        assert!(world.deploy(deploy, 4).await);
    }
    made.sort_by_key(|deploy| std::cmp::Reverse((deploy.at, deploy.id)));
    made.truncate(4);
    assert_eq!(world.deploys(&["1.0"]).await, made);
    made.push(other.clone());
    made.sort_by_key(|deploy| std::cmp::Reverse((deploy.at, deploy.id)));
    assert_eq!(world.deploys(&["2.0", "1.0", "3.0"]).await, made);
    assert_eq!(world.deploys(&["2.0"]).await, [other]);
    assert_eq!(world.deploys(&[]).await, []);

    for minute in 0..i64::try_from(Deploy::SHOWN).unwrap() + 3 {
        world
            .deploy(&a_deploy(world.project, "2.0", 10 + minute), 1_000)
            .await;
    }
    let shown = world.deploys(&["2.0"]).await;
    assert_eq!(shown.len(), Deploy::SHOWN);
    assert_eq!(shown[99].at, NOON + Duration::minutes(13));
}

pub async fn releases_outside_the_scope_do_not_exist(stores: Stores) {
    let world = World::new(stores).await;
    let other = a_project(world.scope.tenant());
    world.stores.projects.create_project(&other).await.unwrap();
    let store = &world.stores.releases;
    let foreign = an_announcement(other.id, "1.0");
    assert_eq!(world.announce(&foreign).await, Announced::Created);
    world.deploy(&a_deploy(other.id, "1.0", 0), MOST).await;
    let occurrence = an_occurrence(other.id).release("1.0").build();
    world.record_one(occurrence).await;
    let keys = [(other.id, version("1.0"))];
    assert_eq!(world.releases().await, []);
    let found = store.find_releases(&world.scope, &keys[0].1).await;
    assert_eq!(found.unwrap(), []);
    let deploys = store.list_deploys(&world.scope, &keys).await;
    assert_eq!(deploys.unwrap(), []);
    let figures = store.list_release_figures(&world.scope, &keys).await;
    assert_eq!(figures.unwrap(), []);
    let removed = store
        .remove_release(&world.scope, other.id, &keys[0].1)
        .await;
    assert!(!removed.unwrap());
    assert!(!world.remove("1.0").await);

    world.announce(&an_announcement(world.project, "1.0")).await;
    let both = vec![world.project, other.id];
    let both = Scope::new(world.scope.tenant_scope(), both);
    let found = store.find_releases(&both, &keys[0].1).await.unwrap();
    let mut projects: Vec<_> = found.iter().map(|release| release.project_id).collect();
    projects.sort_unstable();
    let mut expected = both.projects().to_vec();
    expected.sort_unstable();
    assert_eq!(projects, expected);
    world.index().await;
    let figures = store.list_release_figures(&both, &keys).await.unwrap();
    assert_eq!((figures.len(), figures[0].occurrences), (1, 1));
}
