//! Answers to reports that are accepted and not stored yet.

use super::{BatchItem, Outcomes};
use faultbook_domain::errors::Occurrence;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A report that is durably queued and will be stored under this name.
#[derive(Debug, Serialize, ToSchema)]
pub struct QueuedReport {
    /// The report's name: the caller's, or one made up.
    event_id: Uuid,
    /// The same as a list, as a batch has it.
    event_ids: [Uuid; 1],
}

impl QueuedReport {
    /// The answer for this occurrence.
    #[must_use]
    pub fn of(occurrence: &Occurrence) -> Self {
        let event_id = occurrence.event_id;
        Self {
            event_id,
            event_ids: [event_id],
        }
    }
}

/// A batch of which reports are durably queued.
#[derive(Debug, Serialize, ToSchema)]
pub struct QueuedBatch {
    /// Names of the queued reports, in order.
    event_ids: Vec<Uuid>,
    /// One outcome per report, in order: 202 for those that are queued.
    #[schema(value_type = Vec<BatchItem>)]
    results: Outcomes,
}

impl QueuedBatch {
    /// The answer for these outcomes.
    #[must_use]
    pub const fn of(event_ids: Vec<Uuid>, results: Outcomes) -> Self {
        Self { event_ids, results }
    }
}
