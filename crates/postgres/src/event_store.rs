//! Records batches of occurrences on PostgreSQL.

use crate::PostgresStore;
use crate::connect::WriteConnection;
use crate::decision;
use crate::dedup::{self, place, state};
use crate::error_delta::{ErrorDelta, by_error};
use crate::failure::{Failure, describe};
use crate::fingerprint_cache::CachedError;
use crate::partition::day_of;
use crate::record_arrays::Arrays;
use crate::record_statement::RECORD;
use crate::session::{TRIES, WAIT_FOR_CONNECTION, give_way};
use async_trait::async_trait;
use faultbook_domain::errors::{ErrorState, Occurrence, Status};
use faultbook_domain::id::ErrorId;
use faultbook_domain::ingest::{Aggregate, Batch, EventStore, Recorded};
use faultbook_domain::store_error::StoreError;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::time::timeout;
use tokio_postgres::Row;
use uuid::Uuid;

#[async_trait]
impl EventStore for PostgresStore {
    async fn record(&self, batch: &Batch) -> Result<Vec<Recorded>, StoreError> {
        if batch.occurrences.is_empty() {
            return Ok(Vec::new());
        }
        let repeats = dedup::within(batch);
        let mut approach = Approach::default();
        let mut tries = 1;
        loop {
            let failure = match self.attempt(batch, &repeats, approach).await {
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
                    approach.in_transaction = true;
                }
                Failure::AlreadyStored(_) => approach.look_first = true,
                Failure::NoPartition(_) => {
                    let days = batch.occurrences.iter().map(|o| day_of(o.id.0));
                    self.make_partitions(days.collect()).await?;
                }
                other => return Err(self.record_disk_full(other.into_store())),
            }
            give_way(tries).await;
            tries += 1;
        }
    }
}

/// What an attempt does more than the first one, which relies on what is usual.
#[derive(Debug, Clone, Copy, Default)]
struct Approach {
    /// Looks for each occurrence's own id first.
    look_first: bool,
    /// Opens a transaction, whether an error is believed to need it or not.
    in_transaction: bool,
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
                reopened: false,
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
        if row.try_get(11)?
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
        approach: Approach,
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
                    .write_unless_stored(&mut connection, batch, first, approach)
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
        approach: Approach,
    ) -> Result<Outcomes, Failure> {
        let mut known = dedup::stored(connection, batch, &new, approach.look_first).await?;
        new.retain(|index| !known.contains_key(index));
        let mut outcomes = loop {
            match self.write_batch(connection, batch, &new, approach).await? {
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

    /// Records these occurrences, unless event ids of theirs are stored already: with one statement, or with two steps
    /// in a transaction where an error is believed to be resolved or ignored.
    async fn write_batch(
        &self,
        connection: &mut WriteConnection,
        batch: &Batch,
        new: &[usize],
        approach: Approach,
    ) -> Result<Written, Failure> {
        if new.is_empty() {
            return Ok(Written::All(Outcomes::new()));
        }
        let occurrences: Vec<Arc<Occurrence>> = new
            .iter()
            .map(|index| Arc::clone(&batch.occurrences[*index]))
            .collect();
        let aggregate = batch.aggregator.aggregate(&occurrences);
        let owners = self.owners.of(connection, &aggregate.groups).await?;
        let is_watched = owners.iter().flatten().any(|owner| owner.watched);
        let new = New {
            places: new,
            occurrences: &occurrences,
            aggregate: &aggregate,
            owners: &owners,
            in_transaction: approach.in_transaction || is_watched,
        };
        if !new.in_transaction {
            return self.write_new(connection, batch, &new).await;
        }
        connection.run("BEGIN").await?;
        match self.write_new(connection, batch, &new).await {
            Ok(written) => {
                connection.run("COMMIT").await?;
                Ok(written)
            }
            Err(failure) => {
                connection.run("ROLLBACK").await?;
                Err(failure)
            }
        }
    }

    async fn write_new(
        &self,
        connection: &mut WriteConnection,
        batch: &Batch,
        new: &New<'_>,
    ) -> Result<Written, Failure> {
        // Uses the time of writing, so that ids order an error's activity log by what happened here.
        let next_id = || self.ids.next_id(self.clock.now());
        let groups = new.aggregate.groups.as_slice();
        let deltas = by_error(groups, new.owners, new.occurrences, next_id);
        let marks = marks(&deltas, new.occurrences.len());
        let recorded = decision::Recorded {
            occurrences: new.occurrences,
            marks: &marks,
            at: batch.at,
            release_limit: batch.release_limit,
        };
        let arrays = Arrays::new(&recorded, new.aggregate, &deltas, new.in_transaction);
        let rows = match connection.query(RECORD, &arrays.parameters()).await {
            Ok(rows) => rows,
            Err(error) => {
                self.owners.forget(groups);
                return Err(error.into());
            }
        };
        let repeated = read_repeated(&rows, new.places)?;
        if !repeated.is_empty() {
            return self.without_lost(connection, batch, repeated).await;
        }
        let mut raised = Vec::with_capacity(rows.len());
        for row in rows {
            if let Some(delta) = deltas.get(place(&row)?) {
                raised.push((delta, state(&row, row.try_get(1)?)?));
            }
        }
        let before: Vec<Status> = raised.iter().map(|(_, state)| state.status()).collect();
        if new.in_transaction {
            self.decide(connection, &recorded, &mut raised).await?;
            self.remember_watched(new, &raised);
        }
        let mut outcomes = Outcomes::with_capacity(new.places.len());
        for ((delta, state), before) in raised.into_iter().zip(before) {
            let reopened = before != Status::Open && state.status() == Status::Open;
            set_outcomes(&mut outcomes, new.places, delta, (state, reopened));
        }
        for delta in deltas.iter().filter(|delta| delta.revision.is_none()) {
            self.owners
                .remember(delta.latest_group, CachedError::new(delta.id.0));
            set_outcomes(
                &mut outcomes,
                new.places,
                delta,
                (delta.new_state(batch.at), false),
            );
        }
        Ok(Written::All(outcomes))
    }

    /// Remembers which errors are resolved or ignored, so that the next batch opens a transaction where it needs one.
    fn remember_watched(&self, new: &New<'_>, raised: &[(&ErrorDelta<'_>, ErrorState)]) {
        for (group, owner) in new.aggregate.groups.iter().zip(new.owners) {
            let Some(owner) = owner else {
                continue;
            };
            let now = raised.iter().find(|(_, state)| state.id.0 == owner.error);
            if let Some((_, state)) = now {
                let seen = CachedError {
                    watched: state.resolved || state.ignored,
                    ignored: state.ignored,
                    ..*owner
                };
                if seen != *owner {
                    self.owners.remember(group, seen);
                }
            }
        }
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

/// Occurrences that are not stored yet, as far as is known.
struct New<'a> {
    /// Their places in the batch.
    places: &'a [usize],
    occurrences: &'a [Arc<Occurrence>],
    aggregate: &'a Aggregate,
    owners: &'a [Option<CachedError>],
    in_transaction: bool,
}

/// Returns of each occurrence whether its error is believed to be ignored.
fn marks(deltas: &[ErrorDelta<'_>], occurrences: usize) -> Vec<bool> {
    let mut marks = vec![false; occurrences];
    for delta in deltas.iter().filter(|delta| delta.ignored) {
        for member in &delta.members {
            marks[*member] = true;
        }
    }
    marks
}

/// Sets the outcome of each occurrence of an error, with its own count.
fn set_outcomes(
    outcomes: &mut Outcomes,
    new: &[usize],
    delta: &ErrorDelta<'_>,
    (after, reopened): (ErrorState, bool),
) {
    for (member, count) in delta.members.iter().rev().zip((1..=after.count).rev()) {
        let error = ErrorState { count, ..after };
        let recorded = Recorded {
            error,
            duplicate: false,
            reopened,
        };
        outcomes.insert(new[*member], Outcome { recorded, after });
    }
}
