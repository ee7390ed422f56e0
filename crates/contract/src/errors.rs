//! Contract of `ErrorStore`: single errors.
#![allow(missing_docs, reason = "a test's name states what it checks")]

use crate::Stores;
use crate::builder::{NOON, a_decision, an_occurrence, new_id};
use crate::world::{World, filter, new_tenant};
use faultbook_domain::errors::ErrorQuery;
use faultbook_domain::errors::{Activity, ActivityKind, Actor};
use faultbook_domain::id::ErrorId;
use faultbook_domain::page::Cursor;
use time::Duration;

pub async fn resolving_is_idempotent(stores: Stores) {
    let world = World::new(stores).await;
    let id = world
        .record_one(an_occurrence(world.project).build())
        .await
        .error
        .id;
    assert_eq!(world.resolve(&[id], true, 10).await, [id]);
    assert_eq!(world.resolve(&[id], true, 20).await, [id]);
    let state = world.error(id).await.state;
    assert!(state.resolved);
    assert_eq!(
        state.resolved_at,
        Some(NOON + Duration::seconds(10)),
        "the first time stays"
    );
    assert_eq!(state.updated_at, NOON + Duration::seconds(10));
    let history = world
        .stores
        .errors
        .list_activity(&world.scope, id, None, 10)
        .await
        .unwrap();
    assert_eq!(history.total, 1);
    let history = history.items;
    assert_eq!(
        (history[0].kind(), history[0].error_id),
        (ActivityKind::Resolved, id)
    );
    assert!(matches!(history[0].actor, Actor::Key(_)));
}

pub async fn unresolving_opens_again(stores: Stores) {
    let world = World::new(stores).await;
    let id = world
        .record_one(an_occurrence(world.project).build())
        .await
        .error
        .id;
    world.resolve(&[id], true, 10).await;
    world
        .record_one(an_occurrence(world.project).at(11).build())
        .await;
    assert!(world.error(id).await.state.regressed);
    world.resolve(&[id], true, 20).await;
    assert!(
        !world.error(id).await.state.regressed,
        "resolving clears the regression"
    );
    world.resolve(&[id], false, 30).await;
    let state = world.error(id).await.state;
    assert!(!state.resolved && state.resolved_at.is_none() && !state.regressed);
    let history = world
        .stores
        .errors
        .list_activity(&world.scope, id, None, 2)
        .await
        .unwrap();
    let kinds: Vec<ActivityKind> = history.items.iter().map(Activity::kind).collect();
    assert_eq!(
        kinds,
        [ActivityKind::Reopened, ActivityKind::Resolved],
        "newest first, limited"
    );
}

pub async fn bulk_changes_name_what_they_found(stores: Stores) {
    let world = World::new(stores).await;
    let mut ids: Vec<ErrorId> = Vec::new();
    for number in 0..3 {
        ids.push(
            world
                .record_one(an_occurrence(world.project).of(number).build())
                .await
                .error
                .id,
        );
    }
    ids.sort_unstable();
    let unknown = ErrorId(new_id());
    let asked = [ids[0], unknown, ids[1]];
    assert_eq!(world.resolve(&asked, true, 10).await, ids[..2]);
    assert_eq!(
        world
            .messages(filter(|f| f.resolved = Some(true)))
            .await
            .len(),
        2
    );
    let mut gone = world
        .stores
        .errors
        .delete_errors(&world.scope, &asked)
        .await
        .unwrap();
    gone.sort_unstable();
    assert_eq!(gone, ids[..2]);
    assert_eq!(world.all().await.len(), 1);
    assert_eq!(
        world
            .stores
            .errors
            .delete_errors(&world.scope, &[])
            .await
            .unwrap(),
        []
    );
}

pub async fn deleting_takes_everything_along(stores: Stores) {
    let world = World::new(stores).await;
    let doomed = world.record(vec![
        an_occurrence(world.project).of(1).full().build(),
        an_occurrence(world.project).of(1).build(),
        an_occurrence(world.project).of(2).build(),
    ]);
    let outcomes = doomed.await;
    let (id, kept) = (outcomes[0].error.id, outcomes[2].error.id);
    world.resolve(&[id], true, 10).await;
    assert_eq!(
        world
            .stores
            .errors
            .delete_errors(&world.scope, &[id])
            .await
            .unwrap(),
        [id]
    );
    assert_eq!(
        world
            .stores
            .errors
            .delete_errors(&world.scope, &[id])
            .await
            .unwrap(),
        []
    );
    assert!(
        world
            .stores
            .errors
            .get_error(&world.scope, id)
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        world
            .stores
            .errors
            .list_occurrences(&world.scope, id, None, 10)
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        world
            .stores
            .errors
            .list_activity(&world.scope, id, None, 10)
            .await
            .unwrap()
            .items
            .is_empty()
    );
    assert!(
        world
            .stores
            .groups
            .list_fingerprints(&world.scope, id)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(world.error(kept).await.state.count, 1);
}

pub async fn occurrences_come_newest_first_in_pages(stores: Stores) {
    let world = World::new(stores).await;
    let batch: Vec<_> = (0..7)
        .map(|n| an_occurrence(world.project).at(-n).build())
        .collect();
    let mut expected: Vec<_> = batch.iter().map(|occurrence| occurrence.id).collect();
    expected.reverse();
    let id = world.record(batch).await[0].error.id;
    world
        .record_one(an_occurrence(world.project).of(2).build())
        .await;
    let mut seen = Vec::new();
    let mut after: Option<Cursor> = None;
    loop {
        let page = world
            .stores
            .errors
            .list_occurrences(&world.scope, id, after, 3)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(page.total, 7);
        seen.extend(page.items.iter().map(|occurrence| occurrence.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, expected, "by receipt, not by the caller's clock");
}

pub async fn nothing_outside_the_scope_exists(stores: Stores) {
    let world = World::new(stores).await;
    let (foreign, _) = new_tenant(&world.stores).await;
    let id = world
        .record_one(an_occurrence(world.project).build())
        .await
        .error
        .id;
    let (errors, groups) = (&world.stores.errors, &world.stores.groups);
    let resolution = a_decision(true, NOON);
    assert!(errors.get_error(&foreign, id).await.unwrap().is_none());
    assert!(
        errors
            .list_occurrences(&foreign, id, None, 10)
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        errors
            .list_activity(&foreign, id, None, 10)
            .await
            .unwrap()
            .items
            .is_empty()
    );
    assert!(
        world
            .stores
            .triage
            .change_states(&foreign, &[id], &resolution)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        errors
            .delete_errors(&foreign, &[id])
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        groups
            .list_fingerprints(&foreign, id)
            .await
            .unwrap()
            .is_empty()
    );
    let query = ErrorQuery {
        limit: 10,
        ..ErrorQuery::default()
    };
    let page = errors.list_errors(&foreign, &query).await.unwrap();
    assert_eq!((page.total, page.items.len(), page.next), (0, 0, None));
    assert!(!world.error(id).await.state.resolved);
}

pub async fn the_latest_occurrence_comes_on_demand(stores: Stores) {
    let world = World::new(stores).await;
    let full = an_occurrence(world.project).full().build();
    world
        .record(vec![
            an_occurrence(world.project).of(2).at(-5).build(),
            full.clone(),
        ])
        .await;
    let with = ErrorQuery {
        limit: 10,
        with_latest: true,
        ..ErrorQuery::default()
    };
    let page = world
        .stores
        .errors
        .list_errors(&world.scope, &with)
        .await
        .unwrap();
    assert_eq!(page.items[0].latest.as_ref(), Some(&*full));
    assert!(page.items[1].latest.is_some());
    let without = ErrorQuery {
        with_latest: false,
        ..with
    };
    let page = world
        .stores
        .errors
        .list_errors(&world.scope, &without)
        .await
        .unwrap();
    assert!(page.items.iter().all(|detail| detail.latest.is_none()));
}
