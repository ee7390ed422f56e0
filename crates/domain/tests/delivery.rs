//! What becomes of a message whose receiver fails.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use faultbook_contract::builder::{NOON, TestChannels, new_id, settings};
use faultbook_domain::alerts::{Delivery, DeliveryStatus};
use faultbook_domain::id::{DeliveryId, FiringId, TenantId};
use faultbook_domain::id_source::{IdSource, MockIdSource};
use faultbook_domain::memory::MemoryStore;
use faultbook_domain::notifications::ChannelKind;
use faultbook_domain::notifications::Deliveries;
use faultbook_domain::notifications::Integrations;
use faultbook_domain::notifications::{
    DeliveryAttempt, MockIntegrationStore, MockNotifier, MockOutbox, MockSecretBox, NotifyError,
    SecretBox,
};
use faultbook_domain::notifications::{Notification, NotificationKind};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::testing::FixedClock;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration as Span;
use time::Duration;

fn message() -> Notification {
    Notification {
        id: new_id(),
        thread_id: new_id(),
        kind: NotificationKind::Alert,
        raised_at: NOON,
        rule: "A rule".to_owned(),
        measurement: None,
        top_errors: Vec::new(),
        project: None,
        environment: None,
        link: "http://localhost/".to_owned(),
    }
}

fn delivery(attempts: u32) -> Delivery {
    Delivery {
        id: DeliveryId(new_id()),
        firing_id: FiringId(new_id()),
        tenant_id: TenantId(new_id()),
        channel: ChannelKind::named("slack"),
        status: DeliveryStatus::Pending,
        attempts,
        next_attempt_at: NOON,
        reached: vec!["earlier".to_owned()],
        reason: None,
        result: None,
        last_attempt_at: None,
        took: None,
        created_at: NOON,
        delivered_at: None,
    }
}

fn open_sealer() -> impl SecretBox {
    let mut sealer = MockSecretBox::new();
    sealer.expect_seal().returning(<[u8]>::to_vec);
    sealer
        .expect_open()
        .returning(|sealed| Some(sealed.to_vec()));
    sealer
}

/// What is written down of one attempt, `later` after the message was made.
async fn attempted(
    attempts: u32,
    later: Duration,
    outcome: Result<(), NotifyError>,
    configured: bool,
) -> DeliveryAttempt {
    attempted_with(attempts, later, outcome, configured, 0).await
}

/// Ids, and secrets of which each byte is `random`.
fn ids(random: u8) -> Arc<dyn IdSource> {
    let mut ids = MockIdSource::new();
    ids.expect_next_id().returning(|_| new_id());
    ids.expect_secret_bytes().return_const([random; 32]);
    Arc::new(ids)
}

async fn attempted_with(
    attempts: u32,
    later: Duration,
    outcome: Result<(), NotifyError>,
    configured: bool,
    random: u8,
) -> DeliveryAttempt {
    let written: Arc<Mutex<Option<DeliveryAttempt>>> = Arc::default();
    let seen = Arc::clone(&written);
    let mut outbox = MockOutbox::new();
    outbox.expect_record_attempt().returning(move |attempted| {
        *seen.lock().unwrap() = Some(attempted.clone());
        Ok(())
    });
    let mut notifier = MockNotifier::new();
    notifier.expect_send().returning(move |_, _, reached| {
        assert_eq!(reached, ["earlier"]);
        outcome.clone().map(|()| "200".to_owned())
    });
    let (notifier, ids) = (Arc::new(notifier), ids(random));
    let clock = Arc::new(FixedClock::at(NOON + later));
    let slack = settings(json!({ "webhook_url": "https://example.com/x" }));
    let defaults = BTreeMap::from_iter(configured.then_some((ChannelKind::named("slack"), slack)));
    let store = Arc::new(MemoryStore::new(ids.clone()));
    let integrations = Integrations::new(
        (store.clone(), store),
        Arc::new(open_sealer()),
        (Arc::new(TestChannels), notifier.clone()),
        (clock.clone(), ids.clone()),
        defaults,
        String::new(),
    );
    let delivering = Deliveries::new(
        Arc::new(outbox),
        Arc::new(integrations),
        notifier,
        clock,
        ids,
    );
    delivering
        .send(&delivery(attempts), &message())
        .await
        .unwrap();
    written.lock().unwrap().take().expect("it is written down")
}

fn transient(retry_after: Option<Span>) -> Result<(), NotifyError> {
    Err(NotifyError::Transient {
        reason: "no answer".to_owned(),
        retry_after,
        reached: vec!["earlier".to_owned(), "now".to_owned()],
    })
}

#[tokio::test]
async fn what_is_accepted_is_delivered() {
    let done = attempted(1, Duration::ZERO, Ok(()), true).await;
    assert_eq!(
        (done.status, done.reason),
        (DeliveryStatus::Delivered, None)
    );
}

#[tokio::test]
async fn pauses_double_and_vary_by_half() {
    for (attempts, pause) in [(1, 5), (2, 10), (5, 80), (12, 3_600), (60, 3_600)] {
        for (random, share) in [(0, 0.5), (51, 0.7), (255, 1.5)] {
            let outcome = transient(None);
            let failed = attempted_with(attempts, Duration::ZERO, outcome, true, random).await;
            assert_eq!(failed.status, DeliveryStatus::Pending);
            assert_eq!(failed.reached, ["earlier", "now"]);
            let expected = Duration::seconds_f64(f64::from(pause) * share);
            assert_eq!(
                failed.next_attempt_at - NOON,
                expected,
                "{attempts} {random}"
            );
        }
    }
}

#[tokio::test]
async fn a_receiver_may_say_when_to_come_again() {
    let asked = Some(Span::from_secs(77));
    let failed = attempted(1, Duration::ZERO, transient(asked), true).await;
    assert_eq!(failed.next_attempt_at - NOON, Duration::seconds(77));
}

#[tokio::test]
async fn after_a_day_a_message_is_given_up() {
    let failed = attempted(40, Duration::hours(24), transient(None), true).await;
    assert_eq!(failed.status, DeliveryStatus::Failed);
    assert_eq!(failed.reason.as_deref(), Some("no answer"));
}

#[tokio::test]
async fn what_will_not_work_is_given_up_at_once() {
    for error in [
        NotifyError::permanent("gone"),
        NotifyError::refused("not public"),
    ] {
        let reason = error.to_string();
        let failed = attempted(1, Duration::ZERO, Err(error), true).await;
        assert_eq!(
            (failed.status, failed.reason),
            (DeliveryStatus::Failed, Some(reason))
        );
    }
    let unset = attempted(1, Duration::ZERO, Ok(()), false).await;
    assert_eq!(unset.status, DeliveryStatus::Failed);
    assert!(unset.reason.unwrap().contains("not set up"));
}

/// Neither a message sent nor an attempt written down is expected: the mocks panic at either.
#[tokio::test]
async fn a_store_that_is_away_is_no_attempt() {
    let mut channels = MockIntegrationStore::new();
    channels
        .expect_list_integrations()
        .times(1)
        .returning(|_| Err(StoreError::unavailable("gone")));
    let (outbox, notifier) = (Arc::new(MockOutbox::new()), Arc::new(MockNotifier::new()));
    let (clock, ids) = (Arc::new(FixedClock::at(NOON)), ids(0));
    let integrations = Integrations::new(
        (Arc::new(channels), Arc::new(MemoryStore::new(ids.clone()))),
        Arc::new(open_sealer()),
        (Arc::new(TestChannels), notifier.clone()),
        (clock.clone(), ids.clone()),
        BTreeMap::new(),
        String::new(),
    );
    let delivering = Deliveries::new(outbox, Arc::new(integrations), notifier, clock, ids);
    let outcome = delivering.send(&delivery(1), &message()).await;
    assert!(
        matches!(outcome, Err(StoreError::Unavailable(_))),
        "{outcome:?}"
    );
}
