//! Several nodes on one database.

use crate::fixture::{admin, assert_sums_agree, database, node, project};
use faultbook_contract::builder::{NOON, a_batch, an_occurrence, new_event_id};
use faultbook_domain::errors::Actor;
use faultbook_domain::errors::{ErrorQuery, ErrorStore, GroupStore, Merge, Split};
use faultbook_domain::id::{ErrorId, ProjectId};
use faultbook_domain::ingest::{EventStore, Recorded};
use faultbook_domain::releases::{ReleaseStore, Version};
use faultbook_domain::tenancy::Scope;
use faultbook_postgres::PostgresStore;
use faultbook_testkit::postgres;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::task::JoinSet;

/// One batch with each fingerprint of a range once, starting somewhere else each time.
async fn record_all(
    store: &PostgresStore,
    project: ProjectId,
    fingerprints: u128,
    turn: u128,
) -> Vec<Recorded> {
    let occurrences = (0..fingerprints)
        .map(|number| {
            an_occurrence(project)
                .of((number + turn) % fingerprints)
                .at(i64::try_from(turn).unwrap())
                .build()
        })
        .collect();
    store.record(&a_batch(occurrences)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_meet_new_fingerprints_at_once_count_exactly() {
    const TASKS: u128 = 8;
    const BATCHES: u128 = 10;
    const FINGERPRINTS: u128 = 7;
    let database = database().await;
    let nodes = [node(&database.url).await, node(&database.url).await];
    let (_, project) = project(&nodes[0]).await;
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let store = nodes[usize::try_from(task % 2).unwrap()].clone();
        tasks.spawn(async move {
            let mut recorded = Vec::new();
            for batch in 0..BATCHES {
                recorded.extend(record_all(&store, project, FINGERPRINTS, task + batch).await);
            }
            recorded
        });
    }
    let recorded: Vec<Recorded> = tasks.join_all().await.into_iter().flatten().collect();

    let mut counts: HashMap<ErrorId, HashSet<i64>> = HashMap::new();
    for outcome in &recorded {
        assert!(!outcome.duplicate);
        assert!(
            counts
                .entry(outcome.error.id)
                .or_default()
                .insert(outcome.error.count),
            "a count was given twice"
        );
    }
    assert_eq!(counts.len(), usize::try_from(FINGERPRINTS).unwrap());
    let each = i64::try_from(TASKS * BATCHES).unwrap();
    for own in counts.values() {
        assert_eq!(*own, (1..=each).collect::<HashSet<i64>>());
    }
    let all = i64::try_from(TASKS * BATCHES * FINGERPRINTS).unwrap();
    assert_eq!(assert_sums_agree(&database.url).await, all);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_get_the_same_event_ids_at_once_count_each_once() {
    const TASKS: usize = 6;
    const BATCHES: usize = 12;
    const SIZE: usize = 20;
    let database = database().await;
    let nodes = [node(&database.url).await, node(&database.url).await];
    let (_, project) = project(&nodes[0]).await;
    let names: Arc<Vec<_>> = Arc::new((0..BATCHES * SIZE).map(|_| new_event_id()).collect());
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let (store, names) = (nodes[task % 2].clone(), Arc::clone(&names));
        tasks.spawn(async move {
            let mut counted = 0;
            for batch in names.chunks(SIZE) {
                // The same event ids as others have at the same time, in another order, with a fingerprint of their own.
                let report = |place: usize| {
                    let of = ((place + task) % 5) as u128;
                    let name = batch[(place * 7 + task) % SIZE];
                    an_occurrence(project).of(of).named(name).build()
                };
                let batch = a_batch((0..SIZE).map(report).collect());
                let outcomes = store.record(&batch).await.unwrap();
                counted += outcomes.iter().filter(|one| !one.duplicate).count();
            }
            counted
        });
    }
    let counted: usize = tasks.join_all().await.into_iter().sum();
    assert_eq!(counted, BATCHES * SIZE);
    let stored = assert_sums_agree(&database.url).await;
    assert_eq!(usize::try_from(stored).unwrap(), BATCHES * SIZE);
    // A session tells its figures when it ends.
    drop(nodes);
    let client = admin(&database.url).await;
    let number = async |sql: &str| -> i64 { client.query_one(sql, &[]).await.unwrap().get(0) };
    let sessions = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
         AND application_name = 'faultbook'";
    while number(sessions).await > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    assert_eq!(number(deadlocks).await, 0, "locks are taken in one order");
}

/// Deletes, merges or splits whatever there is.
async fn disturb(store: &PostgresStore, scope: &Scope, round: usize) {
    let query = ErrorQuery {
        limit: 50,
        ..ErrorQuery::default()
    };
    let page = store.list_errors(scope, &query).await.unwrap();
    let ids: Vec<ErrorId> = page
        .items
        .iter()
        .map(|detail| detail.error.state.id)
        .collect();
    let Some(chosen) = ids.get(round % ids.len().max(1)).copied() else {
        return;
    };
    match round % 3 {
        0 => {
            store.delete_errors(scope, &[chosen]).await.unwrap();
        }
        1 => {
            let other = ids[(round + 1) % ids.len()];
            store
                .merge_errors(scope, chosen, other, Actor::System, NOON)
                .await
                .unwrap();
        }
        _ => {
            for id in ids {
                if let [_, (last, _), ..] = store.list_fingerprints(scope, id).await.unwrap()[..] {
                    store
                        .split_error(scope, id, last, Actor::System, NOON)
                        .await
                        .unwrap();
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deleting_merging_and_splitting_during_recording_keep_every_sum() {
    let database = database().await;
    let nodes = [node(&database.url).await, node(&database.url).await];
    let (scope, project) = project(&nodes[0]).await;
    let done = Arc::new(AtomicBool::new(false));
    let mut recorders = JoinSet::new();
    for task in 0..4u128 {
        let store = nodes[usize::try_from(task % 2).unwrap()].clone();
        recorders.spawn(async move {
            for batch in 0..25 {
                record_all(&store, project, 6, task * 3 + batch).await;
            }
        });
    }
    let disturber = tokio::spawn({
        let (store, done) = (nodes[1].clone(), Arc::clone(&done));
        async move {
            let mut rounds = 0;
            while !done.load(Ordering::Relaxed) {
                disturb(&store, &scope, rounds).await;
                rounds += 1;
            }
            rounds
        }
    });
    recorders.join_all().await;
    done.store(true, Ordering::Relaxed);
    assert!(disturber.await.unwrap() > 3, "it did come in between");
    assert_sums_agree(&database.url).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_node_remembers_of_an_error_is_never_trusted_blindly() {
    let database = database().await;
    let [here, there] = [node(&database.url).await, node(&database.url).await];
    let (scope, project) = project(&here).await;
    let report = async || record_all(&here, project, 2, 0).await;
    let counts = |recorded: &[Recorded]| -> Vec<i64> {
        recorded.iter().map(|one| one.error.count).collect()
    };
    let first = report().await;
    let [into, from] = [0, 1].map(|place| first[place].error.id);

    let merge = there.merge_errors(&scope, from, into, Actor::System, NOON);
    assert!(matches!(merge.await.unwrap(), Merge::Done(_)));
    let merged = report().await;
    assert!(merged.iter().all(|one| one.error.id == into));
    assert_eq!(counts(&merged), [3, 4]);

    let fingerprints = there.list_fingerprints(&scope, into).await.unwrap();
    let split = there.split_error(&scope, into, fingerprints[1].0, Actor::System, NOON);
    assert!(matches!(split.await.unwrap(), Split::Done(_)));
    let split = report().await;
    assert_ne!(split[0].error.id, split[1].error.id);
    assert_eq!(counts(&split), [3, 3]);

    let ids = split.iter().map(|one| one.error.id).collect::<Vec<_>>();
    assert_eq!(there.delete_errors(&scope, &ids).await.unwrap().len(), 2);
    let fresh = report().await;
    assert!(fresh.iter().all(|one| !ids.contains(&one.error.id)));
    assert_eq!(counts(&fresh), [1, 1]);
    assert_eq!(assert_sums_agree(&database.url).await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_start_together_migrate_once() {
    let database = postgres::database().await;
    let nodes = [
        node(&database.url).await,
        node(&database.url).await,
        node(&database.url).await,
    ];
    let mut starts = JoinSet::new();
    for node in nodes.clone() {
        starts.spawn(async move { node.migrate().await });
    }
    for started in starts.join_all().await {
        started.unwrap();
    }
    let (_, project) = project(&nodes[0]).await;
    record_all(&nodes[1], project, 1, 0).await;
    nodes[2].migrate().await.unwrap();
    assert_eq!(
        assert_sums_agree(&database.url).await,
        1,
        "nothing was lost"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_release_that_one_node_removes_comes_back_through_another() {
    let database = database().await;
    let nodes = [node(&database.url).await, node(&database.url).await];
    let (scope, project) = project(&nodes[0]).await;
    let version = Version::new("1.0").unwrap();
    for round in 0..4 {
        let occurrence = an_occurrence(project).release("1.0").build();
        nodes[round % 2]
            .record(&a_batch(vec![occurrence]))
            .await
            .unwrap();
        let known = nodes[0].list_releases(&scope).await.unwrap();
        assert_eq!(known.len(), 1, "{round}");
        let removed = nodes[round / 2].remove_release(&scope, project, &version);
        assert!(removed.await.unwrap());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_meet_new_releases_at_once_keep_each_once() {
    const ROUNDS: usize = 20;
    let database = database().await;
    let nodes = [node(&database.url).await, node(&database.url).await];
    let (scope, project) = project(&nodes[0]).await;
    let mut tasks = JoinSet::new();
    for task in 0..8_usize {
        let store = nodes[task % 2].clone();
        tasks.spawn(async move {
            for round in 0..ROUNDS {
                // Errors and releases in another order in each task.
                let place = |one: usize| (one * (task + 1)) % 7;
                let occurrences = (0..7).map(|one| {
                    let built = an_occurrence(project).of(place(one) as u128);
                    built.release(&format!("{}", round + place(one))).build()
                });
                store.record(&a_batch(occurrences.collect())).await.unwrap();
            }
        });
    }
    tasks.join_all().await;
    let known = nodes[0].list_releases(&scope).await.unwrap();
    assert_eq!(known.len(), ROUNDS + 6);
    let all = i64::try_from(8 * ROUNDS * 7).unwrap();
    assert_eq!(assert_sums_agree(&database.url).await, all);
}
