//! Alert rules, their firings and deliveries.

use super::condition::{Condition, Limit};
use super::evaluator::RuleState;
use crate::errors::Severity;
use crate::id::{DeliveryId, FiringId, IncidentId, RuleId, TenantId};
use crate::notifications::{ChannelKind, Notification};
use std::time::Duration;
use time::OffsetDateTime;

/// Result of a rule's latest evaluation, apart from its state.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RuleHealth {
    /// When the rule was last evaluated; `None` since it was created, enabled or changed.
    pub evaluated_at: Option<OffsetDateTime>,
    /// The measured value.
    pub value: Option<f64>,
    /// Why the rule could not be evaluated, as a sentence for its owner.
    pub failure: Option<String>,
}

/// An alert rule: condition, window and the channels to notify.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertRule {
    /// Its id.
    pub id: RuleId,
    /// The tenant; the rule measures all its projects unless the condition names one.
    pub tenant_id: TenantId,
    /// Its name.
    pub name: String,
    /// The condition as written; it was valid when it was saved.
    pub condition: String,
    /// Value of `threshold` in the condition.
    pub threshold: f64,
    /// Value of `time_window` in the condition.
    pub time_window: Duration,
    /// Whether the rule is evaluated.
    pub enabled: bool,
    /// Channels to notify.
    pub notifications: Vec<ChannelKind>,
    /// Severity of the incident to open; `None` opens none.
    pub open_incident: Option<Severity>,
    /// Whether occurrences count that are recorded while their error is ignored.
    pub include_ignored: bool,
    /// State between evaluations.
    pub state: RuleState,
    /// Result of the latest evaluation.
    pub health: RuleHealth,
    /// Version for optimistic locking: increases with every change.
    pub version: i64,
    /// When it was created.
    pub created_at: OffsetDateTime,
    /// When its settings last changed.
    pub updated_at: OffsetDateTime,
}

impl AlertRule {
    /// Returns what the value is compared with; `None` for a condition that is not valid.
    #[must_use]
    pub fn limit(&self) -> Option<f64> {
        let condition = Condition::parse(&self.condition).ok()?;
        Some(match condition.limit {
            Limit::Number(number) => number,
            Limit::Threshold => self.threshold,
        })
    }
}

/// One time that a rule fired, or a test notification.
#[derive(Debug, Clone, PartialEq)]
pub struct Firing {
    /// Its id, also of the notification.
    pub id: FiringId,
    /// Whose it is.
    pub tenant_id: TenantId,
    /// The rule, which may have been deleted since.
    pub rule_id: RuleId,
    /// The rule's condition at that time.
    pub condition: String,
    /// The incident that was opened.
    pub incident_id: Option<IncidentId>,
    /// Content of the messages: rule, measurement, top errors, time.
    pub notification: Notification,
}

/// Status of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryStatus {
    /// Not sent yet, or to be retried.
    Pending,
    /// Accepted by the receiver.
    Delivered,
    /// Given up; the delivery holds the reason.
    Failed,
}

impl DeliveryStatus {
    /// Returns the name on the wire and in storage.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }

    /// Every status.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Delivered, Self::Failed];

    /// Parses a stored name.
    #[must_use]
    pub fn from_stored(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }
}

/// A delivery: a firing's message to one channel, with its attempts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its id.
    pub id: DeliveryId,
    /// The firing.
    pub firing_id: FiringId,
    /// The tenant.
    pub tenant_id: TenantId,
    /// The channel.
    pub channel: ChannelKind,
    /// Its status.
    pub status: DeliveryStatus,
    /// Number of attempts.
    pub attempts: u32,
    /// Time of the next attempt, while pending.
    pub next_attempt_at: OffsetDateTime,
    /// Recipients that already received it.
    pub reached: Vec<String>,
    /// Why the latest attempt failed that did; kept after a success.
    pub reason: Option<String>,
    /// What came of the latest attempt: what the receiver answered, or why it failed.
    pub result: Option<String>,
    /// When the latest attempt ended.
    pub last_attempt_at: Option<OffsetDateTime>,
    /// How long it took; `None` where nothing was sent.
    pub took: Option<Duration>,
    /// When it was created.
    pub created_at: OffsetDateTime,
    /// When the receiver accepted it.
    pub delivered_at: Option<OffsetDateTime>,
}
