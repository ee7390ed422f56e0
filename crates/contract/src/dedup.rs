//! Contract of `EventStore`: duplicate reports are not counted again.
#![allow(missing_docs, reason = "a test's name states what it checks")]

use crate::Stores;
use crate::builder::{NOON, an_occurrence, new_event_id, new_id};
use crate::world::{World, new_tenant};
use faultbook_domain::errors::Occurrence;
use faultbook_domain::ingest::Recorded;
use std::collections::{BTreeSet, HashMap};
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

fn duplicates(outcomes: &[Recorded]) -> Vec<bool> {
    outcomes.iter().map(|outcome| outcome.duplicate).collect()
}

pub async fn a_repeat_beside_new_reports_answers_with_its_errors_state(stores: Stores) {
    let world = World::new(stores).await;
    let name = new_event_id();
    let report = |of| an_occurrence(world.project).of(of);
    world.record_one(report(1).named(name).build()).await;
    let other = new_event_id();
    let outcomes = world
        .record(vec![
            report(1).build(),
            report(2).named(other).build(),
            report(2).named(name).build(),
            report(1).named(new_event_id()).build(),
            report(3).named(other).build(),
        ])
        .await;
    assert_eq!(duplicates(&outcomes), [false, false, true, false, true]);
    assert_eq!(
        [0, 1, 3].map(|place: usize| outcomes[place].error.count),
        [2, 1, 3]
    );
    for (repeat, original) in [(2, 0), (4, 1)] {
        let error = world.error(outcomes[original].error.id).await;
        assert_eq!(outcomes[repeat].error, error.state);
    }
    assert_eq!(world.all().await.len(), 2, "a repeat makes no error");
}

pub async fn an_event_id_may_be_the_id_of_an_earlier_report(stores: Stores) {
    let world = World::new(stores).await;
    let first = an_occurrence(world.project).build();
    let recorded = world.record_one(Arc::clone(&first)).await;
    let outcomes = world
        .record(vec![
            an_occurrence(world.project).of(9).named(first.id.0).build(),
            an_occurrence(world.project).build(),
        ])
        .await;
    assert_eq!(duplicates(&outcomes), [true, false]);
    assert_eq!(outcomes[0].error.id, recorded.error.id);
    assert_eq!(world.error(recorded.error.id).await.state.count, 2);
    assert_eq!(world.all().await.len(), 1);
}

pub async fn concurrent_batches_count_each_event_id_once(stores: Stores) {
    const TASKS: usize = 6;
    const BATCHES: usize = 8;
    const NAMES: usize = 24;
    let world = Arc::new(World::new(stores).await);
    let (_, other) = new_tenant(&world.stores).await;
    let names: Arc<Vec<_>> = Arc::new((0..NAMES).map(|_| new_event_id()).collect());
    // Every task reports every event id, in another order, to two projects, some twice in one batch, and with another
    // fingerprint than the others do; and beside each a report without one.
    let tasks = (0..TASKS).map(|task| {
        let (world, names) = (Arc::clone(&world), Arc::clone(&names));
        tokio::spawn(async move {
            let mut counted = Vec::new();
            for batch in 0..BATCHES {
                let mut occurrences: Vec<Arc<Occurrence>> = Vec::new();
                for place in 0..NAMES / 2 {
                    let name = names[(place * (task + 1) + batch * 5 + task) % NAMES];
                    let of = ((place + task) % 3) as u128;
                    let report = |project| an_occurrence(project).of(of);
                    occurrences.push(report(world.project).named(name).build());
                    occurrences.push(report(other).named(name).build());
                    occurrences.push(report(world.project).build());
                    if place % 4 == 0 {
                        occurrences.push(report(world.project).named(name).build());
                    }
                }
                let outcomes = world.record(occurrences.clone()).await;
                counted.extend(occurrences.into_iter().zip(outcomes));
            }
            counted
        })
    });
    let mut counted: HashMap<_, usize> = HashMap::new();
    let mut unnamed = 0;
    let mut ids = BTreeSet::new();
    for task in tasks.collect::<Vec<_>>() {
        for (occurrence, outcome) in task.await.unwrap() {
            let new = usize::from(!outcome.duplicate);
            if occurrence.has_caller_event_id() {
                let name = (occurrence.project_id, occurrence.event_id);
                *counted.entry(name).or_default() += new;
            } else {
                assert!(!outcome.duplicate);
                unnamed += 1;
            }
            if occurrence.project_id == world.project {
                ids.insert(outcome.error.id);
            }
        }
    }
    assert!(counted.len() > NAMES, "both projects reported");
    assert!(
        counted.values().all(|times| *times == 1),
        "each event id is counted once in its project: {counted:?}"
    );
    let named = counted
        .keys()
        .filter(|(project, _)| *project == world.project);
    let expected = named.count() + unnamed;
    let mut sums = (0, 0);
    for id in ids {
        sums.0 += world.error(id).await.state.count as usize;
        sums.1 += world.occurrence_count(id).await;
    }
    assert_eq!(sums, (expected, expected));
}

pub async fn a_batch_repeated_with_more_counts_the_rest(stores: Stores) {
    let world = World::new(stores).await;
    let report = || an_occurrence(world.project);
    let mut batch: Vec<_> = (0..4)
        .map(|place| match place % 2 {
            0 => report().build(),
            _ => report().named(new_event_id()).build(),
        })
        .collect();
    world.record(batch.clone()).await;
    batch.insert(1, report().named(new_event_id()).build());
    batch.push(report().build());
    let outcomes = world.record(batch).await;
    let expected = [true, false, true, true, true, false];
    assert_eq!(duplicates(&outcomes), expected);
    assert_eq!(
        [1, 5].map(|place: usize| outcomes[place].error.count),
        [5, 6]
    );
    let id = outcomes[0].error.id;
    assert_eq!(world.error(id).await.state.count, 6);
    assert_eq!(world.occurrence_count(id).await, 6);
}

pub async fn an_event_id_that_outlived_its_error_counts_again(stores: Stores) {
    let world = World::new(stores).await;
    let name = new_event_id();
    let report = |of| an_occurrence(world.project).of(of).named(name).build();
    let old = world.record_one(report(1)).await.error.id;
    world.expire(NOON + Duration::days(31)).await;
    assert!(
        world.record_one(report(1)).await.duplicate,
        "retention leaves the event id"
    );
    let errors = &world.stores.errors;
    let gone = errors.delete_errors(&world.scope, &[old]).await;
    assert_eq!(gone.unwrap(), [old]);
    let again = world.record_one(report(2)).await;
    assert_eq!((again.duplicate, again.error.count), (false, 1));
    assert!(world.record_one(report(3)).await.duplicate);
    assert_eq!(world.error(again.error.id).await.state.count, 1);
}
