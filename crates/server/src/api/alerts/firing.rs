//! Response types of firings and deliveries.

use crate::api::alerts::rule::{Number, SHOWN_CONDITION, cut};
use faultbook_domain::alerts::{Delivery, DeliveryStatus, Firing, write_span};
use faultbook_domain::notifications::{DeliveryCounts, NotificationKind};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

/// Characters of a top error's message that are shown.
const SHOWN_MESSAGE: usize = 500;

/// One time that a rule fired, or was tried out.
#[derive(Debug, Serialize, ToSchema)]
pub struct FiringView {
    id: Uuid,
    rule_id: Uuid,
    rule_name: String,
    condition: String,
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    fired_at: OffsetDateTime,
    /// What was measured.
    value: Number,
    /// What it was compared with.
    threshold: Number,
    #[schema(example = "5m")]
    time_window: String,
    /// Whether somebody tried the rule out.
    test: bool,
    /// The incident that it opened.
    incident_id: Option<Uuid>,
    top_errors: Vec<TopErrorView>,
    deliveries: Vec<DeliveryView>,
}

/// One of the errors behind a firing.
#[derive(Debug, Serialize, ToSchema)]
pub struct TopErrorView {
    id: Uuid,
    /// At most 500 characters of it.
    message: String,
    count: u64,
}

/// A firing's message through one channel.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeliveryView {
    id: Uuid,
    #[schema(example = "slack")]
    channel: String,
    /// pending, delivered or failed.
    #[schema(example = "delivered")]
    status: &'static str,
    attempts: u32,
    /// When the latest attempt ended.
    #[serde(serialize_with = "crate::http::rfc3339::option::serialize")]
    last_attempt_at: Option<OffsetDateTime>,
    /// How long it took; null where nothing was sent.
    #[schema(example = 212)]
    duration_ms: Option<u64>,
    /// What came of it: what the receiver answered, or why it failed.
    #[schema(example = "200")]
    result: Option<String>,
    /// Why the latest attempt failed that did; kept after a success.
    reason: Option<String>,
    /// When it is tried next, while it is pending.
    #[serde(serialize_with = "crate::http::rfc3339::option::serialize")]
    next_attempt_at: Option<OffsetDateTime>,
    #[serde(serialize_with = "crate::http::rfc3339::option::serialize")]
    delivered_at: Option<OffsetDateTime>,
}

/// A page of firings.
#[derive(Debug, Serialize, ToSchema)]
pub struct FiringList {
    /// Newest first.
    pub history: Vec<FiringView>,
    /// How many there are.
    pub total: u64,
    /// Where the next page starts; null on the last.
    pub next_cursor: Option<String>,
    /// Deliveries of the rule and the range, whatever `status`; without a range those of the last 30 days.
    pub counts: DeliveryCountsView,
}

/// Numbers of deliveries.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeliveryCounts)]
pub struct DeliveryCountsView {
    all: u64,
    pending: u64,
    delivered: u64,
    failed: u64,
}

impl DeliveryCountsView {
    /// The view of these numbers.
    #[must_use]
    pub const fn of(counts: DeliveryCounts) -> Self {
        Self {
            all: counts.all(),
            pending: counts.pending,
            delivered: counts.delivered,
            failed: counts.failed,
        }
    }
}

fn millis(took: std::time::Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}

impl FiringView {
    /// The view of a firing with its messages.
    #[must_use]
    pub fn of(firing: Firing, deliveries: Vec<Delivery>) -> Self {
        let told = firing.notification;
        let measured = told.measurement.as_ref();
        let number = |value: Option<f64>| Number(value.unwrap_or_default());
        let window = measured.map(|measured| measured.window).unwrap_or_default();
        Self {
            id: firing.id.0,
            rule_id: firing.rule_id.0,
            rule_name: told.rule,
            condition: cut(firing.condition, SHOWN_CONDITION),
            fired_at: told.raised_at,
            value: number(measured.map(|measured| measured.value)),
            threshold: number(measured.map(|measured| measured.threshold)),
            time_window: write_span(window),
            test: told.kind == NotificationKind::Test,
            incident_id: firing.incident_id.map(|incident| incident.0),
            top_errors: told
                .top_errors
                .into_iter()
                .map(|error| TopErrorView {
                    id: error.id.0,
                    message: cut(error.message, SHOWN_MESSAGE),
                    count: error.count,
                })
                .collect(),
            deliveries: deliveries.into_iter().map(DeliveryView::of).collect(),
        }
    }
}

impl DeliveryView {
    fn of(delivery: Delivery) -> Self {
        let pending = delivery.status == DeliveryStatus::Pending;
        Self {
            id: delivery.id.0,
            channel: delivery.channel.to_string(),
            status: delivery.status.as_str(),
            attempts: delivery.attempts,
            last_attempt_at: delivery.last_attempt_at,
            duration_ms: delivery.took.map(millis),
            result: delivery.result,
            reason: delivery.reason,
            next_attempt_at: pending.then_some(delivery.next_attempt_at),
            delivered_at: delivery.delivered_at,
        }
    }
}
