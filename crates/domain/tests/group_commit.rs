//! Group commit: batching, answers, failure.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use async_trait::async_trait;
use faultbook_contract::builder::{NOON, an_occurrence, new_id};
use faultbook_domain::cache::MockCache;
use faultbook_domain::cache::ReadCache;
use faultbook_domain::errors::{ErrorState, Occurrence};
use faultbook_domain::id::{ErrorId, ProjectId, TenantId};
use faultbook_domain::ingest::HourlyAggregator;
use faultbook_domain::ingest::{Batch, EventStore, MockEventStore, Recorded};
use faultbook_domain::ingest::{
    GroupCommit, GroupCommitError, GroupCommitLimits, GroupCommitWriter, TenantOccurrence,
    group_commit,
};
use faultbook_domain::memory::MemoryStore;
use faultbook_domain::store_error::StoreError;
use faultbook_domain::system::SystemIds;
use faultbook_domain::testing::FixedClock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use tokio::sync::Semaphore;

fn lane_over(
    store: Arc<dyn EventStore>,
    limits: GroupCommitLimits,
) -> (GroupCommit, GroupCommitWriter) {
    group_commit(
        limits,
        store,
        Arc::new(HourlyAggregator),
        Arc::new(FixedClock::at(NOON)),
    )
}

fn memory() -> Arc<MemoryStore> {
    Arc::new(MemoryStore::new(Arc::new(SystemIds::default())))
}

fn tenant() -> TenantId {
    TenantId(new_id())
}

fn project() -> ProjectId {
    ProjectId(new_id())
}

fn of_tenant(occurrences: Vec<Arc<Occurrence>>) -> Vec<TenantOccurrence> {
    let tenant = tenant();
    let addressed = occurrences.into_iter();
    addressed.map(|occurrence| (tenant, occurrence)).collect()
}

fn recorded(count: i64) -> Recorded {
    let error = ErrorState {
        id: ErrorId(new_id()),
        count,
        first_seen: NOON,
        last_seen: NOON,
        resolved: false,
        resolved_at: None,
        ignored: false,
        regressed: false,
        created_at: NOON,
        updated_at: NOON,
    };
    Recorded {
        error,
        duplicate: false,
        reopened: false,
    }
}

/// Waits for a permit before each batch and notes its size.
struct Gated {
    gate: Semaphore,
    sizes: Mutex<Vec<usize>>,
}

#[async_trait]
impl EventStore for Gated {
    async fn record(&self, batch: &Batch) -> Result<Vec<Recorded>, StoreError> {
        self.sizes.lock().unwrap().push(batch.occurrences.len());
        self.gate.acquire().await.unwrap().forget();
        Ok(batch.occurrences.iter().map(|_| recorded(1)).collect())
    }
}

/// Submits on a task of its own.
fn submit(
    group_commit: &GroupCommit,
    occurrence: Arc<Occurrence>,
) -> tokio::task::JoinHandle<Result<Recorded, GroupCommitError>> {
    let group_commit = group_commit.clone();
    tokio::spawn(async move { group_commit.submit(tenant(), occurrence).await })
}

async fn until(condition: impl Fn() -> bool) {
    while !condition() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn what_arrives_during_a_commit_is_the_next_batch() {
    let store = Arc::new(Gated {
        gate: Semaphore::new(0),
        sizes: Mutex::default(),
    });
    let (group_commit, writer) = lane_over(
        store.clone(),
        GroupCommitLimits {
            batch: 4,
            ..GroupCommitLimits::default()
        },
    );
    let writing = tokio::spawn(writer.run());
    let project = project();
    let first = submit(&group_commit, an_occurrence(project).build());
    until(|| !store.sizes.lock().unwrap().is_empty()).await;
    let rest: Vec<_> = (0..5)
        .map(|_| submit(&group_commit, an_occurrence(project).build()))
        .collect();
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    store.gate.add_permits(10);
    for waiting in rest.into_iter().chain([first]) {
        waiting.await.unwrap().unwrap();
    }
    assert_eq!(
        *store.sizes.lock().unwrap(),
        [1, 4, 1],
        "no timer, at most 4 a batch"
    );
    drop(group_commit);
    writing.await.unwrap();
}

#[tokio::test]
async fn one_poisonous_occurrence_fails_alone() {
    let memory = memory();
    let mut store = MockEventStore::new();
    store.expect_record().returning(move |batch| {
        if batch
            .occurrences
            .iter()
            .any(|one| one.summary.message == "poison")
        {
            return Err(StoreError::rejected("bad data"));
        }
        futures_now(memory.record(batch))
    });
    let (group_commit, writer) = lane_over(Arc::new(store), GroupCommitLimits::default());
    let project = project();
    let batch = (0..9)
        .map(|n| {
            an_occurrence(project)
                .message(if n == 4 { "poison" } else { "fine" })
                .build()
        })
        .collect();
    let (outcomes, ()) = tokio::join!(
        async {
            let outcomes = group_commit.submit_all(of_tenant(batch)).await.unwrap();
            drop(group_commit);
            outcomes
        },
        writer.run(),
    );
    let counts: Vec<Option<i64>> = outcomes
        .iter()
        .map(|one| one.as_ref().ok().map(|recorded| recorded.error.count))
        .collect();
    let expected = [
        Some(1),
        Some(2),
        Some(3),
        Some(4),
        None,
        Some(5),
        Some(6),
        Some(7),
        Some(8),
    ];
    assert_eq!(counts, expected);
    assert!(
        matches!(&outcomes[4], Err(GroupCommitError::Store(cause)) if matches!(**cause, StoreError::Rejected(_)))
    );
}

/// The memory store never waits, so its futures are ready at once.
fn futures_now<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut context) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => panic!("the memory store waited"),
    }
}

#[tokio::test]
async fn an_unavailable_store_is_asked_once_and_everyone_is_told() {
    let mut store = MockEventStore::new();
    store
        .expect_record()
        .times(1)
        .returning(|_| Err(StoreError::unavailable("gone")));
    let (group_commit, writer) = lane_over(Arc::new(store), GroupCommitLimits::default());
    let project = project();
    let batch = (0..3).map(|_| an_occurrence(project).build()).collect();
    let submitting = async {
        let outcomes = group_commit.submit_all(of_tenant(batch)).await.unwrap();
        drop(group_commit);
        outcomes
    };
    let (outcomes, ()) = tokio::join!(submitting, writer.run());
    for outcome in outcomes {
        assert!(
            matches!(outcome, Err(GroupCommitError::Store(cause)) if matches!(*cause, StoreError::Unavailable(_)))
        );
    }
}

#[tokio::test]
async fn a_full_lane_turns_away_at_once() {
    let limits = GroupCommitLimits {
        waiting: 2,
        ..GroupCommitLimits::default()
    };
    let (group_commit, writer) = lane_over(memory(), limits);
    let project = project();
    let waiting = [
        submit(&group_commit, an_occurrence(project).build()),
        submit(&group_commit, an_occurrence(project).build()),
    ];
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    let refused = group_commit
        .submit(tenant(), an_occurrence(project).build())
        .await;
    assert!(matches!(refused, Err(GroupCommitError::Full)));
    let several = group_commit
        .submit_all(of_tenant(vec![an_occurrence(project).build()]))
        .await;
    assert!(matches!(several, Err(GroupCommitError::Full)));
    drop(group_commit);
    writer.run().await;
    let mut counts = Vec::new();
    for one in waiting {
        counts.push(one.await.unwrap().unwrap().error.count);
    }
    counts.sort_unstable();
    assert_eq!(counts, [1, 2], "those that were let in are stored");
}

#[tokio::test]
async fn text_that_waits_is_bounded_too() {
    let limits = GroupCommitLimits {
        waiting_bytes: 64 << 10,
        ..GroupCommitLimits::default()
    };
    let (group_commit, _writer) = lane_over(memory(), limits);
    let large = an_occurrence(project())
        .message(&"x".repeat(100 << 10))
        .build();
    assert!(matches!(
        group_commit.submit(tenant(), large).await,
        Err(GroupCommitError::Full)
    ));
}

#[tokio::test]
async fn several_find_room_together_or_not_at_all() {
    let store = memory();
    let limits = GroupCommitLimits {
        waiting: 3,
        ..GroupCommitLimits::default()
    };
    let (group_commit, writer) = lane_over(store, limits);
    let project = project();
    let four = (0..4).map(|_| an_occurrence(project).build()).collect();
    assert!(matches!(
        group_commit.submit_all(of_tenant(four)).await,
        Err(GroupCommitError::Full)
    ));
    let three = (0..3).map(|_| an_occurrence(project).build()).collect();
    let submitting = async {
        let outcomes = group_commit.submit_all(of_tenant(three)).await.unwrap();
        drop(group_commit);
        outcomes
    };
    let (outcomes, ()) = tokio::join!(submitting, writer.run());
    let counts: Vec<i64> = outcomes
        .into_iter()
        .map(|one| one.unwrap().error.count)
        .collect();
    assert_eq!(counts, [1, 2, 3], "nothing of the refused four was stored");
}

#[tokio::test]
async fn a_caller_that_goes_away_takes_nothing_back() {
    let (group_commit, writer) = lane_over(memory(), GroupCommitLimits::default());
    let project = project();
    let waiting = submit(&group_commit, an_occurrence(project).build());
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    waiting.abort();
    drop(waiting);
    let submitting = async {
        let count = group_commit
            .submit(tenant(), an_occurrence(project).build())
            .await
            .unwrap()
            .error
            .count;
        drop(group_commit);
        count
    };
    let (count, ()) = tokio::join!(submitting, writer.run());
    assert_eq!(count, 2);
}

#[tokio::test]
async fn caches_know_before_the_waiter_does() {
    let told = Arc::new(AtomicBool::new(false));
    let mut cache = MockCache::new();
    let heard = Arc::clone(&told);
    cache.expect_advance().times(1).returning(move |tenants| {
        assert_eq!(tenants.len(), 1);
        heard.store(true, Ordering::SeqCst);
        Ok(())
    });
    let cache = Arc::new(ReadCache::new(Arc::new(cache)));
    let (group_commit, writer) = group_commit(
        GroupCommitLimits::default(),
        memory(),
        Arc::new(HourlyAggregator),
        Arc::new(FixedClock::at(NOON)),
    );
    let writer = writer.with_cache(Some(cache));
    let submitting = async {
        group_commit
            .submit(tenant(), an_occurrence(project()).build())
            .await
            .unwrap();
        assert!(told.load(Ordering::SeqCst));
        drop(group_commit);
    };
    tokio::join!(submitting, writer.run());
}
