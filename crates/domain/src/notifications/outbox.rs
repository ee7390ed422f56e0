//! Messages on their way.

use super::channel::ChannelKind;
use super::notification::Notification;
use crate::alerts::{Delivery, DeliveryStatus, Firing};
use crate::id::{DeliveryId, RuleId};
use crate::page::{Cursor, Page};
use crate::store_error::StoreError;
use crate::tenancy::TenantScope;
use async_trait::async_trait;
use time::{Duration, OffsetDateTime};

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryAttempt {
    /// Which message.
    pub id: DeliveryId,
    /// How far it is now.
    pub status: DeliveryStatus,
    /// Recipients reached so far.
    pub reached: Vec<String>,
    /// Why it failed.
    pub reason: Option<String>,
    /// When it is tried next, while it is pending.
    pub next_attempt_at: OffsetDateTime,
    /// When this is.
    pub at: OffsetDateTime,
}

/// Which firings a history holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HistoryQuery {
    /// Of this rule.
    pub rule: Option<RuleId>,
    /// Whose condition, then, was one of these texts.
    pub conditions: Option<Vec<String>>,
    /// Where the page starts.
    pub after: Option<Cursor>,
    /// How many, at least 1.
    pub limit: u32,
}

/// Keeps firings and their messages.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Outbox: Send + Sync {
    /// Adds a firing that is no alarm (a test) with its messages, all or nothing.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn enqueue_firing(
        &self,
        firing: &Firing,
        deliveries: &[Delivery],
    ) -> Result<(), StoreError>;

    /// Takes up to `most` messages of this channel that are due, oldest first, and counts an attempt of
    /// each. MUST NOT give one to two callers, unless the first has not said within `patience` what
    /// became of it.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn claim_due_deliveries(
        &self,
        channel: ChannelKind,
        now: OffsetDateTime,
        patience: Duration,
        most: u32,
    ) -> Result<Vec<(Delivery, Notification)>, StoreError>;

    /// Writes down what became of an attempt.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails: the message is sent again.
    async fn record_attempt(&self, attempted: &DeliveryAttempt) -> Result<(), StoreError>;

    /// A tenant's firings with their messages, newest first.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_firings(
        &self,
        tenant: TenantScope,
        query: &HistoryQuery,
    ) -> Result<Page<(Firing, Vec<Delivery>)>, StoreError>;

    /// The conditions under which a tenant's rules fired, each once, but those longer than
    /// [`LONGEST_CONDITION`](super::LONGEST_CONDITION).
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_fired_conditions(&self, tenant: TenantScope) -> Result<Vec<String>, StoreError>;
}
