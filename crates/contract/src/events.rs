//! Contract of `EventStore`: recording.
#![allow(missing_docs, reason = "a test's name states what it checks")]

use crate::Stores;
use crate::builder::{NOON, a_batch, a_decision, an_occurrence, fingerprint, new_id};
use crate::world::{World, new_tenant};
use faultbook_domain::errors::{Activity, ActivityKind, Actor, Level, Occurrence};
use faultbook_domain::id::ErrorId;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use time::Duration;

pub async fn the_first_occurrence_makes_an_error(stores: Stores) {
    let world = World::new(stores).await;
    let recorded = world.record_one(an_occurrence(world.project).build()).await;
    let state = recorded.error;
    assert!(!recorded.duplicate && !state.resolved && !state.regressed);
    assert_eq!(
        (state.count, state.first_seen, state.last_seen),
        (1, NOON, NOON)
    );
    assert_eq!(state.created_at, NOON + Duration::MINUTE);
    let error = world.error(state.id).await;
    assert_eq!(error.state, state);
    assert_eq!(error.summary.message, "Database connection failed");
    assert_eq!(error.fingerprint, fingerprint(1));
}

pub async fn equal_occurrences_get_consecutive_counts(stores: Stores) {
    let world = World::new(stores).await;
    let five = (0..5)
        .map(|_| an_occurrence(world.project).build())
        .collect();
    let three = (0..3)
        .map(|_| an_occurrence(world.project).build())
        .collect();
    let mut counts = Vec::new();
    let mut ids = BTreeSet::new();
    for batch in [five, three] {
        for recorded in world.record(batch).await {
            counts.push(recorded.error.count);
            ids.insert(recorded.error.id);
        }
    }
    assert_eq!(counts, [1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(ids.len(), 1);
    assert_eq!(world.error(*ids.first().unwrap()).await.state.count, 8);
}

pub async fn a_batch_may_mix_errors_and_projects(stores: Stores) {
    let world = World::new(stores).await;
    let (_, other) = new_tenant(&world.stores).await;
    let batch = vec![
        an_occurrence(world.project).of(2).build(),
        an_occurrence(other).of(1).build(),
        an_occurrence(world.project).of(1).build(),
        an_occurrence(world.project).of(2).build(),
        an_occurrence(other).of(1).build(),
    ];
    let outcomes = world.record(batch).await;
    let counts: Vec<i64> = outcomes
        .iter()
        .map(|recorded| recorded.error.count)
        .collect();
    assert_eq!(counts, [1, 1, 1, 2, 2]);
    let ids: BTreeSet<ErrorId> = outcomes.iter().map(|recorded| recorded.error.id).collect();
    assert_eq!(ids.len(), 3, "one error per project and fingerprint");
    assert_eq!(outcomes[0].error.id, outcomes[3].error.id);
    assert_eq!(outcomes[1].error.id, outcomes[4].error.id);
}

pub async fn concurrent_batches_stay_exact(stores: Stores) {
    const TASKS: usize = 8;
    const BATCHES: usize = 10;
    const SIZE: usize = 12;
    let world = Arc::new(World::new(stores).await);
    let tasks = (0..TASKS).map(|_| {
        let world = Arc::clone(&world);
        tokio::spawn(async move {
            let mut seen = Vec::new();
            for _ in 0..BATCHES {
                let batch: Vec<Arc<Occurrence>> = (0..SIZE)
                    .map(|n| an_occurrence(world.project).of(n as u128 % 3).build())
                    .collect();
                seen.extend(world.record(batch).await);
            }
            seen
        })
    });
    let mut counts: HashMap<ErrorId, BTreeSet<i64>> = HashMap::new();
    for task in tasks.collect::<Vec<_>>() {
        for recorded in task.await.unwrap() {
            assert!(
                counts
                    .entry(recorded.error.id)
                    .or_default()
                    .insert(recorded.error.count)
            );
        }
    }
    let each = (TASKS * BATCHES * SIZE / 3) as i64;
    assert_eq!(counts.len(), 3);
    for (id, seen) in counts {
        assert_eq!(seen, (1..=each).collect(), "every count is given once");
        assert_eq!(world.error(id).await.state.count, each);
        assert_eq!(world.occurrence_count(id).await as i64, each);
    }
}

async fn resolved_error(world: &World) -> ErrorId {
    let id = world
        .record_one(an_occurrence(world.project).build())
        .await
        .error
        .id;
    let resolution = a_decision(true, NOON + Duration::seconds(100));
    assert_eq!(
        world
            .stores
            .triage
            .change_states(&world.scope, &[id], &resolution)
            .await
            .unwrap(),
        [id]
    );
    id
}

pub async fn a_later_occurrence_reopens_a_resolved_error(stores: Stores) {
    let world = World::new(stores).await;
    let id = resolved_error(&world).await;
    let recorded = world
        .record_one(an_occurrence(world.project).at(101).build())
        .await;
    assert_eq!((recorded.error.id, recorded.error.count), (id, 2));
    assert!(!recorded.error.resolved && recorded.error.regressed);
    assert_eq!(recorded.error.resolved_at, None);
    assert_eq!(world.error(id).await.state, recorded.error);
    world
        .record_one(an_occurrence(world.project).at(102).build())
        .await;
    let history = world
        .stores
        .errors
        .list_activity(&world.scope, id, None, 10)
        .await
        .unwrap()
        .items;
    let kinds: Vec<ActivityKind> = history.iter().map(Activity::kind).collect();
    assert_eq!(
        kinds,
        [ActivityKind::Regressed, ActivityKind::Resolved],
        "reopened once"
    );
    assert_eq!(history[0].actor, Actor::System);
}

pub async fn a_late_occurrence_reopens_nothing(stores: Stores) {
    let world = World::new(stores).await;
    let id = resolved_error(&world).await;
    for seconds in [-50, 100] {
        let late = world
            .record_one(an_occurrence(world.project).at(seconds).build())
            .await;
        assert!(
            late.error.resolved && !late.error.regressed,
            "not after resolved_at"
        );
        assert_eq!(late.error.resolved_at, Some(NOON + Duration::seconds(100)));
    }
    assert_eq!(world.error(id).await.state.count, 3);
}

pub async fn the_greatest_timestamp_is_the_latest(stores: Stores) {
    let world = World::new(stores).await;
    let newest = an_occurrence(world.project)
        .at(60)
        .message("newest")
        .level(Level::Warning)
        .build();
    let id = world
        .record(vec![
            newest,
            an_occurrence(world.project).at(5).message("old").build(),
        ])
        .await[0]
        .error
        .id;
    world
        .record_one(an_occurrence(world.project).at(10).message("older").build())
        .await;
    let error = world.error(id).await;
    assert_eq!(
        (error.summary.message.as_str(), error.summary.level),
        ("newest", Level::Warning)
    );
    world
        .record_one(
            an_occurrence(world.project)
                .at(61)
                .message("newer still")
                .build(),
        )
        .await;
    let error = world.error(id).await;
    assert_eq!(
        (error.summary.message.as_str(), error.summary.level),
        ("newer still", Level::Error)
    );
    assert_eq!(error.timestamp, NOON + Duration::seconds(61));
}

pub async fn sights_widen_both_ways(stores: Stores) {
    let world = World::new(stores).await;
    world.record_one(an_occurrence(world.project).build()).await;
    world
        .record_one(an_occurrence(world.project).at(-3_600).build())
        .await;
    let state = world
        .record_one(an_occurrence(world.project).at(3_600).build())
        .await
        .error;
    assert_eq!(state.first_seen, NOON - Duration::HOUR);
    assert_eq!(state.last_seen, NOON + Duration::HOUR);
    assert_eq!(world.error(state.id).await.state, state);
}

pub async fn a_deleted_error_starts_anew(stores: Stores) {
    let world = World::new(stores).await;
    let name = new_id();
    let old = world
        .record_one(an_occurrence(world.project).named(name).build())
        .await
        .error
        .id;
    world
        .stores
        .errors
        .delete_errors(&world.scope, &[old])
        .await
        .unwrap();
    let new = world
        .record_one(an_occurrence(world.project).named(name).build())
        .await;
    assert_ne!(new.error.id, old);
    assert_eq!(new.error.count, 1);
    assert!(!new.duplicate, "the event id went with the error");
}

pub async fn everything_is_stored_whole(stores: Stores) {
    let world = World::new(stores).await;
    for occurrence in [
        an_occurrence(world.project)
            .of(1)
            .full()
            .named(new_id())
            .build(),
        an_occurrence(world.project)
            .of(2)
            .message("'; DROP TABLE errors; -- \\ %_ \u{FFFD}")
            .build(),
    ] {
        let id = world.record_one(Arc::clone(&occurrence)).await.error.id;
        let detail = world
            .stores
            .errors
            .get_error(&world.scope, id)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(detail.latest.as_ref(), Some(&*occurrence));
        let page = world
            .stores
            .errors
            .list_occurrences(&world.scope, id, None, 10)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(page.items, [Occurrence::clone(&occurrence)]);
        assert_eq!(detail.error.summary.url, occurrence.summary.url);
        assert_eq!(detail.error.summary.release, occurrence.summary.release);
        assert_eq!(detail.error.event_id, occurrence.event_id);
    }
}

pub async fn long_texts_are_stored_whole(stores: Stores) {
    let world = World::new(stores).await;
    let long = "ж".repeat(500_000);
    let occurrence = an_occurrence(world.project)
        .message(&long)
        .source(&long)
        .environment(&long)
        .build();
    let recorded = world
        .record(vec![an_occurrence(world.project).of(2).build(), occurrence])
        .await;
    let found = world
        .stores
        .errors
        .get_error(&world.scope, recorded[1].error.id);
    let latest = found.await.unwrap().unwrap().latest.unwrap();
    assert!(
        latest.summary.message == long
            && latest.summary.source == long
            && latest.summary.environment == long
    );
}

pub async fn an_empty_batch_is_fine(stores: Stores) {
    assert_eq!(
        stores.events.record(&a_batch(Vec::new())).await.unwrap(),
        []
    );
}

pub async fn a_full_batch_is_fine(stores: Stores) {
    let world = World::new(stores).await;
    let batch = (0..512)
        .map(|n| an_occurrence(world.project).of(n % 300).full().build())
        .collect();
    let outcomes = world.record(batch).await;
    assert_eq!(outcomes.len(), 512);
    assert_eq!(
        world
            .all()
            .await
            .iter()
            .map(|error| error.state.count)
            .sum::<i64>(),
        512
    );
}
