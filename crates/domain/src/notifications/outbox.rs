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
    /// Why it failed; `None` keeps the reason of an earlier failure.
    pub reason: Option<String>,
    /// What came of it: what the receiver answered, or why it failed.
    pub result: String,
    /// How long it took; `None` where nothing was sent.
    pub took: Option<std::time::Duration>,
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
    /// With a delivery of this status.
    pub status: Option<DeliveryStatus>,
    /// Not before this time, to the millisecond.
    pub since: Option<OffsetDateTime>,
    /// Before this time, to the millisecond.
    pub until: Option<OffsetDateTime>,
    /// Where the page starts.
    pub after: Option<Cursor>,
    /// How many, at least 1.
    pub limit: u32,
}

/// Numbers of deliveries by status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DeliveryCounts {
    /// Not sent yet, or to be retried.
    pub pending: u64,
    /// Accepted by the receiver.
    pub delivered: u64,
    /// Given up.
    pub failed: u64,
}

impl DeliveryCounts {
    /// Adds deliveries of a status.
    pub const fn add(&mut self, status: DeliveryStatus, count: u64) {
        match status {
            DeliveryStatus::Pending => self.pending += count,
            DeliveryStatus::Delivered => self.delivered += count,
            DeliveryStatus::Failed => self.failed += count,
        }
    }

    /// Returns their sum.
    #[must_use]
    pub const fn all(&self) -> u64 {
        self.pending + self.delivered + self.failed
    }
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

    /// Counts the messages of the firings that a history holds, whatever the query's status and page.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn count_deliveries(
        &self,
        tenant: TenantScope,
        query: &HistoryQuery,
    ) -> Result<DeliveryCounts, StoreError>;

    /// When the earliest pending message of each channel of a tenant is tried next.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn next_attempts(
        &self,
        tenant: TenantScope,
    ) -> Result<Vec<(ChannelKind, OffsetDateTime)>, StoreError>;

    /// The conditions under which a tenant's rules fired, each once, but those longer than
    /// [`LONGEST_CONDITION`](super::LONGEST_CONDITION).
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_fired_conditions(&self, tenant: TenantScope) -> Result<Vec<String>, StoreError>;
}
