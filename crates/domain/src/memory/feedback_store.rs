//! [`FeedbackStore`](crate::errors::FeedbackStore) in process.

use super::{MemoryStore, State};
use crate::errors::{Feedback, FeedbackStore};
use crate::fingerprint::Fingerprint;
use crate::id::{OccurrenceId, ProjectId};
use crate::store_error::StoreError;
use crate::tenancy::Scope;
use async_trait::async_trait;
use time::OffsetDateTime;
use uuid::Uuid;

/// An entry, with what decides how long it is kept.
pub(super) struct Entry {
    pub(super) project: ProjectId,
    pub(super) fingerprint: Fingerprint,
    pub(super) event_at: OffsetDateTime,
    digest: Uuid,
    feedback: Feedback,
}

#[async_trait]
impl FeedbackStore for MemoryStore {
    async fn add_feedback(
        &self,
        feedback: &[(ProjectId, Feedback)],
    ) -> Result<Vec<bool>, StoreError> {
        let mut state = self.state();
        let added = feedback.iter().map(|(project, feedback)| {
            let event = state.event(*project, feedback.event_id);
            if let Some((fingerprint, event_at)) = event {
                state.add_entry(Entry {
                    project: *project,
                    fingerprint,
                    event_at,
                    digest: feedback.digest(),
                    feedback: feedback.clone(),
                });
            }
            event.is_some()
        });
        Ok(added.collect())
    }

    async fn list_feedback(
        &self,
        scope: &Scope,
        events: &[Uuid],
    ) -> Result<Vec<Feedback>, StoreError> {
        let state = self.state();
        let found = state.feedback.iter().filter(|entry| {
            scope.projects().contains(&entry.project) && events.contains(&entry.feedback.event_id)
        });
        let mut found: Vec<&Entry> = found.collect();
        found.sort_by_key(|entry| (entry.feedback.received_at, entry.digest));
        let found = found.into_iter();
        Ok(found.map(|entry| entry.feedback.clone()).collect())
    }
}

impl State {
    /// Returns the fingerprint of a stored event, and when it was stored.
    fn event(&self, project: ProjectId, id: Uuid) -> Option<(Fingerprint, OffsetDateTime)> {
        let named = self.event_ids.get(&(project, id)).copied();
        named.or_else(|| {
            let occurrence = self.occurrences.get(&(project, OccurrenceId(id)))?;
            Some((occurrence.fingerprint, occurrence.received_at))
        })
    }

    fn add_entry(&mut self, entry: Entry) {
        let event = (entry.project, entry.feedback.event_id);
        let of_event = self.feedback.iter();
        let of_event = of_event.filter(|one| (one.project, one.feedback.event_id) == event);
        let mut there_are = 0;
        for one in of_event {
            there_are += 1;
            if one.digest == entry.digest {
                return;
            }
        }
        if there_are < Feedback::MAX_PER_EVENT {
            self.feedback.push(entry);
        }
    }
}
