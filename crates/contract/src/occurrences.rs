//! Contract of `OccurrenceStore`.
#![allow(missing_docs, reason = "a test's name states what it checks")]

use crate::Stores;
use crate::builder::{NOON, an_occurrence};
use crate::dice::Dice;
use crate::world::World;
use faultbook_domain::errors::{
    Actor, Company, FoundOccurrence, Occurrence, OccurrencePlace, OccurrenceSearch,
};
use faultbook_domain::id::ErrorId;
use faultbook_domain::page::Cursor;
use faultbook_domain::search::Query;
use time::Duration;
use uuid::Uuid;

fn search(text: &str) -> OccurrenceSearch {
    OccurrenceSearch::of(&Query::parse(text, NOON).unwrap())
}

impl World {
    async fn occurrence(
        &self,
        error: ErrorId,
        place: OccurrencePlace,
        search: &OccurrenceSearch,
    ) -> Option<FoundOccurrence> {
        let store = &self.stores.occurrences;
        let found = store
            .find_occurrence(&self.scope, error, place, search)
            .await;
        found.unwrap()
    }

    /// Compares the places of all occurrences of an error with their list.
    async fn places_equal_the_list(&self, error: ErrorId, text: &str) {
        let search = search(text);
        let mut stored = self.stored(error).await;
        stored.reverse();
        let found: Vec<&Occurrence> = stored.iter().filter(|one| search.meets(one)).collect();
        for one in &stored {
            let place = OccurrencePlace::Id(one.id);
            let got = self.occurrence(error, place, &search).await.unwrap();
            let at = found.iter().position(|other| other.id == one.id);
            let older = found.iter().rev().find(|other| other.id < one.id);
            let newer = found.iter().find(|other| other.id > one.id);
            let expected = FoundOccurrence {
                occurrence: one.clone(),
                position: at.map(|at| at as u64 + 1),
                total: Some(found.len() as u64),
                newer: newer.map(|one| one.id),
                older: older.map(|one| one.id),
                capped: false,
            };
            assert_eq!(got, expected, "{text}");
        }
        for (place, expected) in [
            (OccurrencePlace::Latest, found.last()),
            (OccurrencePlace::First, found.first()),
        ] {
            let got = self.occurrence(error, place, &search).await;
            let got = got.map(|found| found.occurrence.id);
            assert_eq!(got, expected.map(|one| one.id), "{text}: {place:?}");
        }
        let mut after: Option<Cursor> = None;
        let mut listed = Vec::new();
        loop {
            let store = &self.stores.occurrences;
            let page = store
                .search_occurrences(&self.scope, error, &search, after, 2)
                .await;
            let page = page.unwrap().unwrap().unwrap();
            assert_eq!(page.total, found.len() as u64, "{text}");
            listed.extend(page.items.into_iter().map(|one| one.id));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        listed.reverse();
        let ids: Vec<_> = found.iter().map(|one| one.id).collect();
        assert_eq!(listed, ids, "{text}");
    }

    /// Records occurrences of two errors on several days, in no order of their own times, and merges the errors.
    async fn merged(&self) -> ErrorId {
        let mut dice = Dice(5);
        let mut ids = Vec::new();
        for number in 0..14_i64 {
            let one = an_occurrence(self.project)
                .of(u128::from(dice.below(2)))
                .at(i64::try_from(dice.below(9_000)).unwrap())
                .environment(dice.pick(&["production", "staging"]).unwrap())
                .message(dice.pick(&["Disk full", "Out of memory"]).unwrap())
                .received(NOON + Duration::hours(number * 9));
            let one = match number % 3 {
                0 => one,
                release => one.release(&release.to_string()),
            };
            ids.push(self.record_one(one.build()).await.error.id);
        }
        let (into, from) = (ids[0], *ids.iter().find(|id| **id != ids[0]).unwrap());
        let groups = &self.stores.groups;
        let merge = groups.merge_errors(&self.scope, from, into, Actor::System, NOON);
        drop(merge.await.unwrap());
        self.index().await;
        into
    }
}

pub async fn each_occurrence_has_its_place(stores: Stores) {
    let world = World::new(stores).await;
    let error = world.merged().await;
    world.places_equal_the_list(error, "").await;
    let other = world
        .record_one(an_occurrence(world.project).of(9).build())
        .await;
    world.index().await;
    let all = OccurrenceSearch::default();
    let foreign = world.stored(other.error.id).await[0].id;
    for nothing in [foreign.0, Uuid::nil()] {
        let place = OccurrencePlace::Id(faultbook_domain::id::OccurrenceId(nothing));
        assert_eq!(world.occurrence(error, place, &all).await, None);
    }
    let outside = World::new(world.stores).await;
    let place = OccurrencePlace::Latest;
    assert_eq!(outside.occurrence(error, place, &all).await, None);
    let store = &outside.stores.occurrences;
    let page = store
        .search_occurrences(&outside.scope, error, &all, None, 5)
        .await;
    assert_eq!(page.unwrap(), None);
}

pub async fn a_search_narrows_the_occurrences(stores: Stores) {
    let world = World::new(stores).await;
    let error = world.merged().await;
    for text in [
        "environment:staging",
        "!environment:staging",
        "release:[1,2] message:disk",
        "!message:disk",
        "has:release since:2026-11-20T13:00:00Z",
        "!has:release until:2026-11-20T13:00:00Z",
        "environment:nowhere",
        "is:resolved word assigned:me environment:production",
    ] {
        world.places_equal_the_list(error, text).await;
    }
}

pub async fn expired_occurrences_have_no_place(stores: Stores) {
    let world = World::new(stores).await;
    let error = world.merged().await;
    // 30 days after receipt.
    world.expire(NOON + Duration::days(32)).await;
    world.index().await;
    let left = world.stored(error).await.len();
    assert!((1..14).contains(&left), "{left}");
    world.places_equal_the_list(error, "").await;
    world
        .places_equal_the_list(error, "environment:staging")
        .await;
    world.expire(NOON + Duration::days(60)).await;
    world.index().await;
    let all = OccurrenceSearch::default();
    for place in [OccurrencePlace::Latest, OccurrencePlace::First] {
        assert_eq!(world.occurrence(error, place, &all).await, None);
    }
}

pub async fn company_shares_minutes(stores: Stores) {
    let world = World::new(stores).await;
    let one = |number: u128, minute: i64| {
        let at = NOON + Duration::minutes(minute);
        an_occurrence(world.project).of(number).received(at).build()
    };
    let mut batch = Vec::new();
    // Two in the oldest minute: 21 in all, of which the newest 20 count.
    batch.push(one(1, 0));
    for minute in 1..=20 {
        batch.push(one(1, minute));
    }
    // 2 shares three minutes, 3 two, 4 one, 5 two of which one is too old.
    let shared = [
        (2, 1),
        (2, 2),
        (2, 3),
        (3, 5),
        (3, 5),
        (3, 6),
        (4, 7),
        (5, 0),
        (5, 8),
    ];
    batch.extend(shared.map(|(number, minute)| one(number, minute)));
    // 6 comes in two minutes behind a hundred others.
    for minute in [10, 11] {
        batch.extend((0..99).map(|_| one(7, minute)));
        batch.push(one(6, minute));
    }
    let recorded = world.record(batch).await;
    world.index().await;
    let error = recorded[0].error.id;
    let store = &world.stores.occurrences;
    let company = store
        .list_company(&world.scope, error)
        .await
        .unwrap()
        .unwrap();
    let expected = [(recorded[21].error.id, 3), (recorded[24].error.id, 2)];
    let of = |one: &Company| (one.error.state.id, one.minutes);
    let mut found: Vec<_> = company.iter().map(of).collect();
    let seven = recorded[30].error.id;
    assert!(found.contains(&(seven, 2)));
    found.retain(|(id, _)| *id != seven);
    assert_eq!(found, expected);
    assert_eq!(company[0].error.state.count, 3);
    let nobody = store.list_company(&world.scope, ErrorId(Uuid::nil())).await;
    assert_eq!(nobody.unwrap(), None);
}
