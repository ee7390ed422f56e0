//! Responses to reports: outcomes of a batch, and queued reports.

use crate::api::errors::view::ErrorView;
use crate::http::error::{ApiError, FieldProblem};
use faultbook_domain::errors::Occurrence;
use faultbook_domain::ingest::IngestOutcome;
use serde::ser::SerializeSeq;
use serde::{Serialize, Serializer};
use std::cell::RefCell;
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

/// One outcome of a batch, in the order of the reports.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchItem {
    /// 201, 202 where the report is queued, or the error's status.
    #[schema(example = 201)]
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<BatchData>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    details: Vec<FieldProblem>,
}

/// What became of a good report.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum BatchData {
    /// The error after it.
    Stored(Box<ErrorView>),
    /// The name under which it will be stored.
    Queued(QueuedReport),
}

/// The outcomes of a batch, in order. Serializing takes them out one by one, so that a large batch is never held
/// as occurrences, as views and as text at once; it can be done once.
#[derive(Debug)]
pub struct Outcomes(RefCell<Vec<Result<IngestOutcome, ApiError>>>);

impl Outcomes {
    /// These outcomes.
    #[must_use]
    pub const fn of(outcomes: Vec<Result<IngestOutcome, ApiError>>) -> Self {
        Self(RefCell::new(outcomes))
    }
}

impl Serialize for Outcomes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let outcomes = self.0.take();
        let mut list = serializer.serialize_seq(Some(outcomes.len()))?;
        for outcome in outcomes {
            list.serialize_element(&BatchItem::of(&outcome))?;
        }
        list.end()
    }
}

impl BatchItem {
    /// What became of one report.
    #[must_use]
    pub fn of(outcome: &Result<IngestOutcome, ApiError>) -> Self {
        let (status, data) = match outcome {
            Ok(IngestOutcome::Stored(accepted)) => {
                let view = ErrorView::of_accepted(accepted);
                (201, Some(BatchData::Stored(Box::new(view))))
            }
            Ok(IngestOutcome::Queued(occurrence)) => {
                (202, Some(BatchData::Queued(QueuedReport::of(occurrence))))
            }
            Err(error) => (error.code().status().as_u16(), None),
        };
        let error = outcome.as_ref().err();
        Self {
            status,
            data,
            error: error.map(|error| error.sentence().to_owned()),
            code: error.map(|error| error.code().name()),
            details: error
                .map(|error| error.details().to_vec())
                .unwrap_or_default(),
        }
    }
}
