//! Contract of `IngestQueue`.
//!
//! Name a fixture, an `async fn() -> Queues`, in `faultbook_contract::ingest_queue_contract!(fixture)` to run it.
#![allow(missing_docs, reason = "a test's name states what it checks")]

use crate::builder::{a_tenant, an_occurrence, new_id};
use faultbook_domain::id::ProjectId;
use faultbook_domain::ingest::{Claimed, IngestQueue, Queued};
use faultbook_domain::store_error::StoreError;
use std::any::Any;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Time limit of a claim in these tests: longer than any step between.
pub const RECLAIM_AFTER: Duration = Duration::from_secs(2);
/// Capacity of the queue.
pub const CAPACITY: usize = 100;
/// Timeout of waiting.
const PATIENCE: Duration = Duration::from_secs(30);

/// A queue under test, with the handles of two nodes.
pub struct Queues {
    /// Handle of one node.
    pub here: Arc<dyn IngestQueue>,
    /// Handle of another node; for a queue in process, the same value.
    pub there: Arc<dyn IngestQueue>,
    /// Keeps resources of the queue alive (a server).
    pub guard: Box<dyn Any + Send + Sync>,
}

fn entries(number: usize) -> Vec<Queued> {
    let (tenant, project) = (a_tenant().id, ProjectId(new_id()));
    (0..number)
        .map(|_| Queued {
            tenant,
            occurrence: an_occurrence(project).full().said("It broke").build(),
        })
        .collect()
}

fn handles(claimed: &[Claimed]) -> Vec<String> {
    claimed.iter().map(|entry| entry.handle.clone()).collect()
}

fn queued(claimed: Vec<Claimed>) -> Vec<Queued> {
    claimed.into_iter().map(|entry| entry.queued).collect()
}

/// Claims repeatedly until there is an entry.
async fn claimed_again(queue: &dyn IngestQueue) -> Vec<Claimed> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let claimed = queue.claim(CAPACITY).await.unwrap();
        if !claimed.is_empty() {
            return claimed;
        }
        assert!(Instant::now() < deadline, "nothing comes back");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

pub async fn entries_come_back_as_they_were_oldest_first(queues: Queues) {
    let project = ProjectId(new_id());
    let mut pushed = entries(3);
    pushed.push(Queued {
        tenant: a_tenant().id,
        occurrence: an_occurrence(project).full().build(),
    });
    queues.here.push(&pushed[..2]).await.unwrap();
    queues.here.push(&pushed[2..]).await.unwrap();
    assert_eq!(queues.here.depth().await.unwrap(), 4);
    let first = queues.there.claim(1).await.unwrap();
    assert_eq!(queued(first), pushed[..1]);
    let rest = queues.there.claim(CAPACITY).await.unwrap();
    assert_eq!(queued(rest), pushed[1..]);
}

pub async fn an_empty_queue_gives_nothing(queues: Queues) {
    assert!(queues.here.claim(10).await.unwrap().is_empty());
    queues.here.push(&[]).await.unwrap();
    queues.here.finish(&[]).await.unwrap();
    assert_eq!(queues.here.depth().await.unwrap(), 0);
}

pub async fn no_entry_goes_to_two_workers(queues: Queues) {
    queues.here.push(&entries(60)).await.unwrap();
    let mut workers = tokio::task::JoinSet::new();
    for queue in [&queues.here, &queues.there, &queues.here, &queues.there] {
        let queue = Arc::clone(queue);
        workers.spawn(async move {
            let mut got = Vec::new();
            loop {
                let claimed = queue.claim(7).await.unwrap();
                if claimed.is_empty() {
                    return got;
                }
                got.extend(handles(&claimed));
            }
        });
    }
    let got: Vec<String> = workers.join_all().await.into_iter().flatten().collect();
    assert_eq!(got.len(), 60);
    assert_eq!(got.iter().collect::<HashSet<_>>().len(), 60);
}

pub async fn a_finished_entry_never_comes_back(queues: Queues) {
    queues.here.push(&entries(3)).await.unwrap();
    let claimed = queues.here.claim(10).await.unwrap();
    queues.here.finish(&handles(&claimed[..2])).await.unwrap();
    assert_eq!(queues.there.depth().await.unwrap(), 1);
    let again = claimed_again(&*queues.there).await;
    assert_eq!(again, claimed[2..]);
    queues.there.finish(&handles(&again)).await.unwrap();
    queues.here.finish(&handles(&claimed)).await.unwrap();
    assert_eq!(queues.here.depth().await.unwrap(), 0);
}

pub async fn what_a_worker_left_goes_to_another(queues: Queues) {
    queues.here.push(&entries(3)).await.unwrap();
    let left = queues.here.claim(10).await.unwrap();
    assert!(queues.there.claim(10).await.unwrap().is_empty());
    assert_eq!(claimed_again(&*queues.there).await, left);
}

pub async fn what_is_set_aside_never_comes_back(queues: Queues) {
    queues.here.push(&entries(2)).await.unwrap();
    let claimed = queues.here.claim(10).await.unwrap();
    let outcome = queues.here.set_aside(&claimed[0], "it is poison").await;
    outcome.unwrap();
    assert_eq!(queues.here.depth().await.unwrap(), 1);
    assert_eq!(claimed_again(&*queues.there).await, claimed[1..]);
}

pub async fn a_full_queue_takes_nothing_until_there_is_room(queues: Queues) {
    queues.here.push(&entries(CAPACITY)).await.unwrap();
    let refused = queues.here.push(&entries(1)).await;
    assert!(matches!(refused, Err(StoreError::Unavailable(_))));
    let claimed = queues.there.claim(1).await.unwrap();
    queues.there.finish(&handles(&claimed)).await.unwrap();
    queues.here.push(&entries(1)).await.unwrap();
}

/// Runs the contract as one `#[tokio::test]` each, on the queues that the fixture creates.
#[macro_export]
macro_rules! ingest_queue_contract {
    ($fixture:path) => {
        $crate::store_contract!(@module ingest_queue, $fixture, [
            entries_come_back_as_they_were_oldest_first,
            an_empty_queue_gives_nothing,
            no_entry_goes_to_two_workers,
            a_finished_entry_never_comes_back,
            what_a_worker_left_goes_to_another,
            what_is_set_aside_never_comes_back,
            a_full_queue_takes_nothing_until_there_is_room,
        ]);
    };
}
