//! Alert rules and what comes of them.

use super::evaluator::RuleState;
use crate::errors::Severity;
use crate::id::{DeliveryId, FiringId, IncidentId, RuleId, TenantId};
use crate::notifications::{ChannelKind, Notification};
use std::time::Duration;
use time::OffsetDateTime;

/// What the latest evaluation of a rule found, beside its state.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RuleHealth {
    /// When the rule was last evaluated; `None` since it was made, enabled or changed.
    pub evaluated_at: Option<OffsetDateTime>,
    /// What was measured then.
    pub value: Option<f64>,
    /// Why it could not be evaluated, in a sentence for people.
    pub failure: Option<String>,
}

/// When to tell whom.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertRule {
    /// Its id.
    pub id: RuleId,
    /// Whose it is: it looks at all of the tenant's projects.
    pub tenant_id: TenantId,
    /// Its name.
    pub name: String,
    /// The condition as written; it was understood when it was saved.
    pub condition: String,
    /// What `threshold` stands for in the condition.
    pub threshold: f64,
    /// What `time_window` stands for in the condition.
    pub time_window: Duration,
    /// Whether it is evaluated.
    pub enabled: bool,
    /// Through which channels it tells.
    pub notifications: Vec<ChannelKind>,
    /// Opens an incident of this severity when it fires.
    pub open_incident: Option<Severity>,
    /// What is remembered between evaluations.
    pub state: RuleState,
    /// What its latest evaluation found.
    pub health: RuleHealth,
    /// Grows with every change: who changes a rule must have seen its last state.
    pub version: i64,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// When it was last changed by somebody.
    pub updated_at: OffsetDateTime,
}

/// One time that a rule fired, or was tried out.
#[derive(Debug, Clone, PartialEq)]
pub struct Firing {
    /// Its id, the notification's too.
    pub id: FiringId,
    /// Whose it is.
    pub tenant_id: TenantId,
    /// The rule, which may be gone meanwhile.
    pub rule_id: RuleId,
    /// The rule's condition then.
    pub condition: String,
    /// The incident that it opened.
    pub incident_id: Option<IncidentId>,
    /// What is told: rule, measurement, top errors, time.
    pub notification: Notification,
}

/// How far a message got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryStatus {
    /// It is tried, or will be again.
    Pending,
    /// The receiver has accepted it.
    Delivered,
    /// It is given up, for the reason it carries.
    Failed,
}

impl DeliveryStatus {
    /// The name on the wire and in storage.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }

    /// Reads a stored name.
    #[must_use]
    pub fn from_stored(name: &str) -> Option<Self> {
        let all = [Self::Pending, Self::Delivered, Self::Failed];
        all.into_iter().find(|status| status.as_str() == name)
    }
}

/// A firing's message on its way through one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its id.
    pub id: DeliveryId,
    /// What it tells.
    pub firing_id: FiringId,
    /// Whose channel it takes.
    pub tenant_id: TenantId,
    /// Which.
    pub channel: ChannelKind,
    /// How far it got.
    pub status: DeliveryStatus,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next, while it is pending.
    pub next_attempt_at: OffsetDateTime,
    /// Recipients that were reached already.
    pub reached: Vec<String>,
    /// Why the last attempt failed.
    pub reason: Option<String>,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// When the receiver accepted it.
    pub delivered_at: Option<OffsetDateTime>,
}
