//! Records batches of occurrences on SQLite.

use crate::SqliteStore;
use crate::decision::Deciding;
use crate::failure::Failure;
use crate::index_statement::enqueue;
use crate::record_statement::{
    StoredState, claim_event_id, error_of, fingerprint_of_event, fingerprint_of_occurrence,
    insert_error, insert_occurrence, release_event_id, retake_event_id, update_error,
};
use crate::release_statement::note_release;
use crate::rollup_statement::{add_error_hour, add_project_hour, add_tally, tally_resolution};
use crate::row::micros;
use async_trait::async_trait;
use diesel::SqliteConnection;
use faultbook_domain::errors::{ErrorState, Occurrence, Status};
use faultbook_domain::fingerprint::Fingerprint;
use faultbook_domain::id::ProjectId;
use faultbook_domain::id_source::IdSource;
use faultbook_domain::ingest::GroupDelta;
use faultbook_domain::ingest::{Batch, EventStore, Recorded};
use faultbook_domain::releases::reported_releases;
use faultbook_domain::store_error::StoreError;
use faultbook_sql::row::corrupt;
use std::collections::BTreeMap;
use std::sync::Arc;
use time::OffsetDateTime;

#[async_trait]
impl EventStore for SqliteStore {
    async fn record(&self, batch: &Batch) -> Result<Vec<Recorded>, StoreError> {
        let batch = batch.clone();
        let ids = Arc::clone(&self.ids);
        let recorded = self
            .write(async move |connection| {
                Recording {
                    connection,
                    ids: &*ids,
                    at: batch.at,
                }
                .record(&batch)
            })
            .await?;
        self.disk.wrote();
        Ok(recorded)
    }
}

/// A batch being recorded, inside one transaction.
struct Recording<'a> {
    connection: &'a mut SqliteConnection,
    ids: &'a dyn IdSource,
    at: OffsetDateTime,
}

/// Result of inserting an occurrence.
enum Insertion {
    /// New: it counts.
    New,
    /// Stored before, with this fingerprint.
    Duplicate(Fingerprint),
}

impl Recording<'_> {
    fn record(mut self, batch: &Batch) -> Result<Vec<Recorded>, Failure> {
        let mut places = Vec::with_capacity(batch.occurrences.len());
        let mut fresh: Vec<Arc<Occurrence>> = Vec::with_capacity(batch.occurrences.len());
        let mut repeats = Vec::new();
        for (place, occurrence) in batch.occurrences.iter().enumerate() {
            match self.insert(occurrence, &fresh)? {
                Insertion::New => {
                    places.push(place);
                    fresh.push(Arc::clone(occurrence));
                }
                Insertion::Duplicate(fingerprint) => {
                    repeats.push((place, occurrence.project_id, fingerprint));
                }
            }
        }
        let mut outcomes = vec![None; batch.occurrences.len()];
        let mut tallies: BTreeMap<(ProjectId, i64), i64> = BTreeMap::new();
        let aggregate = batch.aggregator.aggregate(&fresh);
        for delta in &aggregate.groups {
            let (before, reopened) = self.apply(delta, &fresh, &mut tallies)?;
            for (member, count) in delta.members.iter().zip(before.count + 1..) {
                let error = ErrorState { count, ..before };
                outcomes[places[*member]] = Some(Recorded {
                    error,
                    duplicate: false,
                    reopened,
                });
            }
        }
        for ((project, state), count) in tallies {
            add_tally(self.connection, project, state, count)?;
        }
        for ((project, key), count) in &aggregate.project_hours {
            add_project_hour(self.connection, *project, key, *count)?;
        }
        for release in reported_releases(&fresh) {
            note_release(
                self.connection,
                release,
                micros(self.at),
                batch.release_limit,
            )?;
        }
        let recorded = fresh.iter().map(|one| (one.project_id, one.id));
        enqueue(self.connection, recorded)?;
        for (place, project, fingerprint) in repeats {
            let error = self.current(project, fingerprint)?;
            outcomes[place] = Some(Recorded {
                error,
                duplicate: true,
                reopened: false,
            });
        }
        outcomes
            .into_iter()
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| StoreError::internal("the aggregator left an occurrence out").into())
    }

    /// Inserts the occurrence unless it is stored. `earlier` are the new ones of the batch before it.
    fn insert(
        &mut self,
        occurrence: &Occurrence,
        earlier: &[Arc<Occurrence>],
    ) -> Result<Insertion, Failure> {
        let named = occurrence.has_caller_event_id();
        if named && let Some(fingerprint) = self.event_id_holder(occurrence, earlier)? {
            return Ok(Insertion::Duplicate(fingerprint));
        }
        if insert_occurrence(self.connection, occurrence)? {
            return Ok(Insertion::New);
        }
        if named {
            release_event_id(self.connection, occurrence)?;
        }
        fingerprint_of_occurrence(self.connection, occurrence.project_id, occurrence.id.0)?
            .map(Insertion::Duplicate)
            .ok_or_else(|| corrupt("occurrences", "id", &occurrence.id).into())
    }

    /// Returns the fingerprint of the occurrence that holds the event id; `None` when this one claims it.
    fn event_id_holder(
        &mut self,
        occurrence: &Occurrence,
        earlier: &[Arc<Occurrence>],
    ) -> Result<Option<Fingerprint>, Failure> {
        let at = micros(self.at);
        let (project, event) = (occurrence.project_id, occurrence.event_id);
        // An event id may be the id of an earlier occurrence, which is a UUIDv7; SDKs make others.
        if event.get_version_num() == 7
            && let Some(fingerprint) = fingerprint_of_occurrence(self.connection, project, event)?
        {
            return Ok(Some(fingerprint));
        }
        if claim_event_id(self.connection, occurrence, at)? {
            return Ok(None);
        }
        let Some(fingerprint) = fingerprint_of_event(self.connection, occurrence)? else {
            return Err(corrupt("event_ids", "event_id", &occurrence.event_id).into());
        };
        // Errors of this batch are not stored yet.
        let in_batch = earlier
            .iter()
            .any(|other| other.project_id == project && other.fingerprint == fingerprint);
        if in_batch || error_of(self.connection, project, fingerprint)?.is_some() {
            return Ok(Some(fingerprint));
        }
        // The event id outlived its occurrence: retention deleted it, and its error was deleted later.
        retake_event_id(self.connection, occurrence, at)?;
        Ok(None)
    }

    /// Applies one group and returns its error's new state with the previous count.
    fn apply(
        &mut self,
        delta: &GroupDelta,
        fresh: &[Arc<Occurrence>],
        tallies: &mut BTreeMap<(ProjectId, i64), i64>,
    ) -> Result<(ErrorState, bool), Failure> {
        let latest = &fresh[delta.latest];
        let stored = error_of(self.connection, delta.project_id, delta.fingerprint)?;
        let was_closed = stored
            .as_ref()
            .is_some_and(|stored| stored.resolved || stored.ignored);
        let (before, after) = match stored {
            None => (0, self.start(delta, latest)?),
            Some(stored) => {
                let tally = (delta.project_id, stored.tallied_as());
                *tallies.entry(tally).or_default() += delta.count();
                (stored.count, self.grow(stored, delta, fresh)?)
            }
        };
        for (key, count) in &delta.hours {
            add_error_hour(
                self.connection,
                delta.project_id,
                delta.fingerprint,
                key,
                *count,
            )?;
        }
        let mut state = ErrorState::try_from(after)?;
        state.count = before;
        Ok((state, was_closed && state.status() == Status::Open))
    }

    fn start(&mut self, delta: &GroupDelta, latest: &Occurrence) -> Result<StoredState, Failure> {
        let at = micros(self.at);
        let started = StoredState {
            rowid: 0,
            id: self.ids.next_id(self.at).into(),
            count: delta.count(),
            first_seen: micros(delta.first_seen),
            last_seen: micros(delta.last_seen),
            resolved: false,
            resolved_at: None,
            ignored: false,
            regressed: false,
            created_at: at,
            updated_at: at,
        };
        insert_error(self.connection, &started, latest)?;
        Ok(started)
    }

    fn grow(
        &mut self,
        mut stored: StoredState,
        delta: &GroupDelta,
        fresh: &[Arc<Occurrence>],
    ) -> Result<StoredState, Failure> {
        let latest = &fresh[delta.latest];
        let last_seen = micros(delta.last_seen);
        let is_latest = last_seen >= stored.last_seen;
        stored.count += delta.count();
        let reaches_back = stored.resolved && micros(delta.first_seen) < stored.first_seen;
        stored.first_seen = stored.first_seen.min(micros(delta.first_seen));
        stored.last_seen = stored.last_seen.max(last_seen);
        stored.updated_at = micros(self.at);
        if reaches_back {
            tally_resolution(self.connection, stored.rowid, -1)?;
        }
        update_error(self.connection, &stored, is_latest.then_some(latest))?;
        if reaches_back {
            tally_resolution(self.connection, stored.rowid, 1)?;
        }
        if stored.resolved || stored.ignored {
            let members = delta.members.iter().map(|member| &*fresh[*member]);
            let deciding = Deciding {
                project: delta.project_id,
                ids: self.ids,
                at: self.at,
            };
            let members: Vec<&Occurrence> = members.collect();
            deciding.decide(self.connection, &mut stored, &members)?;
        }
        Ok(stored)
    }

    fn current(
        &mut self,
        project: ProjectId,
        fingerprint: Fingerprint,
    ) -> Result<ErrorState, Failure> {
        let stored = error_of(self.connection, project, fingerprint)?
            .ok_or_else(|| corrupt("error_fingerprints", "fingerprint", &fingerprint))?;
        Ok(stored.try_into()?)
    }
}
