//! [`EventStore`](crate::ingest::EventStore) in process.

use super::triage_store::set_triage;
use super::{MemoryStore, State, activity, set_latest};
use crate::errors::{
    Actor, Change, ErrorGroup, ErrorState, Facts, Occurred, Occurrence, ReleaseFact, Status,
    TriageState, decide,
};
use crate::fingerprint::Fingerprint;
use crate::id::{ErrorId, OccurrenceId, ProjectId};
use crate::id_source::IdSource;
use crate::ingest::GroupDelta;
use crate::ingest::{Batch, EventStore, Recorded};
use crate::store_error::StoreError;
use async_trait::async_trait;
use std::collections::HashSet;
use std::sync::Arc;
use time::OffsetDateTime;

#[async_trait]
impl EventStore for MemoryStore {
    async fn record(&self, batch: &Batch) -> Result<Vec<Recorded>, StoreError> {
        let mut state = self.state();
        let duplicates = duplicates(&state, &batch.occurrences);
        let (indexes, counting): (Vec<usize>, Vec<Arc<Occurrence>>) = batch
            .occurrences
            .iter()
            .enumerate()
            .filter(|(index, _)| !duplicates.contains(index))
            .map(|(index, occurrence)| (index, Arc::clone(occurrence)))
            .unzip();
        let mut recorded: Vec<Option<Recorded>> = vec![None; batch.occurrences.len()];
        for delta in batch.aggregator.aggregate(&counting).groups {
            let was_open = state.is_open(&delta);
            let after = apply(&mut state, &*self.ids, &delta, &counting, batch.at);
            for (place, member) in delta.members.iter().enumerate() {
                let own = i64::try_from(place).unwrap_or(i64::MAX) + 1;
                let error = ErrorState {
                    count: after.count - delta.count() + own,
                    ..after
                };
                recorded[indexes[*member]] = Some(Recorded {
                    error,
                    duplicate: false,
                    reopened: !was_open && after.status() == Status::Open,
                });
            }
        }
        state.note_releases(&counting, (batch.at, batch.release_limit));
        for occurrence in counting {
            let fingerprint = occurrence.fingerprint;
            state.note_past(&occurrence);
            if occurrence.has_caller_event_id() {
                state.event_ids.insert(
                    (occurrence.project_id, occurrence.event_id),
                    (fingerprint, batch.at),
                );
            }
            let key = (occurrence.project_id, occurrence.id);
            state.occurrences.insert(key, without_feedback(occurrence));
        }
        let outcomes =
            recorded
                .into_iter()
                .zip(&batch.occurrences)
                .map(|(recorded, occurrence)| {
                    recorded
                        .or_else(|| repeated(&state, occurrence))
                        .ok_or_else(|| {
                            StoreError::internal(format!(
                                "occurrence {} was neither stored nor known",
                                occurrence.id
                            ))
                        })
                });
        outcomes.collect()
    }
}

/// Leaves the feedback to [`FeedbackStore`](crate::errors::FeedbackStore).
fn without_feedback(occurrence: Arc<Occurrence>) -> Arc<Occurrence> {
    if occurrence.feedback.is_empty() {
        return occurrence;
    }
    Arc::new(Occurrence {
        feedback: Vec::new(),
        ..Occurrence::clone(&occurrence)
    })
}

/// Returns the indexes of occurrences that are stored already or appear earlier in the batch.
fn duplicates(state: &State, occurrences: &[Arc<Occurrence>]) -> HashSet<usize> {
    let mut seen = HashSet::new();
    let is_repeat = |occurrence: &Occurrence| {
        let project = occurrence.project_id;
        let ids = [occurrence.id, OccurrenceId(occurrence.event_id)];
        let known = ids
            .iter()
            .any(|id| state.occurrences.contains_key(&(project, *id)))
            || state
                .event_ids
                .contains_key(&(project, occurrence.event_id));
        let first = seen.insert((project, occurrence.event_id));
        known || !first
    };
    let mut is_repeat = is_repeat;
    occurrences
        .iter()
        .enumerate()
        .filter(|(_, occurrence)| is_repeat(occurrence))
        .map(|(index, _)| index)
        .collect()
}

fn repeated(state: &State, occurrence: &Occurrence) -> Option<Recorded> {
    let project = occurrence.project_id;
    let fingerprint: Fingerprint = state
        .event_ids
        .get(&(project, occurrence.event_id))
        .map(|(fingerprint, _)| *fingerprint)
        .or_else(|| {
            let ids = [occurrence.id, OccurrenceId(occurrence.event_id)];
            let mut stored = ids
                .iter()
                .filter_map(|id| state.occurrences.get(&(project, *id)));
            stored.next().map(|stored| stored.fingerprint)
        })?;
    let (_, error) = state.fingerprints.get(&(project, fingerprint))?;
    let error = state.errors.get(&(project, *error))?;
    Some(Recorded {
        error: error.state,
        duplicate: true,
        reopened: false,
    })
}

fn apply(
    state: &mut State,
    ids: &dyn IdSource,
    delta: &GroupDelta,
    occurrences: &[Arc<Occurrence>],
    at: OffsetDateTime,
) -> ErrorState {
    let project = delta.project_id;
    let latest = &occurrences[delta.latest];
    let owner = state
        .fingerprints
        .get(&(project, delta.fingerprint))
        .map(|(_, error)| *error);
    let known = owner.and_then(|id| state.errors.get_mut(&(project, id)));
    let Some(error) = known else {
        let error = new_error(ErrorId(ids.next_id(at)), project, delta, latest, at);
        let created = error.state;
        state
            .fingerprints
            .insert((project, delta.fingerprint), (delta.version, created.id));
        state.errors.insert((project, created.id), error);
        return created;
    };
    if delta.last_seen >= error.state.last_seen {
        set_latest(error, latest);
    }
    let counted = &mut error.state;
    counted.count += delta.count();
    counted.first_seen = counted.first_seen.min(delta.first_seen);
    counted.last_seen = counted.last_seen.max(delta.last_seen);
    counted.updated_at = at;
    let key = (project, counted.id);
    if error.triage.status() != Status::Open {
        let members = delta.members.iter().map(|place| &*occurrences[*place]);
        let entry = state.decide(key, &members.collect::<Vec<_>>(), at);
        if let Some(change) = entry {
            state.note(activity(ids, key, change, (Actor::System, at)));
        }
    }
    state.errors[&key].state
}

impl State {
    /// Whether the error that the occurrences belong to is open, or is yet to be made.
    fn is_open(&self, delta: &GroupDelta) -> bool {
        let owner = self
            .fingerprints
            .get(&(delta.project_id, delta.fingerprint));
        let error = owner.and_then(|(_, id)| self.errors.get(&(delta.project_id, *id)));
        error.is_none_or(|error| error.triage.status() == Status::Open)
    }

    /// Decides what new occurrences do to an error that is resolved or ignored, and returns what to note.
    fn decide(
        &mut self,
        key: (ProjectId, ErrorId),
        occurrences: &[&Occurrence],
        at: OffsetDateTime,
    ) -> Option<Change> {
        let triage = self.errors.get(&key)?.triage.clone();
        let occurred: Vec<Occurred<'_>> = occurrences
            .iter()
            .map(|one| Occurred::of(one, &triage))
            .collect();
        let releases: Vec<ReleaseFact> = self
            .releases
            .values()
            .filter(|release| release.project_id == key.0)
            .map(|release| {
                let release = self.seen(release);
                ReleaseFact {
                    version: release.version,
                    released_at: release.released_at,
                    created_at: release.created_at,
                    first_seen: release.first_seen,
                }
            })
            .collect();
        let none = HashSet::new();
        let facts = Facts {
            releases: &releases,
            users: self.known_users.get(&key).unwrap_or(&none),
            at,
        };
        let decision = decide(&triage, &occurred, facts);
        if let Some(error) = self.errors.get_mut(&key) {
            set_triage(error, decision.state, at);
        }
        let ignored = &occurrences[..decision.ignored];
        self.ignored
            .extend(ignored.iter().map(|one| (key.0, one.id)));
        if decision.change.is_some() {
            self.known_users.remove(&key);
        } else if let Some(known) = self.known_users.get_mut(&key) {
            known.extend(decision.new_users);
        }
        decision.change
    }
}

fn new_error(
    id: ErrorId,
    project_id: ProjectId,
    delta: &GroupDelta,
    latest: &Occurrence,
    at: OffsetDateTime,
) -> ErrorGroup {
    ErrorGroup {
        state: ErrorState {
            id,
            count: delta.count(),
            first_seen: delta.first_seen,
            last_seen: delta.last_seen,
            resolved: false,
            resolved_at: None,
            ignored: false,
            regressed: false,
            created_at: at,
            updated_at: at,
        },
        triage: TriageState::default(),
        project_id,
        fingerprint: latest.fingerprint,
        latest_id: latest.id,
        event_id: latest.event_id,
        timestamp: latest.timestamp,
        summary: latest.summary.cut().map(str::to_owned),
    }
}
