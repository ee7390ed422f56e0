//! Getting messages to their receivers.

use super::channel::ChannelKind;
use super::integrations::{Integrations, Unset};
use super::notification::Notification;
use super::notifier::{Notifier, NotifyError};
use super::outbox::{DeliveryAttempt, Outbox};
use super::retry::next_attempt;
use super::without_addresses::without_addresses;
use crate::alerts::{Delivery, DeliveryStatus};
use crate::clock::Clock;
use crate::id_source::IdSource;
use crate::store_error::StoreError;
use crate::tenancy::TenantScope;
use std::sync::Arc;
use std::time::Instant;
use time::Duration;

/// How long an attempt may take before somebody else makes one: three times the notifier's limit.
const PATIENCE: Duration = Duration::seconds(30);

/// Characters of a reason that are kept: what a receiver said is cut by the notifier already.
const LONGEST_REASON: usize = 500;

/// Sends what is due.
pub struct Deliveries {
    outbox: Arc<dyn Outbox>,
    integrations: Arc<Integrations>,
    notifier: Arc<dyn Notifier>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
}

impl Deliveries {
    /// Sends messages of this outbox through the tenants' channels.
    #[must_use]
    pub fn new(
        outbox: Arc<dyn Outbox>,
        integrations: Arc<Integrations>,
        notifier: Arc<dyn Notifier>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
    ) -> Self {
        Self {
            outbox,
            integrations,
            notifier,
            clock,
            ids,
        }
    }

    /// Messages of this channel that are to be sent now, at most so many: whoever takes them sends each
    /// with [`Deliveries::send`].
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn due(
        &self,
        channel: ChannelKind,
        most: u32,
    ) -> Result<Vec<(Delivery, Notification)>, StoreError> {
        let now = self.clock.now();
        self.outbox
            .claim_due_deliveries(channel, now, PATIENCE, most)
            .await
    }

    /// Makes one attempt and writes down what became of it.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails; the message is sent again then.
    pub async fn send(
        &self,
        delivery: &Delivery,
        notification: &Notification,
    ) -> Result<(), StoreError> {
        let channel = self
            .integrations
            .channel(TenantScope::of(delivery.tenant_id), delivery.channel)
            .await;
        let (outcome, took) = match channel {
            Ok(channel) => {
                let (reached, began) = (&delivery.reached, Instant::now());
                let outcome = self.notifier.send(notification, &channel, reached).await;
                let tenant = TenantScope::of(delivery.tenant_id);
                let took = began.elapsed();
                self.integrations
                    .note_attempt(tenant, delivery.channel, outcome.is_ok(), took)
                    .await;
                (outcome, Some(took))
            }
            Err(Unset::Store(error)) => return Err(error),
            Err(unset) => (Err(NotifyError::permanent(unset.to_string())), None),
        };
        let attempted = self.judged(delivery, outcome, took);
        if attempted.status == DeliveryStatus::Failed {
            let (id, channel) = (delivery.id, delivery.channel.as_str());
            tracing::warn!(delivery = %id, channel, reason = attempted.reason, "a message is given up");
        }
        self.outbox.record_attempt(&attempted).await
    }

    fn judged(
        &self,
        delivery: &Delivery,
        outcome: Result<String, NotifyError>,
        took: Option<std::time::Duration>,
    ) -> DeliveryAttempt {
        let now = self.clock.now();
        let mut attempted = DeliveryAttempt {
            id: delivery.id,
            status: DeliveryStatus::Delivered,
            reached: delivery.reached.clone(),
            reason: None,
            result: String::new(),
            took,
            next_attempt_at: now,
            at: now,
        };
        let shown = |text: &str| {
            let clean = without_addresses(text);
            clean.chars().take(LONGEST_REASON).collect::<String>()
        };
        let error = match outcome {
            Ok(answer) => {
                attempted.result = shown(&answer);
                return attempted;
            }
            Err(error) => error,
        };
        attempted.result = shown(&error.to_string());
        attempted.reason = Some(attempted.result.clone());
        attempted.status = DeliveryStatus::Failed;
        match error {
            NotifyError::Transient {
                retry_after,
                reached,
                ..
            } => {
                attempted.reached = reached;
                let attempt = (delivery.attempts, delivery.created_at);
                if let Some(next) = next_attempt(attempt, retry_after, (&*self.ids, now)) {
                    attempted.next_attempt_at = next;
                    attempted.status = DeliveryStatus::Pending;
                }
            }
            NotifyError::Permanent { reached, .. } => attempted.reached = reached,
            NotifyError::RefusedTarget { .. } => {}
        }
        attempted
    }
}
