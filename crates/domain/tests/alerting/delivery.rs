//! From a rule that fires to a message that is delivered.

use crate::world::World;
use faultbook_contract::builder::{TestChannels, settings};
use faultbook_domain::alerts::{Delivery, DeliveryStatus};
use faultbook_domain::id::TenantId;
use faultbook_domain::notifications::{
    ChannelKind, Deliveries, Integrations, MockNotifier, MockSecretBox, NotifyError,
};
use faultbook_domain::system::SystemIds;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use time::Duration;
use uuid::Uuid;

const SLACK: ChannelKind = ChannelKind::named("slack");

/// Outcomes of the attempts to come, and the ids of the notifications sent.
#[derive(Default)]
struct Receiver {
    outcomes: Mutex<Vec<Result<(), NotifyError>>>,
    received: Mutex<Vec<Uuid>>,
}

/// Sends the world's messages through a channel `slack` that is set up, to this receiver.
fn deliveries(world: &World, receiver: &Arc<Receiver>) -> Deliveries {
    let mut notifier = MockNotifier::new();
    let receiver = Arc::clone(receiver);
    notifier.expect_send().returning(move |notification, _, _| {
        receiver.received.lock().unwrap().push(notification.id);
        let outcome = receiver.outcomes.lock().unwrap().remove(0);
        outcome.map(|()| "200".to_owned())
    });
    let (notifier, ids) = (Arc::new(notifier), Arc::new(SystemIds::default()));
    let slack = settings(json!({ "webhook_url": "https://example.com/x" }));
    let integrations = Integrations::new(
        (world.store.clone(), world.store.clone()),
        Arc::new(MockSecretBox::new()),
        (Arc::new(TestChannels), notifier.clone()),
        (world.clock.clone(), ids.clone()),
        BTreeMap::from([(SLACK, slack)]),
        String::new(),
    );
    Deliveries::new(
        world.store.clone(),
        Arc::new(integrations),
        notifier,
        world.clock.clone(),
        ids,
    )
}

async fn fired(channels: &[ChannelKind]) -> (World, TenantId) {
    let (world, tenant, project) = World::with_tenant().await;
    let rule = world.rule(tenant, "error_count >= 1 in 5m").await;
    world
        .change(&rule, |rule| rule.notifications = channels.to_vec())
        .await;
    world.report_now(project, 1).await;
    assert_eq!(world.round().await.fired, 1);
    (world, tenant)
}

/// Sends what is due through a channel. Returns how many messages that were.
async fn send_due(deliveries: &Deliveries, channel: ChannelKind) -> usize {
    let due = deliveries.due(channel, 10).await.unwrap();
    for (delivery, notification) in &due {
        deliveries.send(delivery, notification).await.unwrap();
    }
    due.len()
}

async fn kept(world: &World, tenant: TenantId, channel: ChannelKind) -> Delivery {
    let (_, deliveries) = world.history(tenant).await.remove(0);
    let of_channel = deliveries.into_iter().find(|one| one.channel == channel);
    of_channel.unwrap()
}

#[tokio::test]
async fn a_message_is_sent_once_and_kept_as_delivered() {
    let (world, tenant) = fired(&[SLACK]).await;
    let receiver = Arc::new(Receiver::default());
    receiver.outcomes.lock().unwrap().push(Ok(()));
    let deliveries = deliveries(&world, &receiver);
    assert_eq!(send_due(&deliveries, SLACK).await, 1);
    world.clock.advance(Duration::DAY);
    assert_eq!(send_due(&deliveries, SLACK).await, 0);
    let kept = kept(&world, tenant, SLACK).await;
    assert_eq!((kept.status, kept.attempts), (DeliveryStatus::Delivered, 1));
    assert!(kept.delivered_at.is_some() && kept.reason.is_none());
}

#[tokio::test]
async fn a_failed_attempt_is_repeated_with_the_same_id_after_a_pause() {
    let (world, tenant) = fired(&[SLACK]).await;
    let receiver = Arc::new(Receiver::default());
    let outcomes = [Err(NotifyError::transient("busy")), Ok(())];
    receiver.outcomes.lock().unwrap().extend(outcomes);
    let deliveries = deliveries(&world, &receiver);
    assert_eq!(send_due(&deliveries, SLACK).await, 1);
    let pending = kept(&world, tenant, SLACK).await;
    assert_eq!(
        (pending.status, pending.reason.as_deref()),
        (DeliveryStatus::Pending, Some("busy"))
    );
    assert_eq!(send_due(&deliveries, SLACK).await, 0, "not yet");
    // The first pause is 5 s, give or take a half.
    world.clock.advance(Duration::seconds(8));
    assert_eq!(send_due(&deliveries, SLACK).await, 1);
    let done = kept(&world, tenant, SLACK).await;
    assert_eq!((done.status, done.attempts), (DeliveryStatus::Delivered, 2));
    let received = receiver.received.lock().unwrap();
    assert_eq!(received[0], received[1]);
}

#[tokio::test]
async fn a_channel_that_hangs_holds_up_no_other_and_another_node_takes_over() {
    let (world, tenant) = fired(&[SLACK, ChannelKind::EMAIL]).await;
    let receiver = Arc::new(Receiver::default());
    receiver.outcomes.lock().unwrap().push(Ok(()));
    let deliveries = deliveries(&world, &receiver);
    let hanging = deliveries.due(ChannelKind::EMAIL, 10).await.unwrap();
    assert_eq!(hanging.len(), 1);
    assert_eq!(send_due(&deliveries, SLACK).await, 1);
    let status = |channel| {
        let world = &world;
        async move { kept(world, tenant, channel).await.status }
    };
    assert_eq!(status(SLACK).await, DeliveryStatus::Delivered);
    assert_eq!(status(ChannelKind::EMAIL).await, DeliveryStatus::Pending);
    assert_eq!(deliveries.due(ChannelKind::EMAIL, 10).await.unwrap(), []);
    world.clock.advance(Duration::seconds(30));
    let again = deliveries.due(ChannelKind::EMAIL, 10).await.unwrap();
    assert_eq!(again[0].0.id, hanging[0].0.id);
}

#[tokio::test]
async fn a_channel_that_is_not_set_up_fails_with_its_reason() {
    let (world, tenant) = fired(&[ChannelKind::EMAIL]).await;
    let deliveries = deliveries(&world, &Arc::default());
    assert_eq!(send_due(&deliveries, ChannelKind::EMAIL).await, 1);
    let kept = kept(&world, tenant, ChannelKind::EMAIL).await;
    assert_eq!(kept.status, DeliveryStatus::Failed);
    assert!(kept.reason.unwrap().contains("not set up"));
}
