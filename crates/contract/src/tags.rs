//! Contract of `IndexStore` and `TagStore`.
#![allow(missing_docs, reason = "a test's name states what it checks")]

use crate::Stores;
use crate::builder::{NOON, an_occurrence, fingerprint};
use crate::world::World;
use faultbook_domain::errors::{Actor, ErrorGroup, Split};
use faultbook_domain::id::ErrorId;
use faultbook_domain::search_index::{ErrorTag, IndexDelta, IndexEntry};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use time::Duration;

/// Counts by key and value.
type Counts = BTreeMap<(String, String), u64>;

impl World {
    /// Indexes what was recorded.
    pub(crate) async fn index(&self) {
        while self.stores.index.index_some(NOON).await.unwrap().more {}
    }

    async fn tags_of(&self, error: ErrorId) -> Vec<ErrorTag> {
        let store = &self.stores.tags;
        let tags = store.list_error_tags(&self.scope, error, 1_000).await;
        tags.unwrap().expect("the error exists")
    }

    async fn tag_counts(&self, error: ErrorId) -> Counts {
        let mut counts = Counts::new();
        for tag in self.tags_of(error).await {
            for value in tag.values {
                counts.insert((tag.key.clone(), value.value), value.count);
            }
        }
        counts
    }

    /// Compares tags with the stored occurrences.
    pub(crate) async fn tags_equal_a_recount(&self, errors: &[ErrorGroup], context: &str) {
        self.index().await;
        let mut of_keys: BTreeMap<String, BTreeSet<ErrorId>> = BTreeMap::new();
        for error in errors {
            let id = error.state.id;
            let store = &self.stores.errors;
            let page = store.list_occurrences(&self.scope, id, None, 10_000).await;
            let stored = page.unwrap().expect("the error exists").items;
            let mut expected = Counts::new();
            let mut sights = BTreeMap::new();
            for ((_, key, value), sight) in
                IndexDelta::of(stored.iter().map(IndexEntry::of).collect()).tags
            {
                if let Some(value) = value
                    && !key.starts_with('@')
                {
                    let name = (key, value);
                    *expected.entry(name.clone()).or_default() += sight.count.unsigned_abs();
                    let known = sights.entry(name).or_insert(sight);
                    if known != &sight {
                        *known = known.and(sight);
                    }
                }
            }
            for (key, _) in expected.keys() {
                of_keys.entry(key.clone()).or_default().insert(id);
            }
            assert_eq!(self.tag_counts(id).await, expected, "{context}: {id}");
            for tag in self.tags_of(id).await {
                for value in &tag.values {
                    let sight = sights[&(tag.key.clone(), value.value.clone())];
                    let micros = faultbook_domain::instant::micros;
                    assert_eq!(micros(value.first_seen), sight.first, "{context}: {tag:?}");
                    assert_eq!(micros(value.last_seen), sight.last, "{context}: {tag:?}");
                }
                assert_eq!(tag.distinct, tag.values.len() as u64, "{context}: {tag:?}");
                assert_eq!(tag.other, 0, "{context}: {tag:?}");
                let sum: u64 = tag.values.iter().map(|value| value.count).sum();
                assert_eq!(tag.total, sum, "{context}: {tag:?}");
            }
        }
        let keys = self.stores.tags.list_tag_keys(&self.scope).await.unwrap();
        let keys: BTreeMap<String, u64> =
            keys.into_iter().map(|one| (one.key, one.errors)).collect();
        let counted = of_keys.into_iter();
        let counted: BTreeMap<String, u64> = counted
            .map(|(key, errors)| (key, errors.len() as u64))
            .collect();
        assert_eq!(keys, counted, "{context}");
    }
}

pub async fn tags_count_the_occurrences_that_have_them(stores: Stores) {
    let world = World::new(stores).await;
    let one = || an_occurrence(world.project);
    let recorded = world
        .record(vec![
            one()
                .at(1)
                .tags(r#"{"region":"eu"}"#)
                .release("1.0")
                .build(),
            one().at(5).tags(r#"{"region":"eu"}"#).build(),
            one().at(3).tags(r#"{"region":"us"}"#).build(),
            one().at(4).build(),
        ])
        .await;
    let id = recorded[0].error.id;
    world.index().await;
    let tags = world.tags_of(id).await;
    let names: Vec<&str> = tags.iter().map(|tag| tag.key.as_str()).collect();
    assert_eq!(
        names,
        ["environment", "level", "region", "release", "source"]
    );
    let region = &tags[2];
    assert_eq!((region.total, region.distinct, region.other), (3, 2, 0));
    let values = |tag: &ErrorTag| -> Vec<(String, u64)> {
        let values = tag.values.iter();
        values.map(|one| (one.value.clone(), one.count)).collect()
    };
    assert_eq!(values(region), [("eu".to_owned(), 2), ("us".to_owned(), 1)]);
    assert_eq!(region.values[0].first_seen, NOON + Duration::seconds(1));
    assert_eq!(region.values[0].last_seen, NOON + Duration::seconds(5));
    let few = world.stores.tags.list_error_tags(&world.scope, id, 1).await;
    assert!(
        few.unwrap()
            .unwrap()
            .iter()
            .all(|tag| tag.values.len() == 1)
    );
}

pub async fn indexing_again_counts_nothing(stores: Stores) {
    let world = World::new(stores).await;
    let recorded = world.record_one(an_occurrence(world.project).build()).await;
    world.index().await;
    let before = world.tag_counts(recorded.error.id).await;
    world.index().await;
    assert_eq!(world.tag_counts(recorded.error.id).await, before);
    assert_eq!(before[&("level".to_owned(), "error".to_owned())], 1);
}

pub async fn tags_follow_merge_split_and_deletion(stores: Stores) {
    let world = World::new(stores).await;
    let one = |number| {
        let tags = format!(r#"{{"number":"{number}"}}"#);
        an_occurrence(world.project).of(number).tags(&tags).build()
    };
    let recorded = world.record(vec![one(1), one(2), one(2), one(3)]).await;
    let ids: Vec<ErrorId> = recorded.iter().map(|one| one.error.id).collect();
    let (first, second) = (ids[0], ids[1]);
    // The last is indexed after the merge.
    world.index().await;
    world.record(vec![one(2)]).await;
    let groups = &world.stores.groups;
    groups
        .merge_errors(&world.scope, second, first, Actor::System, NOON)
        .await
        .unwrap();
    world
        .tags_equal_a_recount(&world.all().await, "merged")
        .await;
    let number = |value: &str| ("number".to_owned(), value.to_owned());
    assert_eq!(world.tag_counts(first).await[&number("2")], 3);
    let split = groups
        .split_error(&world.scope, first, fingerprint(1), Actor::System, NOON)
        .await;
    assert!(matches!(split, Ok(Split::Done(_))));
    world.record(vec![one(1)]).await;
    world
        .tags_equal_a_recount(&world.all().await, "split")
        .await;
    assert!(!world.tag_counts(first).await.contains_key(&number("1")));
    let deleted = world
        .stores
        .errors
        .delete_errors(&world.scope, &[first])
        .await;
    assert_eq!(deleted.unwrap(), [first]);
    let tags = world
        .stores
        .tags
        .list_error_tags(&world.scope, first, 1)
        .await;
    assert_eq!(tags.unwrap(), None);
    world.record(vec![one(2)]).await;
    world
        .tags_equal_a_recount(&world.all().await, "deleted")
        .await;
    let known = world
        .stores
        .tags
        .list_known_values(&world.scope, "number", "2", 20);
    assert_eq!(known.await.unwrap()[0].count, 1);
}

pub async fn tags_of_expired_occurrences_go(stores: Stores) {
    let world = World::new(stores).await;
    let old = |tags: &str| an_occurrence(world.project).tags(tags).build();
    let recorded = world
        .record(vec![old(r#"{"age":"old"}"#), old(r#"{"age":"old"}"#)])
        .await;
    let id = recorded[0].error.id;
    world.index().await;
    world.expire(NOON + Duration::days(31)).await;
    world
        .tags_equal_a_recount(&world.all().await, "expired")
        .await;
    assert_eq!(world.tags_of(id).await, []);
    let known = world
        .stores
        .tags
        .list_known_values(&world.scope, "age", "", 20);
    assert_eq!(known.await.unwrap(), []);
}

pub async fn values_come_in_pages(stores: Stores) {
    let world = World::new(stores).await;
    let mut all = Vec::new();
    for number in 0..7 {
        for _ in 0..=number / 2 {
            let tags = format!(r#"{{"number":"{number}"}}"#);
            all.push(an_occurrence(world.project).tags(&tags).build());
        }
    }
    let id = world.record(all).await[0].error.id;
    world.index().await;
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let store = &world.stores.tags;
        let page = store
            .get_error_tag(&world.scope, id, "number", after, 2)
            .await;
        let page = page.unwrap().expect("the tag is known");
        assert_eq!((page.total, page.distinct), (16, 7));
        let Some(last) = page.values.last() else {
            break;
        };
        after = Some((last.count, last.value.clone()));
        seen.extend(page.values.into_iter().map(|one| (one.value, one.count)));
    }
    let expected = [
        ("6", 4),
        ("4", 3),
        ("5", 3),
        ("2", 2),
        ("3", 2),
        ("0", 1),
        ("1", 1),
    ];
    assert_eq!(
        seen,
        expected.map(|(value, count)| (value.to_owned(), count))
    );
    let unknown = world
        .stores
        .tags
        .get_error_tag(&world.scope, id, "nothing", None, 2);
    assert_eq!(unknown.await.unwrap(), None);
}

pub async fn keys_and_values_of_a_scope_are_known(stores: Stores) {
    let world = World::new(stores).await;
    let one = |number, tags: &str| an_occurrence(world.project).of(number).tags(tags).build();
    world
        .record(vec![
            one(1, r#"{"city":"Åbo"}"#),
            one(1, r#"{"city":"Åbo"}"#),
            one(2, r#"{"city":"Bonn","mood":"x"}"#),
        ])
        .await;
    world.index().await;
    let keys = world.stores.tags.list_tag_keys(&world.scope).await.unwrap();
    let count = |key: &str| keys.iter().find(|one| one.key == key).map(|one| one.errors);
    assert_eq!(count("city"), Some(2));
    assert_eq!(count("mood"), Some(1));
    assert!(keys.iter().all(|one| !one.key.starts_with('@')));
    let names = world.stores.tags.list_key_names(&world.scope).await;
    let listed = keys.iter().map(|one| one.key.clone()).collect();
    assert_eq!(names.unwrap(), listed);
    let find = async |prefix: &str| -> Vec<(String, u64)> {
        let store = &world.stores.tags;
        let found = store
            .list_known_values(&world.scope, "city", prefix, 20)
            .await;
        let found = found.unwrap().into_iter();
        found.map(|one| (one.value, one.count)).collect()
    };
    assert_eq!(
        find("").await,
        [("Åbo".to_owned(), 2), ("Bonn".to_owned(), 1)]
    );
    assert_eq!(find("bo").await, [("Bonn".to_owned(), 1)]);
    assert_eq!(find("nothing").await, []);
    let other = World::new(world.stores).await;
    let keys = other.stores.tags.list_tag_keys(&other.scope).await;
    assert_eq!(keys.unwrap(), []);
}

pub async fn concurrent_indexing_counts_once(stores: Stores) {
    let world = Arc::new(World::new(stores).await);
    for number in 0..40 {
        let batch = (0..50).map(|_| an_occurrence(world.project).of(number % 5).build());
        world.record(batch.collect()).await;
    }
    let tasks = (0..4).map(|_| {
        let world = Arc::clone(&world);
        tokio::spawn(async move { world.index().await })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    world
        .tags_equal_a_recount(&world.all().await, "concurrently")
        .await;
}

pub async fn indexing_goes_on_until_nothing_waits(stores: Stores) {
    let world = World::new(stores).await;
    for _ in 0..40 {
        let batch = (0..33).map(|_| an_occurrence(world.project).build());
        world.record(batch.collect()).await;
    }
    let id = world.all().await[0].state.id;
    world.index().await;
    let level = ("level".to_owned(), "error".to_owned());
    assert_eq!(world.tag_counts(id).await[&level], 40 * 33);
}
