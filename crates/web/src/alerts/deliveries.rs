//! Messages of firings: one row a message, with its reason when it failed.

use crate::ui::escaped;
use crate::when::Clock;
use faultbook_domain::alerts::{Delivery, DeliveryStatus, Firing};
use faultbook_domain::notifications::NotificationKind;
use time::OffsetDateTime;

/// A message of a firing, or a firing that sent none.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) rule_id: String,
    pub(super) rule: String,
    pub(super) is_test: bool,
    pub(super) at: OffsetDateTime,
    pub(super) incident: Option<String>,
    pub(super) sent: Option<Sent>,
}

/// How far a message got.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) channel: String,
    pub(super) colour: &'static str,
    pub(super) word: &'static str,
    pub(super) attempts: u32,
    /// HTML of ours.
    pub(super) detail: String,
}

/// The rows of firings, in their order.
pub(super) fn rows(history: Vec<(Firing, Vec<Delivery>)>, clock: Clock) -> Vec<Row> {
    let mut rows = Vec::new();
    for (firing, deliveries) in history {
        let row = |sent| Row {
            rule_id: firing.rule_id.to_string(),
            rule: firing.notification.rule.clone(),
            is_test: firing.notification.kind == NotificationKind::Test,
            at: firing.notification.raised_at,
            incident: firing.incident_id.map(|incident| incident.to_string()),
            sent,
        };
        if deliveries.is_empty() {
            rows.push(row(None));
        }
        let sent = deliveries
            .iter()
            .map(|delivery| row(Some(sent(delivery, clock))));
        rows.extend(sent);
    }
    rows
}

fn sent(delivery: &Delivery, clock: Clock) -> Sent {
    let (colour, word) = match delivery.status {
        DeliveryStatus::Pending => ("amber", "Waiting"),
        DeliveryStatus::Delivered => ("green", "Delivered"),
        DeliveryStatus::Failed => ("red", "Failed"),
    };
    Sent {
        channel: delivery.channel.to_string(),
        colour,
        word,
        attempts: delivery.attempts,
        detail: detail(delivery, clock),
    }
}

/// The latest attempt in words, and what is next.
fn detail(delivery: &Delivery, clock: Clock) -> String {
    let reason = delivery.reason.as_deref().map(escaped);
    let result = delivery.result.as_deref().map(escaped);
    match delivery.status {
        DeliveryStatus::Pending => {
            let next = clock.when(delivery.next_attempt_at).html().0;
            let reason = reason
                .map(|reason| format!(", {reason}"))
                .unwrap_or_default();
            format!("next try {next}{reason}")
        }
        DeliveryStatus::Failed => format!("gave up: {}", reason.or(result).unwrap_or_default()),
        DeliveryStatus::Delivered => {
            let took = delivery
                .took
                .map(|took| format!(" in {} ms", took.as_millis()));
            let told = format!("{}{}", result.unwrap_or_default(), took.unwrap_or_default());
            match reason {
                Some(reason) => format!("{told}, before: {reason}"),
                None => told,
            }
        }
    }
}
