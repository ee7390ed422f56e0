//! Feedback of users: with the report that it is about, or alone and later.
//!
//! Feedback that comes with its event travels with the occurrence, through the queue too, and is written after the
//! event's COMMIT and before the answer. A client that gets no answer sends both again: the event counts nothing then,
//! and an equal entry is kept once. Feedback that comes alone is written at once, or refused while the store is away.

use super::group_commit::GroupCommitError;
use super::prepare::Preparer;
use super::report::Report;
use super::service::{Destination, Ingest, IngestError};
use crate::errors::{Feedback, FeedbackStore, Occurrence};
use crate::id::ProjectId;
use crate::store_error::StoreError;
use std::sync::Arc;
use uuid::Uuid;

/// Maximum number of entries without their event that are taken of one request.
const MAX_ALONE: usize = 100;

/// Moves feedback to the reports that it is about, and returns the rest, whose events came earlier or never.
#[must_use]
pub fn attach_feedback(reports: &mut [Report], feedback: Vec<Feedback>) -> Vec<Feedback> {
    let mut alone = Vec::new();
    for one in feedback {
        let mut reports = reports.iter_mut();
        match reports.find(|report| report.event_id == Some(one.event_id)) {
            Some(report) => report.feedback.push(one),
            None => alone.push(one),
        }
    }
    alone
}

impl Preparer {
    /// Removes secrets from feedback, cuts its texts, and has it name its event.
    pub(super) fn clean_feedback(&self, feedback: Vec<Feedback>, event_id: Uuid) -> Vec<Feedback> {
        let kept = feedback.into_iter().take(Feedback::MAX_PER_EVENT);
        let cleaned = kept.map(|one| Feedback {
            event_id,
            ..one.cleaned(|text| self.clean(text))
        });
        cleaned.collect()
    }
}

impl Ingest {
    /// Adds feedback to events that were stored earlier, and returns how many entries concern a known one: the others
    /// are dropped. Of more than 100 entries the first ones are taken.
    ///
    /// # Errors
    /// [`IngestError`] when the store fails, and while the event may lie in the queue: nothing is kept, and the same
    /// feedback may be sent again.
    pub async fn submit_feedback(
        &self,
        to: impl Into<Destination>,
        feedback: Vec<Feedback>,
    ) -> Result<usize, IngestError> {
        let Some(store) = &self.feedback else {
            return Ok(0);
        };
        let Destination { tenant, project } = to.into();
        let clean = |one: Feedback| (project, one.cleaned(|text| self.preparer.clean(text)));
        let entries = feedback.into_iter().take(MAX_ALONE);
        let entries: Vec<(ProjectId, Feedback)> = entries.map(clean).collect();
        if entries.is_empty() {
            return Ok(0);
        }
        let mut known = add(&**store, &entries).await?;
        if known < entries.len()
            && let Some(queue) = &self.queue
        {
            let waiting = queue.port.depth().await.map_err(store_failed)?;
            if waiting > 0 {
                let cause = "the feedback's event may still be queued";
                return Err(store_failed(StoreError::unavailable(cause)));
            }
            // Whatever was queued before is stored by now.
            known = add(&**store, &entries).await?;
        }
        if known > 0
            && let Some(cache) = &self.cache
        {
            cache.advance(&[tenant]).await;
        }
        Ok(known)
    }
}

async fn add(
    store: &dyn FeedbackStore,
    entries: &[(ProjectId, Feedback)],
) -> Result<usize, IngestError> {
    let known = store.add_feedback(entries).await.map_err(store_failed)?;
    Ok(known.into_iter().filter(|known| *known).count())
}

fn store_failed(cause: StoreError) -> IngestError {
    IngestError::GroupCommit(GroupCommitError::Store(Arc::new(cause)))
}

/// Adds the feedback that came with occurrences, which are stored.
///
/// # Errors
/// [`StoreError`] when the store fails in a way that may pass. Otherwise the feedback is lost, which is logged: the
/// occurrences must not be.
pub(super) async fn keep_feedback<'a>(
    store: &dyn FeedbackStore,
    occurrences: impl Iterator<Item = &'a Arc<Occurrence>>,
) -> Result<(), StoreError> {
    let entries: Vec<(ProjectId, Feedback)> = occurrences
        .flat_map(|occurrence| {
            let feedback = occurrence.feedback.iter();
            feedback.map(|one| (occurrence.project_id, one.clone()))
        })
        .collect();
    if entries.is_empty() {
        return Ok(());
    }
    match store.add_feedback(&entries).await {
        Ok(_) => Ok(()),
        Err(error @ StoreError::Unavailable(_)) => Err(error),
        Err(error) => {
            tracing::error!(%error, cause = ?error, entries = entries.len(), "feedback cannot be stored");
            Ok(())
        }
    }
}
