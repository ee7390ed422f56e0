//! [`GroupStore`](crate::errors::GroupStore) in process.

use super::triage_store::set_triage;
use super::{MemoryStore, State, activity, set_latest};
use crate::errors::{Activity, Actor, Change, ErrorGroup, ErrorState, Occurrence, TriageState};
use crate::errors::{GroupStore, Merge, Split};
use crate::fingerprint::{Fingerprint, FingerprintVersion};
use crate::id::{ErrorId, ProjectId};
use crate::store_error::StoreError;
use crate::tenancy::Scope;
use async_trait::async_trait;
use std::sync::Arc;
use time::OffsetDateTime;

#[async_trait]
impl GroupStore for MemoryStore {
    async fn merge_errors(
        &self,
        scope: &Scope,
        from: ErrorId,
        into: ErrorId,
        actor: Actor,
        at: OffsetDateTime,
    ) -> Result<Merge, StoreError> {
        let mut state = self.state();
        let (Some(from), Some(into)) = (state.find(scope, from), state.find(scope, into)) else {
            return Ok(Merge::NotFound);
        };
        if from.0 != into.0 {
            return Ok(Merge::OtherProject);
        }
        if from != into {
            let Some(gone) = state.errors.remove(&from) else {
                return Ok(Merge::NotFound);
            };
            if let Some(kept) = state.errors.get(&into) {
                let first = state.first_received(kept).min(state.first_received(&gone));
                state.first_received.insert(into, first);
            }
            state.note_joined(from, (actor, at));
            for (_, owner) in state
                .fingerprints
                .values_mut()
                .filter(|(_, owner)| *owner == from.1)
            {
                *owner = into.1;
            }
            let history = state.activity.iter_mut();
            for entry in history.filter(|entry| (entry.project_id, entry.error_id) == from) {
                entry.error_id = into.1;
            }
            let creation = Activity::creation(from.0, from.1, gone.state.created_at);
            state.activity.push(Activity {
                error_id: into.1,
                ..creation
            });
            let change = Change::Merged { from: from.1 };
            let entry = activity(&*self.ids, into, change, (actor, at));
            state.activity.push(entry);
            if let Some(error) = state.errors.get_mut(&into) {
                absorb(error, gone, (actor, at));
            }
            state.known_users.remove(&from);
            state.move_discussion(from, into);
            state.move_links(from, into);
            state.remember_users(into);
        }
        let merged = state.errors.get(&into).cloned();
        Ok(merged.map_or(Merge::NotFound, |error| Merge::Done(Box::new(error))))
    }

    async fn split_error(
        &self,
        scope: &Scope,
        id: ErrorId,
        fingerprint: Fingerprint,
        actor: Actor,
        at: OffsetDateTime,
    ) -> Result<Split, StoreError> {
        let mut state = self.state();
        let Some(key) = state.find(scope, id) else {
            return Ok(Split::NotFound);
        };
        let owned = state.fingerprints_of(key);
        let Some((_, version)) = owned
            .iter()
            .find(|(print, _)| *print == fingerprint)
            .copied()
        else {
            return Ok(Split::NotOwned);
        };
        let rest: Vec<_> = owned
            .into_iter()
            .filter(|(print, _)| *print != fingerprint)
            .collect();
        if rest.is_empty() {
            return Ok(Split::OnlyOne);
        }
        let Some(old) = state.errors.get(&key).cloned() else {
            return Ok(Split::NotFound);
        };
        let new_id = ErrorId(self.ids.next_id(at));
        let mut new = recounted(&state, &old, key.0, &[(fingerprint, version)], at);
        new.state.id = new_id;
        new.state.created_at = at;
        let first = state.first_received(&old);
        state.first_received.insert((key.0, new_id), first);
        let old = recounted(&state, &old, key.0, &rest, at);
        state
            .fingerprints
            .insert((key.0, fingerprint), (version, new_id));
        if let Some(past) = state.past.get_mut(&(key.0, fingerprint)) {
            past.joined = None;
        }
        state.errors.insert(key, old);
        state.errors.insert((key.0, new_id), new.clone());
        for (error, other) in [(key.1, new_id), (new_id, key.1)] {
            let change = Change::Split {
                fingerprint: fingerprint.to_string(),
                error: Some(other),
            };
            let entry = activity(&*self.ids, (key.0, error), change, (actor, at));
            state.activity.push(entry);
            state.remember_users((key.0, error));
        }
        Ok(Split::Done(Box::new(new)))
    }

    async fn list_fingerprints(
        &self,
        scope: &Scope,
        id: ErrorId,
    ) -> Result<Vec<(Fingerprint, FingerprintVersion)>, StoreError> {
        let state = self.state();
        Ok(state
            .find(scope, id)
            .map(|key| state.fingerprints_of(key))
            .unwrap_or_default())
    }
}

fn absorb(error: &mut ErrorGroup, gone: ErrorGroup, (actor, at): (Actor, OffsetDateTime)) {
    let kept = error.state;
    let other = gone.state;
    let triage = TriageState::merged(&error.triage, &gone.triage, actor == Actor::System);
    let state = ErrorState {
        count: kept.count + other.count,
        first_seen: kept.first_seen.min(other.first_seen),
        last_seen: kept.last_seen.max(other.last_seen),
        ..kept
    };
    if other.last_seen > kept.last_seen {
        *error = gone;
    }
    error.state = state;
    set_triage(error, triage, at);
}

/// Recomputes an error from the occurrences of these fingerprints.
fn recounted(
    state: &State,
    error: &ErrorGroup,
    project: ProjectId,
    fingerprints: &[(Fingerprint, FingerprintVersion)],
    at: OffsetDateTime,
) -> ErrorGroup {
    let own: Vec<&Arc<Occurrence>> = state.occurrences_of(project, fingerprints).collect();
    let mut error = error.clone();
    let past = fingerprints
        .iter()
        .filter_map(|(print, _)| state.past.get(&(project, *print)));
    error.state.count = past.map(|past| past.count).sum();
    error.state.updated_at = at;
    if let Some(first) = own.iter().map(|occurrence| occurrence.timestamp).min() {
        error.state.first_seen = first;
    }
    if let Some(latest) = own
        .iter()
        .max_by_key(|occurrence| (occurrence.timestamp, occurrence.id))
    {
        error.state.last_seen = latest.timestamp;
        set_latest(&mut error, latest);
    }
    error
}
