//! Records batches of occurrences on PostgreSQL.

use crate::PostgresStore;
use crate::connect::WriteConnection;
use crate::dedup::{self, EventKey, claim, state, stored};
use crate::error_delta::{ErrorDelta, by_error};
use crate::failure::{Failure, describe};
use crate::fingerprint_cache::CachedError;
use crate::partition::day_of;
use crate::record_statement::{Arrays, RECORD};
use crate::session::WAIT_FOR_CONNECTION;
use async_trait::async_trait;
use faultbook_domain::errors::{ErrorState, Occurrence};
use faultbook_domain::ingest::{Batch, EventStore, Recorded};
use faultbook_domain::store_error::StoreError;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use tokio::time::timeout;
use uuid::Uuid;

/// Maximum attempts to write a batch after conflicts. Each attempt waits for the conflicting transactions, so that
/// they are done when it fails.
const TRIES: u32 = 16;

#[async_trait]
impl EventStore for PostgresStore {
    async fn record(&self, batch: &Batch) -> Result<Vec<Recorded>, StoreError> {
        if batch.occurrences.is_empty() {
            return Ok(Vec::new());
        }
        let repeats = dedup::within(batch);
        let mut look_first = false;
        let mut tries = 1;
        loop {
            let failure = match self.attempt(batch, &repeats, look_first).await {
                Ok(recorded) => {
                    self.disk.wrote();
                    return Ok(recorded);
                }
                Err(failure) if tries == TRIES => {
                    return Err(self.record_disk_full(failure.into_store()));
                }
                Err(failure) => failure,
            };
            match failure {
                Failure::StartOver(cause) => {
                    tracing::debug!(error = describe(&*cause), tries, "retrying a batch");
                }
                Failure::AlreadyStored(_) => look_first = true,
                Failure::NoPartition(_) => {
                    let days = batch.occurrences.iter().map(|o| day_of(o.id.0));
                    self.make_partitions(days.collect()).await?;
                }
                other => return Err(self.record_disk_full(other.into_store())),
            }
            tries += 1;
        }
    }
}

/// Outcome of one occurrence, with its error after the whole batch.
#[derive(Clone, Copy)]
struct Outcome {
    recorded: Recorded,
    after: ErrorState,
}

impl Outcome {
    const fn repeat(error: ErrorState) -> Self {
        Self {
            recorded: Recorded {
                error,
                duplicate: true,
            },
            after: error,
        }
    }
}

type Outcomes = HashMap<usize, Outcome>;

impl PostgresStore {
    async fn attempt(
        &self,
        batch: &Batch,
        repeats: &HashMap<usize, usize>,
        look_first: bool,
    ) -> Result<Vec<Recorded>, Failure> {
        let first: Vec<usize> = (0..batch.occurrences.len())
            .filter(|index| !repeats.contains_key(index))
            .collect();
        let named = first
            .iter()
            .any(|index| batch.occurrences[*index].has_caller_event_id());
        let mut outcomes = self
            .while_alive(async {
                let mut connection = timeout(WAIT_FOR_CONNECTION, self.writers.get())
                    .await
                    .map_err(StoreError::unavailable)?
                    .map_err(StoreError::unavailable)?;
                connection.start();
                let outcomes = if named || look_first {
                    self.in_transaction(&mut connection, batch, &first, look_first)
                        .await
                } else {
                    self.write_batch(&mut connection, batch, &first).await
                };
                connection.finish();
                outcomes
            })
            .await?;
        for (index, original) in repeats {
            if let Some(settled) = outcomes.get(original).copied() {
                outcomes.insert(*index, Outcome::repeat(settled.after));
            }
        }
        (0..batch.occurrences.len())
            .map(|index| outcomes.get(&index).map(|settled| settled.recorded))
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| StoreError::internal("an occurrence has no outcome").into())
    }

    /// Records with several statements: some occurrences may be stored already.
    async fn in_transaction(
        &self,
        connection: &mut WriteConnection,
        batch: &Batch,
        first: &[usize],
        look_first: bool,
    ) -> Result<Outcomes, Failure> {
        connection.execute("BEGIN").await?;
        let outcomes = self
            .write_unless_stored(connection, batch, first, look_first)
            .await;
        match outcomes {
            Ok(outcomes) => {
                if let Err(error) = connection.execute("COMMIT").await {
                    connection.abandon();
                    return Err(error.into());
                }
                Ok(outcomes)
            }
            Err(failure) => {
                if connection.execute("ROLLBACK").await.is_err() {
                    connection.abandon();
                }
                Err(failure)
            }
        }
    }

    async fn write_unless_stored(
        &self,
        connection: &mut WriteConnection,
        batch: &Batch,
        first: &[usize],
        look_first: bool,
    ) -> Result<Outcomes, Failure> {
        let known = stored(
            connection,
            EventKey::Occurrence,
            &ids(batch, first, look_first),
        )
        .await?;
        let named: Vec<usize> = first
            .iter()
            .copied()
            .filter(|index| !known.contains_key(index))
            .filter(|index| batch.occurrences[*index].has_caller_event_id())
            .collect();
        let taken = claim(connection, batch, &named).await?;
        let skipped: HashSet<usize> = known.keys().chain(&taken).copied().collect();
        let new: Vec<usize> = first
            .iter()
            .copied()
            .filter(|index| !skipped.contains(index))
            .collect();
        let mut outcomes = self.write_batch(connection, batch, &new).await?;
        let names: Vec<(Uuid, Uuid, usize)> = taken
            .iter()
            .map(|index| {
                let occurrence = &batch.occurrences[*index];
                (occurrence.project_id.0, occurrence.event_id, *index)
            })
            .collect();
        let repeated = stored(connection, EventKey::Event, &names).await?;
        if repeated.len() < names.len() {
            return Err(Failure::StartOver(
                "an event id was given up meanwhile".into(),
            ));
        }
        let repeated = repeated.into_iter().chain(known);
        outcomes.extend(repeated.map(|(index, error)| (index, Outcome::repeat(error))));
        Ok(outcomes)
    }

    /// Records with one statement: all of these occurrences are new.
    async fn write_batch(
        &self,
        connection: &mut WriteConnection,
        batch: &Batch,
        new: &[usize],
    ) -> Result<Outcomes, Failure> {
        if new.is_empty() {
            return Ok(Outcomes::new());
        }
        let occurrences: Vec<Arc<Occurrence>> = new
            .iter()
            .map(|index| Arc::clone(&batch.occurrences[*index]))
            .collect();
        let aggregate = batch.aggregator.aggregate(&occurrences);
        let groups = aggregate.groups.as_slice();
        let owners = self.owners.of(connection, groups).await?;
        // Uses the time of writing, so that ids order an error's activity log by what happened here.
        let next_id = || self.ids.next_id(self.clock.now());
        let deltas = by_error(groups, &owners, &occurrences, next_id);
        let arrays = Arrays::new(&occurrences, &aggregate, &deltas, batch.at);
        let rows = match connection.query(RECORD, &arrays.parameters()).await {
            Ok(rows) => rows,
            Err(error) => {
                self.owners.forget(groups);
                return Err(error.into());
            }
        };
        let mut outcomes = Outcomes::with_capacity(new.len());
        for row in rows {
            let place = usize::try_from(row.try_get::<_, i64>(0)? - 1).unwrap_or(usize::MAX);
            if let Some(delta) = deltas.get(place) {
                set_outcomes(&mut outcomes, new, delta, state(&row, row.try_get(1)?)?);
            }
        }
        for delta in deltas.iter().filter(|delta| delta.revision.is_none()) {
            let owner = CachedError {
                error: delta.id.0,
                revision: 0,
            };
            self.owners.remember(delta.latest_group, owner);
            set_outcomes(&mut outcomes, new, delta, delta.new_state(batch.at));
        }
        Ok(outcomes)
    }
}

/// Sets the outcome of each occurrence of an error, with its own count.
fn set_outcomes(outcomes: &mut Outcomes, new: &[usize], delta: &ErrorDelta<'_>, after: ErrorState) {
    for (member, count) in delta.members.iter().rev().zip((1..=after.count).rev()) {
        let error = ErrorState { count, ..after };
        let recorded = Recorded {
            error,
            duplicate: false,
        };
        outcomes.insert(new[*member], Outcome { recorded, after });
    }
}

/// Returns the keys under which occurrences may be stored: clients' event ids, which may be ids of earlier
/// occurrences, and own ids if the batch may have been written before.
fn ids(batch: &Batch, first: &[usize], own: bool) -> Vec<(Uuid, Uuid, usize)> {
    let mut names = Vec::new();
    for index in first {
        let occurrence = &batch.occurrences[*index];
        if occurrence.has_caller_event_id() {
            names.push((occurrence.project_id.0, occurrence.event_id, *index));
        }
        if own {
            names.push((occurrence.project_id.0, occurrence.id.0, *index));
        }
    }
    names
}
