//! Promises of `ErrorStore` about order and pages.
#![allow(missing_docs, reason = "the name of a promise is the promise")]

use super::{Stores, World};
use crate::builder::{NOON, a_project, an_occurrence};
use faultbook_domain::entity::{Cursor, ErrorId, ErrorSort, PageStart, Scope};
use faultbook_domain::port::ErrorQuery;
use time::Duration;

/// Twelve errors, of which several share a time or a count.
async fn twelve(world: &World) {
    for number in 0..12_u128 {
        let seconds = (number as i64 * 7) % 5 * 40;
        for occurrence in 0..=(number % 4) as i64 {
            let one = an_occurrence(world.project)
                .of(number)
                .at(seconds - occurrence * 90);
            world.record_one(one.build()).await;
        }
    }
}

async fn walk(world: &World, scope: &Scope, sort: ErrorSort, limit: u32) -> Vec<ErrorId> {
    let mut seen = Vec::new();
    let mut start = PageStart::default();
    loop {
        let query = ErrorQuery {
            sort,
            start,
            limit,
            ..ErrorQuery::default()
        };
        let page = world.stores.errors.list(scope, &query).await.unwrap();
        assert!(page.items.len() <= limit as usize);
        seen.extend(page.items.iter().map(|detail| detail.error.state.id));
        assert!(seen.len() <= 100, "a walk ends");
        match page.next {
            Some(cursor) => {
                assert_eq!(cursor, cursor.to_string().parse::<Cursor>().unwrap());
                start = PageStart::After(cursor);
            }
            None => return seen,
        }
    }
}

pub async fn cursors_walk_every_order_once(stores: Stores) {
    let world = World::new(stores).await;
    twelve(&world).await;
    for sort in [ErrorSort::LastSeen, ErrorSort::FirstSeen, ErrorSort::Count] {
        let mut expected = world.all().await;
        expected.sort_by_key(|error| std::cmp::Reverse((sort.rank(&error.state), error.state.id)));
        let expected: Vec<ErrorId> = expected.iter().map(|error| error.state.id).collect();
        for limit in [1, 5, 6, 12, 50] {
            assert_eq!(
                walk(&world, &world.scope, sort, limit).await,
                expected,
                "{sort:?} by {limit}"
            );
        }
    }
}

pub async fn offsets_count_from_the_newest(stores: Stores) {
    let world = World::new(stores).await;
    twelve(&world).await;
    let all = walk(&world, &world.scope, ErrorSort::LastSeen, 50).await;
    for offset in [0, 3, 11, 12, 1_000_000] {
        let start = PageStart::Offset(offset);
        let query = ErrorQuery {
            start,
            limit: 4,
            ..ErrorQuery::default()
        };
        let page = world
            .stores
            .errors
            .list(&world.scope, &query)
            .await
            .unwrap();
        let ids: Vec<ErrorId> = page
            .items
            .iter()
            .map(|detail| detail.error.state.id)
            .collect();
        let from = (offset as usize).min(12);
        assert_eq!(ids, all[from..(from + 4).min(12)], "from {offset}");
        assert_eq!(page.total, 12);
        assert_eq!(page.next.is_some(), from + 4 < 12);
    }
}

pub async fn pages_span_projects(stores: Stores) {
    let world = World::new(stores).await;
    let second = a_project(world.scope.tenant());
    world.stores.projects.create(&second).await.unwrap();
    for number in 0..6_u128 {
        let project = if number % 2 == 0 {
            world.project
        } else {
            second.id
        };
        world
            .record_one(an_occurrence(project).of(number).at(number as i64).build())
            .await;
    }
    let both = Scope::new(world.scope.within(), vec![world.project, second.id]);
    for sort in [ErrorSort::LastSeen, ErrorSort::FirstSeen, ErrorSort::Count] {
        let seen = walk(&world, &both, sort, 2).await;
        assert_eq!(seen.len(), 6);
        let mut unique = seen.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), 6);
    }
    assert_eq!(
        walk(&world, &world.scope, ErrorSort::LastSeen, 2)
            .await
            .len(),
        3
    );
    let id = walk(&world, &both.narrowed_to(second.id), ErrorSort::LastSeen, 2).await[0];
    let detail = world.stores.errors.get(&both, id).await.unwrap().unwrap();
    assert_eq!(detail.error.project_id, second.id);
}

pub async fn ties_are_broken_by_id(stores: Stores) {
    let world = World::new(stores).await;
    let batch = (0..20)
        .map(|number| an_occurrence(world.project).of(number).build())
        .collect();
    world.record(batch).await;
    let mut expected: Vec<ErrorId> = world
        .all()
        .await
        .iter()
        .map(|error| error.state.id)
        .collect();
    assert!(
        world
            .all()
            .await
            .iter()
            .all(|error| error.state.last_seen == NOON + Duration::ZERO)
    );
    expected.sort_unstable_by(|a, b| b.cmp(a));
    assert_eq!(
        walk(&world, &world.scope, ErrorSort::LastSeen, 3).await,
        expected
    );
}
