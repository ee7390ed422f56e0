//! Reports that may be stored later: what is taken, and that it is stored once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use async_trait::async_trait;
use faultbook_contract::builder::{NOON, new_id};
use faultbook_domain::errors::{ErrorQuery, ErrorStore};
use faultbook_domain::id::{ProjectId, TenantId};
use faultbook_domain::ingest::{
    Batch, Destination, Drain, EventStore, GroupCommitError, HourlyAggregator, Ingest, IngestError,
    IngestOutcome, IngestQueue, MockIngestQueue, Recorded, Report, Round, WriteMode,
};
use faultbook_domain::memory::{MemoryIngestQueue, MemoryStore};
use faultbook_domain::releases::ReleaseLimits;
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::{Scope, TenantScope};
use faultbook_domain::testing::FixedClock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use time::Duration;

/// How a [`Moody`] store feels.
#[derive(Clone, Copy, PartialEq)]
enum Mood {
    Well,
    Away,
    /// Away, but only after it has stored everything.
    LosesAnswers,
    RefusesPoison,
}

/// The store in process, which can be away.
struct Moody {
    store: MemoryStore,
    mood: Mutex<Mood>,
    calls: AtomicUsize,
}

#[async_trait]
impl EventStore for Moody {
    async fn record(&self, batch: &Batch) -> Result<Vec<Recorded>, StoreError> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let mood = *self.mood.lock().unwrap();
        let poisoned = batch
            .occurrences
            .iter()
            .any(|one| one.summary.message == "poison");
        match mood {
            Mood::Away => Err(StoreError::unavailable("gone")),
            Mood::RefusesPoison if poisoned => Err(StoreError::rejected("poison")),
            Mood::LosesAnswers => {
                self.store.record(batch).await?;
                Err(StoreError::unavailable("the connection broke"))
            }
            Mood::Well | Mood::RefusesPoison => self.store.record(batch).await,
        }
    }
}

struct House {
    ingest: Ingest,
    drain: Drain,
    queue: Arc<dyn IngestQueue>,
    store: Arc<Moody>,
    clock: Arc<FixedClock>,
    to: Destination,
}

fn house() -> House {
    let clock = Arc::new(FixedClock::at(NOON));
    let queue = MemoryIngestQueue::new(clock.clone(), Duration::minutes(1), 100);
    house_with(Arc::new(queue), clock)
}

fn house_with(queue: Arc<dyn IngestQueue>, clock: Arc<FixedClock>) -> House {
    let store = Arc::new(Moody {
        store: MemoryStore::default(),
        mood: Mutex::new(Mood::Well),
        calls: AtomicUsize::new(0),
    });
    let (ingest, writer) = Ingest::builder(store.clone())
        .clock(clock.clone())
        .queue(queue.clone())
        .build();
    tokio::spawn(writer.run());
    House {
        drain: ingest.drain(50).unwrap(),
        ingest,
        queue,
        store,
        clock,
        to: Destination {
            tenant: TenantId(new_id()),
            project: ProjectId(new_id()),
        },
    }
}

fn saying(message: &str) -> Report {
    Report::new("backend", message)
}

impl House {
    fn feels(&self, mood: Mood) {
        *self.store.mood.lock().unwrap() = mood;
    }

    async fn report(
        &self,
        message: &str,
        write_mode: WriteMode,
    ) -> Result<IngestOutcome, IngestError> {
        let report = saying(message);
        self.ingest.submit_in(self.to, report, write_mode).await
    }

    async fn stored(&self) -> i64 {
        let scope = Scope::new(
            TenantScope::for_tests(self.to.tenant),
            vec![self.to.project],
        );
        let query = ErrorQuery {
            limit: 100,
            ..ErrorQuery::default()
        };
        let page = self.store.store.list_errors(&scope, &query).await;
        page.unwrap()
            .items
            .iter()
            .map(|detail| detail.error.state.count)
            .sum()
    }
}

fn is_queued(taken: &Result<IngestOutcome, IngestError>) -> bool {
    matches!(taken, Ok(IngestOutcome::Queued(_)))
}

fn is_stored(taken: &Result<IngestOutcome, IngestError>) -> bool {
    matches!(taken, Ok(IngestOutcome::Stored(_)))
}

#[tokio::test]
async fn who_asks_for_later_is_stored_by_the_next_round() {
    let house = house();
    let taken = house.report("m", WriteMode::Async).await;
    assert!(is_queued(&taken));
    assert_eq!(
        (house.stored().await, house.queue.depth().await.unwrap()),
        (0, 1)
    );

    let round = house.drain.round().await.unwrap();

    assert_eq!(
        round,
        Round {
            finished: 1,
            held: 0
        }
    );
    assert_eq!(
        (house.stored().await, house.queue.depth().await.unwrap()),
        (1, 0)
    );
    assert_eq!(house.drain.round().await.unwrap(), Round::default());
}

#[tokio::test]
async fn while_the_store_is_away_reports_are_queued_and_stored_when_it_is_back() {
    let house = house();
    assert!(is_stored(&house.report("m", WriteMode::Sync).await));
    house.feels(Mood::Away);
    for _ in 0..5 {
        assert!(is_queued(&house.report("m", WriteMode::Sync).await));
    }
    let asked = house.store.calls.load(Ordering::Relaxed);
    assert_eq!(asked, 2, "a store that is away is not asked by everyone");
    assert_eq!(
        house.drain.round().await.unwrap(),
        Round {
            finished: 0,
            held: 5
        }
    );

    house.feels(Mood::Well);
    assert!(
        is_queued(&house.report("m", WriteMode::Sync).await),
        "not tried yet"
    );
    house.clock.advance(Duration::seconds(1));
    assert!(is_stored(&house.report("m", WriteMode::Sync).await));
    assert!(is_stored(&house.report("m", WriteMode::Sync).await));

    assert_eq!(
        house.drain.round().await.unwrap(),
        Round {
            finished: 5,
            held: 0
        }
    );
    assert_eq!(
        house.drain.round().await.unwrap(),
        Round {
            finished: 1,
            held: 0
        }
    );
    assert_eq!(house.stored().await, 9);
    assert_eq!(house.queue.depth().await.unwrap(), 0);
}

#[tokio::test]
async fn a_lost_answer_counts_once() {
    let house = house();
    house.feels(Mood::LosesAnswers);
    assert!(is_queued(&house.report("m", WriteMode::Sync).await));
    house.feels(Mood::Well);
    house.drain.round().await.unwrap();
    assert_eq!(house.stored().await, 1);
}

#[tokio::test]
async fn a_poisonous_entry_is_set_aside_and_its_neighbours_are_stored() {
    let clock = Arc::new(FixedClock::at(NOON));
    let queue = Arc::new(MemoryIngestQueue::new(
        clock.clone(),
        Duration::minutes(1),
        100,
    ));
    let house = house_with(queue.clone(), clock);
    for message in ["fine", "poison", "fine"] {
        assert!(is_queued(&house.report(message, WriteMode::Async).await));
    }
    house.feels(Mood::RefusesPoison);

    assert_eq!(
        house.drain.round().await.unwrap(),
        Round {
            finished: 3,
            held: 0
        }
    );

    assert_eq!((house.stored().await, queue.depth().await.unwrap()), (2, 0));
    let aside = queue.aside();
    assert_eq!(aside.len(), 1);
    assert_eq!(aside[0].0.occurrence.summary.message, "poison");
}

#[tokio::test]
async fn without_the_queue_who_asks_for_later_is_stored_now() {
    let mut queue = MockIngestQueue::new();
    queue
        .expect_push()
        .returning(|_| Err(StoreError::unavailable("gone")));
    let house = house_with(Arc::new(queue), Arc::new(FixedClock::at(NOON)));
    assert!(is_stored(&house.report("m", WriteMode::Async).await));
    house.feels(Mood::Away);
    let refused = house.report("m", WriteMode::Sync).await;
    assert!(matches!(
        refused,
        Err(IngestError::GroupCommit(GroupCommitError::Store(_)))
    ));
}

#[tokio::test]
async fn each_report_of_a_batch_has_its_own_outcome() {
    let house = house();
    house.feels(Mood::Away);
    let reports = ["a", " ", "b"].map(|message| (house.to, saying(message)));
    let outcomes = house
        .ingest
        .submit_all(reports.into(), WriteMode::Sync)
        .await
        .unwrap();
    assert!(is_queued(&outcomes[0]) && is_queued(&outcomes[2]));
    assert!(matches!(outcomes[1], Err(IngestError::Invalid(_))));
}

#[tokio::test]
async fn what_cannot_be_marked_as_finished_comes_back_and_counts_nothing() {
    let clock = Arc::new(FixedClock::at(NOON));
    let queue = Arc::new(MemoryIngestQueue::new(
        clock.clone(),
        Duration::minutes(1),
        100,
    ));
    let house = house_with(queue.clone(), clock.clone());
    assert!(is_queued(&house.report("m", WriteMode::Async).await));
    // A worker that stores and dies before it says so.
    let left = queue.claim(10).await.unwrap();
    let occurrence = Arc::clone(&left[0].queued.occurrence);
    let batch = Batch {
        at: NOON,
        occurrences: vec![occurrence],
        aggregator: Arc::new(HourlyAggregator),
        release_limit: ReleaseLimits::default().releases,
    };
    house.store.record(&batch).await.unwrap();
    assert_eq!(house.drain.round().await.unwrap(), Round::default());

    clock.advance(Duration::minutes(1));

    assert_eq!(
        house.drain.round().await.unwrap(),
        Round {
            finished: 1,
            held: 0
        }
    );
    assert_eq!(house.stored().await, 1);
}
