//! Feedback: with its event or later, through outages, kept once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use async_trait::async_trait;
use faultbook_contract::builder::{NOON, a_feedback, new_id};
use faultbook_domain::cache::{MockCache, ReadCache};
use faultbook_domain::errors::{ErrorQuery, ErrorStore, Feedback, FeedbackStore, Triage};
use faultbook_domain::fingerprint::v1::FingerprinterV1;
use faultbook_domain::id::{ErrorId, ProjectId, TenantId};
use faultbook_domain::ingest::{
    Batch, Destination, Drain, EventStore, GroupCommitError, Ingest, IngestError, IngestOutcome,
    Recorded, Report, WriteMode, attach_feedback,
};
use faultbook_domain::memory::{MemoryIngestQueue, MemoryStore};
use faultbook_domain::page::PAGE_BYTES;
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::{Scope, TenantScope};
use faultbook_domain::testing::FixedClock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use time::Duration;
use uuid::Uuid;

/// The store in process, parts of which can be away.
struct Moody {
    store: MemoryStore,
    events_away: AtomicBool,
    feedback_fails: Mutex<Option<fn() -> StoreError>>,
}

#[async_trait]
impl EventStore for Moody {
    async fn record(&self, batch: &Batch) -> Result<Vec<Recorded>, StoreError> {
        if self.events_away.load(Ordering::Relaxed) {
            return Err(StoreError::unavailable("gone"));
        }
        self.store.record(batch).await
    }
}

#[async_trait]
impl FeedbackStore for Moody {
    async fn add_feedback(
        &self,
        feedback: &[(ProjectId, Feedback)],
    ) -> Result<Vec<bool>, StoreError> {
        if let Some(failure) = *self.feedback_fails.lock().unwrap() {
            return Err(failure());
        }
        self.store.add_feedback(feedback).await
    }

    async fn list_feedback(
        &self,
        scope: &Scope,
        events: &[Uuid],
    ) -> Result<Vec<Feedback>, StoreError> {
        self.store.list_feedback(scope, events).await
    }
}

struct House {
    ingest: Ingest,
    drain: Drain,
    store: Arc<Moody>,
    clock: Arc<FixedClock>,
    /// How often cached reads were made old.
    advances: Arc<AtomicU64>,
    triage: Triage,
    to: Destination,
    scope: Scope,
}

fn house() -> House {
    let clock = Arc::new(FixedClock::at(NOON));
    let queue = MemoryIngestQueue::new(clock.clone(), Duration::minutes(1), 100);
    let store = Arc::new(Moody {
        store: MemoryStore::default(),
        events_away: AtomicBool::new(false),
        feedback_fails: Mutex::new(None),
    });
    let advances = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&advances);
    let mut cache = MockCache::new();
    cache.expect_advance().returning(move |_| {
        counted.fetch_add(1, Ordering::Relaxed);
        Ok(())
    });
    let cache = Arc::new(ReadCache::new(Arc::new(cache)));
    let (ingest, writer) = Ingest::builder(store.clone())
        .clock(clock.clone())
        .queue(Arc::new(queue))
        .feedback(store.clone())
        .cache(cache.clone())
        .build();
    tokio::spawn(writer.run());
    let to = Destination {
        tenant: TenantId(new_id()),
        project: ProjectId(new_id()),
    };
    let memory = Arc::new(store.store.clone());
    House {
        drain: ingest.drain(50).unwrap(),
        ingest,
        triage: Triage::new(
            (memory.clone(), memory.clone()),
            memory,
            store.clone(),
            Arc::new(FingerprinterV1),
            cache,
            clock.clone(),
        ),
        store,
        clock,
        advances,
        scope: Scope::new(TenantScope::for_tests(to.tenant), vec![to.project]),
        to,
    }
}

fn event() -> Uuid {
    Uuid::from_u128(new_id().as_u128().rotate_left(64))
}

impl House {
    async fn submit(&self, event: Uuid, said: &[&str]) -> Result<IngestOutcome, IngestError> {
        let said = said.iter().map(|message| a_feedback(event, message));
        let report = Report::new("backend", "boom")
            .with_event_id(event)
            .with_feedback(said.collect());
        self.ingest
            .submit_in(self.to, report, WriteMode::Sync)
            .await
    }

    async fn say(&self, event: Uuid, message: &str) -> Result<usize, IngestError> {
        let feedback = vec![a_feedback(event, message)];
        self.ingest.submit_feedback(self.to, feedback).await
    }

    async fn errors(&self) -> Vec<(ErrorId, i64)> {
        let query = ErrorQuery {
            limit: 100,
            ..ErrorQuery::default()
        };
        let page = self.store.store.list_errors(&self.scope, &query).await;
        let page = page.unwrap().items.into_iter();
        page.map(|one| (one.error.state.id, one.error.state.count))
            .collect()
    }

    /// What is shown of the one error's occurrences, newest first.
    async fn shown(&self) -> Vec<Vec<String>> {
        let (error, _) = self.errors().await[0];
        let page = self.triage.occurrences(&self.scope, error, None, 100).await;
        let said = |feedback: Vec<Feedback>| {
            let messages = feedback.into_iter().map(|one| one.message.unwrap());
            messages.collect()
        };
        let occurrences = page.unwrap().unwrap().items.into_iter();
        let shown: Vec<Vec<String>> = occurrences.map(|one| said(one.feedback)).collect();
        let detail = self.triage.get(&self.scope, error).await.unwrap();
        let latest = detail.unwrap().latest.unwrap();
        assert!(shown.contains(&said(latest.feedback)));
        shown
    }

    fn feedback_fails(&self, failure: Option<fn() -> StoreError>) {
        *self.store.feedback_fails.lock().unwrap() = failure;
    }
}

fn away() -> StoreError {
    StoreError::unavailable("gone")
}

fn is_outage<T>(outcome: &Result<T, IngestError>) -> bool {
    matches!(outcome, Err(IngestError::GroupCommit(error)) if error.is_outage())
}

#[tokio::test]
async fn feedback_comes_with_its_event_or_after_it() {
    let house = house();
    let event = event();
    assert_eq!(house.say(event, "too early").await.unwrap(), 0);
    house.submit(event, &["with it"]).await.unwrap();
    let before = house.advances.load(Ordering::Relaxed);
    assert_eq!(house.say(event, "with it").await.unwrap(), 1, "known");
    let cleaned = house.say(event, "my password: hunter2hunter2").await;
    assert_eq!(cleaned.unwrap(), 1);
    assert!(house.advances.load(Ordering::Relaxed) > before);
    house.submit(self::event(), &[]).await.unwrap();
    let shown = house.shown().await;
    assert_eq!(shown.len(), 2);
    assert!(shown[0].is_empty());
    assert_eq!(shown[1].len(), 2, "{shown:?}");
    assert!(shown[1].contains(&"with it".to_owned()));
    assert!(!format!("{shown:?}").contains("hunter2"), "{shown:?}");
}

#[tokio::test]
async fn feedback_of_a_queued_event_waits_with_it() {
    let house = house();
    let event = event();
    house.store.events_away.store(true, Ordering::Relaxed);
    let outcome = house.submit(event, &["while it was away"]).await.unwrap();
    assert!(matches!(outcome, IngestOutcome::Queued(_)));
    // Alone, it is refused as long as its event may lie in the queue.
    assert!(is_outage(&house.say(event, "alone").await));
    house.store.events_away.store(false, Ordering::Relaxed);
    assert_eq!(house.drain.round().await.unwrap().finished, 1);
    assert_eq!(house.shown().await, [["while it was away"]]);
    assert_eq!(house.say(event, "alone").await.unwrap(), 1);
    assert_eq!(house.say(self::event(), "of no event").await.unwrap(), 0);
}

#[tokio::test]
async fn an_event_is_answered_once_its_feedback_is_kept_too() {
    let house = house();
    let (event, other) = (event(), event());
    house.feedback_fails(Some(away));
    // The event is stored, its feedback is not: both go to the queue, and count once.
    let outcome = house.submit(event, &["kept later"]).await.unwrap();
    assert!(matches!(outcome, IngestOutcome::Queued(_)));
    assert_eq!(house.drain.round().await.unwrap().held, 1);
    assert!(is_outage(&house.say(event, "alone").await));
    house.feedback_fails(None);
    assert_eq!(house.drain.round().await.unwrap().finished, 1);
    assert_eq!(house.shown().await, [["kept later"]]);
    // The store is tried again in a second.
    house.clock.advance(Duration::seconds(2));
    // A client that got no answer sends it again.
    house.submit(event, &["kept later"]).await.unwrap();
    assert_eq!(house.shown().await, [["kept later"]]);
    assert_eq!(house.errors().await[0].1, 1);
    // Feedback that cannot be stored at all costs no event.
    house.feedback_fails(Some(|| StoreError::internal("a bug")));
    let outcome = house.submit(other, &["lost"]).await.unwrap();
    assert!(matches!(outcome, IngestOutcome::Stored(_)));
    assert_eq!(house.errors().await[0].1, 2);
    let refused = house.say(event, "refused").await;
    assert!(matches!(
        refused,
        Err(IngestError::GroupCommit(GroupCommitError::Store(_)))
    ));
}

#[tokio::test]
async fn there_is_no_end_to_what_users_say_but_one_to_what_is_kept() {
    let house = house();
    let event = event();
    let many: Vec<String> = (0..200).map(|number| format!("{number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    house.submit(event, &many).await.unwrap();
    let mut shown = house.shown().await.remove(0);
    shown.sort_by_key(|message| message.parse::<usize>().unwrap());
    assert_eq!(shown, many[..Feedback::MAX_PER_EVENT]);
    let alone = many.iter().map(|message| a_feedback(event, message));
    let taken = house.ingest.submit_feedback(house.to, alone.collect());
    assert_eq!(taken.await.unwrap(), 100);
}

#[tokio::test]
async fn a_page_does_not_hold_more_feedback_than_text() {
    let house = house();
    let long = "\u{1F41E}".repeat(Feedback::MAX_MESSAGE);
    for event in (0..10).map(|_| event()) {
        house.submit(event, &[]).await.unwrap();
        let said = (0..20).map(|number| a_feedback(event, &format!("{number}{long}")));
        let said: Vec<_> = said.map(|one| (house.to.project, one)).collect();
        let known = house.store.add_feedback(&said).await.unwrap();
        assert!(known.into_iter().all(|known| known));
    }
    let (error, count) = house.errors().await[0];
    assert_eq!(count, 10);
    let (mut after, mut seen, mut pages) = (None, 0, 0);
    loop {
        let page = house.triage.occurrences(&house.scope, error, after, 100);
        let page = page.await.unwrap().unwrap();
        let bytes: usize = page.items.iter().map(|one| one.text_bytes()).sum();
        assert!(bytes <= PAGE_BYTES, "{bytes}");
        assert!(page.items.iter().all(|one| one.feedback.len() == 20));
        (seen, pages) = (seen + page.items.len(), pages + 1);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, 10);
    assert!(pages > 1);
}

#[test]
fn feedback_goes_to_its_report() {
    let (one, two, other) = (event(), event(), event());
    let mut reports = [one, two].map(|id| Report::new("s", "m").with_event_id(id));
    let feedback = [two, other, one, two].map(|event| a_feedback(event, "said"));
    let alone = attach_feedback(&mut reports, feedback.to_vec());
    assert_eq!(alone, [a_feedback(other, "said")]);
    assert_eq!(reports[0].feedback, [a_feedback(one, "said")]);
    assert_eq!(reports[1].feedback.len(), 2);
}
