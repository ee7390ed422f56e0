//! Contract of `EventStore`: duplicate reports are not counted again.
#![allow(missing_docs, reason = "a test's name states what it checks")]

use crate::Stores;
use crate::builder::{NOON, an_occurrence, new_id};
use crate::world::{World, new_tenant};
use std::sync::Arc;
use time::Duration;

pub async fn a_repeated_event_id_counts_nothing(stores: Stores) {
    let world = World::new(stores).await;
    let (_, other) = new_tenant(&world.stores).await;
    let name = new_id();
    let first = world
        .record_one(an_occurrence(world.project).named(name).build())
        .await;
    let again = an_occurrence(world.project)
        .named(name)
        .of(9)
        .message("another text")
        .build();
    let mixed = vec![
        an_occurrence(world.project).build(),
        again,
        an_occurrence(other).named(name).build(),
    ];
    let outcomes = world.record(mixed).await;
    assert!(!first.duplicate && !outcomes[0].duplicate && outcomes[1].duplicate);
    assert_eq!(
        outcomes[1].error.id, first.error.id,
        "the same error, whatever the repeat says"
    );
    assert!(!outcomes[2].duplicate, "event ids are a project's own");
    assert_eq!(world.error(first.error.id).await.state.count, 2);
    assert_eq!(world.all().await.len(), 1);
}

pub async fn a_repeated_event_id_within_a_batch_counts_once(stores: Stores) {
    let world = World::new(stores).await;
    let name = new_id();
    let batch = (0..3)
        .map(|_| an_occurrence(world.project).named(name).build())
        .collect();
    let outcomes = world.record(batch).await;
    assert_eq!(
        outcomes.iter().map(|r| r.duplicate).collect::<Vec<_>>(),
        [false, true, true]
    );
    assert_eq!(world.error(outcomes[2].error.id).await.state.count, 1);
    assert_eq!(world.occurrence_count(outcomes[0].error.id).await, 1);
}

pub async fn a_repeated_occurrence_id_counts_nothing(stores: Stores) {
    let world = World::new(stores).await;
    let occurrence = an_occurrence(world.project).build();
    let first = world.record_one(Arc::clone(&occurrence)).await;
    let fresh = an_occurrence(world.project).build();
    let outcomes = world
        .record(vec![
            fresh,
            occurrence,
            an_occurrence(world.project).build(),
        ])
        .await;
    assert_eq!(
        outcomes.iter().map(|r| r.duplicate).collect::<Vec<_>>(),
        [false, true, false]
    );
    assert_eq!(world.error(first.error.id).await.state.count, 3);
    assert_eq!(world.occurrence_count(first.error.id).await, 3);
}

pub async fn concurrent_repeats_count_once(stores: Stores) {
    let world = Arc::new(World::new(stores).await);
    let name = new_id();
    let tasks = (0..8).map(|_| {
        let world = Arc::clone(&world);
        tokio::spawn(async move {
            world
                .record_one(an_occurrence(world.project).named(name).build())
                .await
        })
    });
    let mut counted = 0;
    let mut id = None;
    for task in tasks.collect::<Vec<_>>() {
        let recorded = task.await.unwrap();
        counted += usize::from(!recorded.duplicate);
        id = Some(recorded.error.id);
    }
    assert_eq!(counted, 1);
    assert_eq!(world.error(id.unwrap()).await.state.count, 1);
}

pub async fn event_ids_are_remembered_for_a_week(stores: Stores) {
    let world = World::new(stores).await;
    let name = new_id();
    let report = || an_occurrence(world.project).named(name).build();
    let stored = NOON + Duration::MINUTE;
    world.record_one(report()).await;
    world
        .stores
        .maintenance
        .run_maintenance(stored + Duration::days(7) - Duration::SECOND)
        .await
        .unwrap();
    assert!(world.record_one(report()).await.duplicate, "not a week yet");
    world
        .stores
        .maintenance
        .run_maintenance(stored + Duration::days(7) + Duration::SECOND)
        .await
        .unwrap();
    let again = world.record_one(report()).await;
    assert_eq!((again.duplicate, again.error.count), (false, 2));
}
