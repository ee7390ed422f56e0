//! Records batches of occurrences on PostgreSQL.

use crate::PostgresStore;
use crate::connect::WriteConnection;
use crate::dedup::{self, place, state};
use crate::error_delta::{ErrorDelta, by_error};
use crate::failure::{Failure, describe};
use crate::fingerprint_cache::CachedError;
use crate::partition::day_of;
use crate::record_arrays::Arrays;
use crate::record_statement::RECORD;
use crate::session::WAIT_FOR_CONNECTION;
use async_trait::async_trait;
use faultbook_domain::errors::{ErrorState, Occurrence};
use faultbook_domain::id::ErrorId;
use faultbook_domain::ingest::{Batch, EventStore, Recorded};
use faultbook_domain::store_error::StoreError;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::time::timeout;
use tokio_postgres::Row;
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

/// What the recording statement did.
enum Written {
    /// Recorded all occurrences.
    All(Outcomes),
    /// Recorded nothing: the event ids of these occurrences are stored already, for these errors.
    Nothing(HashMap<usize, ErrorState>),
}

/// Reads the occurrences whose event ids are stored already, with their errors. `None` stands for an error that is
/// gone.
fn read_repeated(
    rows: &[Row],
    new: &[usize],
) -> Result<HashMap<usize, Option<ErrorState>>, Failure> {
    let mut repeated = HashMap::new();
    for row in rows {
        if row.try_get(10)?
            && let Some(index) = new.get(place(row)?)
        {
            let id: Option<Uuid> = row.try_get(1)?;
            let error = id.map(|id| state(row, id)).transpose()?;
            repeated.insert(*index, error);
        }
    }
    Ok(repeated)
}

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
        let mut outcomes = self
            .while_alive(async {
                let mut connection = timeout(WAIT_FOR_CONNECTION, self.writers.get())
                    .await
                    .map_err(StoreError::unavailable)?
                    .map_err(StoreError::unavailable)?;
                connection.start();
                let outcomes = self
                    .write_unless_stored(&mut connection, batch, first, look_first)
                    .await;
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

    /// Records what is not stored already.
    async fn write_unless_stored(
        &self,
        connection: &mut WriteConnection,
        batch: &Batch,
        mut new: Vec<usize>,
        look_first: bool,
    ) -> Result<Outcomes, Failure> {
        let mut known = dedup::stored(connection, batch, &new, look_first).await?;
        new.retain(|index| !known.contains_key(index));
        let mut outcomes = loop {
            match self.write_batch(connection, batch, &new).await? {
                Written::All(outcomes) => break outcomes,
                Written::Nothing(repeated) => {
                    new.retain(|index| !repeated.contains_key(index));
                    known.extend(repeated);
                }
            }
        };
        if !known.is_empty() {
            let after: HashMap<ErrorId, ErrorState> = outcomes
                .values()
                .map(|outcome| (outcome.after.id, outcome.after))
                .collect();
            outcomes.extend(known.into_iter().map(|(index, error)| {
                let error = after.get(&error.id).copied().unwrap_or(error);
                (index, Outcome::repeat(error))
            }));
        }
        Ok(outcomes)
    }

    /// Records these occurrences with one statement, unless event ids of theirs are stored already.
    async fn write_batch(
        &self,
        connection: &mut WriteConnection,
        batch: &Batch,
        new: &[usize],
    ) -> Result<Written, Failure> {
        if new.is_empty() {
            return Ok(Written::All(Outcomes::new()));
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
        let written = (batch.at, batch.release_limit);
        let arrays = Arrays::new(&occurrences, &aggregate, &deltas, written);
        let rows = match connection.query(RECORD, &arrays.parameters()).await {
            Ok(rows) => rows,
            Err(error) => {
                self.owners.forget(groups);
                return Err(error.into());
            }
        };
        let repeated = read_repeated(&rows, new)?;
        if !repeated.is_empty() {
            return self.without_lost(connection, batch, repeated).await;
        }
        let mut outcomes = Outcomes::with_capacity(new.len());
        for row in rows {
            if let Some(delta) = deltas.get(place(&row)?) {
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
        Ok(Written::All(outcomes))
    }

    /// Gives up event ids whose error is gone, so that they can be claimed again, and returns the others.
    async fn without_lost(
        &self,
        connection: &mut WriteConnection,
        batch: &Batch,
        repeated: HashMap<usize, Option<ErrorState>>,
    ) -> Result<Written, Failure> {
        let lost: Vec<usize> = repeated
            .iter()
            .filter(|(_, error)| error.is_none())
            .map(|(index, _)| *index)
            .collect();
        if !lost.is_empty() {
            dedup::forget_lost(connection, batch, &lost).await?;
        }
        let known = repeated
            .into_iter()
            .filter_map(|(index, error)| Some((index, error?)));
        Ok(Written::Nothing(known.collect()))
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
