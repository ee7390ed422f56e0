//! Finds the duplicates of a batch.

use crate::connect::{Parameter, WriteConnection};
use crate::failure::Failure;
use faultbook_domain::errors::ErrorState;
use faultbook_domain::id::ErrorId;
use faultbook_domain::ingest::Batch;
use std::collections::HashMap;
use time::OffsetDateTime;
use tokio_postgres::Row;
use tokio_postgres::types::Type;
use uuid::Uuid;

/// Maps each occurrence that duplicates an earlier one of the batch, by its own id or by an event id, to that one. An
/// event id may be another occurrence's own id, which clients that send none get as event id.
pub fn within(batch: &Batch) -> HashMap<usize, usize> {
    let mut seen: HashMap<(Uuid, Uuid), usize> = HashMap::with_capacity(batch.occurrences.len());
    let mut repeats = HashMap::new();
    for (index, occurrence) in batch.occurrences.iter().enumerate() {
        let project = occurrence.project_id.0;
        let names = [occurrence.id.0, occurrence.event_id];
        let first = names
            .iter()
            .find_map(|name| seen.get(&(project, *name)).copied());
        match first {
            Some(first) => {
                repeats.insert(index, first);
            }
            None => {
                for name in names {
                    seen.insert((project, name), index);
                }
            }
        }
    }
    repeats
}

/// Selects the errors of stored occurrences.
const BY_OCCURRENCE: &str = "
SELECT k.n, e.id, e.count, e.first_seen, e.last_seen, e.resolved, e.resolved_at, e.ignored,
  e.regressed, e.created_at, e.updated_at
FROM unnest($1, $2) WITH ORDINALITY AS k (project_id, id, n)
JOIN occurrences o ON o.project_id = k.project_id AND o.id = k.id
LEFT JOIN error_fingerprints f ON f.project_id = o.project_id AND f.fingerprint = o.fingerprint
LEFT JOIN errors e ON e.project_id = f.project_id AND e.id = f.error_id";

/// Finds occurrences that are stored already, by the ids of occurrences, and returns their current errors by index in
/// the batch.
///
/// Looks for event ids that may be ids of occurrences, which are UUIDv7, and with `own` for each occurrence's own id.
/// Other event ids are looked for by the recording statement: here, a statement that reads `occurrences` has to lock
/// each of its partitions.
pub async fn stored(
    connection: &mut WriteConnection,
    batch: &Batch,
    first: &[usize],
    own: bool,
) -> Result<HashMap<usize, ErrorState>, Failure> {
    let (mut places, mut projects, mut ids) = (Vec::new(), Vec::new(), Vec::new());
    for index in first {
        let occurrence = &batch.occurrences[*index];
        let event_id = Some(occurrence.event_id)
            .filter(|id| occurrence.has_caller_event_id() && id.get_version_num() == 7);
        let own_id = Some(occurrence.id.0).filter(|_| own);
        for id in event_id.into_iter().chain(own_id) {
            places.push(*index);
            projects.push(occurrence.project_id.0);
            ids.push(id);
        }
    }
    let mut found = HashMap::new();
    if ids.is_empty() {
        return Ok(found);
    }
    let parameters: [Parameter<'_>; 2] = [(&projects, Type::UUID_ARRAY), (&ids, Type::UUID_ARRAY)];
    for row in connection.query(BY_OCCURRENCE, &parameters).await? {
        let Some(id) = row.try_get(1)? else {
            return Err(Failure::StartOver(
                "an occurrence has lost its error".into(),
            ));
        };
        if let Some(index) = places.get(place(&row)?) {
            found.insert(*index, state(&row, id)?);
        }
    }
    Ok(found)
}

/// Deletes event ids whose error is gone. Retention may have deleted the occurrence before the error, so that deleting
/// the error did not find the event id.
const FORGET_LOST: &str = "
DELETE FROM event_ids i USING unnest($1, $2) AS k (project_id, event_id)
WHERE i.project_id = k.project_id AND i.event_id = k.event_id AND NOT EXISTS (
  SELECT FROM error_fingerprints f
  WHERE f.project_id = i.project_id AND f.fingerprint = i.fingerprint)";

/// Deletes the event ids of these occurrences where their error is gone.
pub async fn forget_lost(
    connection: &mut WriteConnection,
    batch: &Batch,
    lost: &[usize],
) -> Result<(), tokio_postgres::Error> {
    let mut keys: Vec<(Uuid, Uuid)> = lost
        .iter()
        .map(|index| &batch.occurrences[*index])
        .map(|occurrence| (occurrence.project_id.0, occurrence.event_id))
        .collect();
    keys.sort_unstable();
    let (projects, events): (Vec<Uuid>, Vec<Uuid>) = keys.into_iter().unzip();
    let parameters: [Parameter<'_>; 2] =
        [(&projects, Type::UUID_ARRAY), (&events, Type::UUID_ARRAY)];
    connection.query(FORGET_LOST, &parameters).await?;
    Ok(())
}

/// Reads the place in the statement's arrays from the first column.
pub fn place(row: &Row) -> Result<usize, tokio_postgres::Error> {
    Ok(usize::try_from(row.try_get::<_, i64>(0)? - 1).unwrap_or(usize::MAX))
}

/// Reads the state of an error from the third column on, as every statement here returns it.
pub fn state(row: &Row, id: Uuid) -> Result<ErrorState, tokio_postgres::Error> {
    Ok(ErrorState {
        id: ErrorId(id),
        count: row.try_get(2)?,
        first_seen: row.try_get::<_, OffsetDateTime>(3)?,
        last_seen: row.try_get(4)?,
        resolved: row.try_get(5)?,
        resolved_at: row.try_get(6)?,
        ignored: row.try_get(7)?,
        regressed: row.try_get(8)?,
        created_at: row.try_get(9)?,
        updated_at: row.try_get(10)?,
    })
}
