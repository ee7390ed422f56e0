//! What clients say that they did not send.

use super::fields::{objects, text};
use crate::bounded::{Bounded, Budget};
use crate::repair::parse_seed;
use serde_json::Value;

/// Values that are read of a report.
const MAX_VALUES: usize = 5_000;

/// Reasons that are told apart (Sentry's client reports).
const REASONS: [&str; 15] = [
    "backpressure",
    "before_send",
    "buffer_overflow",
    "cache_overflow",
    "event_processor",
    "ignored",
    "insufficient_data",
    "internal_sdk_error",
    "invalid",
    "network_error",
    "no_parent_span",
    "queue_overflow",
    "ratelimit_backoff",
    "sample_rate",
    "send_error",
];

/// Categories of data that are told apart (Sentry's rate limits).
const CATEGORIES: [&str; 17] = [
    "attachment",
    "default",
    "error",
    "feedback",
    "internal",
    "log_byte",
    "log_item",
    "metric_bucket",
    "monitor",
    "profile",
    "profile_chunk",
    "replay",
    "security",
    "session",
    "span",
    "trace_metric",
    "transaction",
];

/// How many items a client did not send, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientDiscard {
    /// The reason; `other` for those that Sentry's protocol does not name.
    pub reason: &'static str,
    /// The category of the items; `other` for those that Sentry's protocol does not name.
    pub category: &'static str,
    /// How many.
    pub quantity: u64,
}

/// Reads an item `client_report`.
pub(super) fn read(payload: &[u8]) -> Vec<ClientDiscard> {
    let budget = Budget::new(MAX_VALUES);
    let Ok(Value::Object(mut report)) = parse_seed(payload, || Bounded::new(&budget)) else {
        return Vec::new();
    };
    let mut discards: Vec<ClientDiscard> = Vec::new();
    for field in [
        "discarded_events",
        "rate_limited_events",
        "filtered_events",
        "filtered_sampling_events",
    ] {
        let Some(Value::Array(events)) = report.remove(field) else {
            continue;
        };
        for event in objects(events) {
            let Some(event) = event.as_object() else {
                continue;
            };
            let known = |name, known: &[&'static str]| {
                known
                    .iter()
                    .copied()
                    .find(|one| text(event, name) == Some(one))
                    .unwrap_or("other")
            };
            let (reason, category) = (known("reason", &REASONS), known("category", &CATEGORIES));
            let quantity = event.get("quantity").and_then(Value::as_u64).unwrap_or(0);
            match discards
                .iter_mut()
                .find(|one| one.reason == reason && one.category == category)
            {
                Some(one) => one.quantity = one.quantity.saturating_add(quantity),
                None => discards.push(ClientDiscard {
                    reason,
                    category,
                    quantity,
                }),
            }
        }
    }
    discards.retain(|discard| discard.quantity > 0);
    discards
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn known_reasons_and_categories_are_counted() {
        let report = json!({ "timestamp": 5, "discarded_events": [
            { "reason": "ratelimit_backoff", "category": "error", "quantity": 2 },
            { "reason": "ratelimit_backoff", "category": "error", "quantity": 3 },
            { "reason": "my_own", "category": "my_own", "quantity": 1 },
            { "reason": "before_send", "category": "error", "quantity": "x" },
            null,
        ] });
        let expected = [
            ClientDiscard {
                reason: "ratelimit_backoff",
                category: "error",
                quantity: 5,
            },
            ClientDiscard {
                reason: "other",
                category: "other",
                quantity: 1,
            },
        ];
        assert_eq!(read(report.to_string().as_bytes()), expected);
        assert!(read(b"[]").is_empty());
    }
}
