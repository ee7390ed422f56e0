//! Finds the duplicates of a batch.

use crate::connect::{Parameter, WriteConnection};
use crate::failure::Failure;
use crate::row::fingerprint_id;
use faultbook_domain::errors::{ErrorState, Occurrence};
use faultbook_domain::id::ErrorId;
use faultbook_domain::ingest::Batch;
use std::collections::{HashMap, HashSet};
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

/// Inserts event ids in key order, which avoids deadlocks; returns those that were free.
const CLAIM: &str = "
INSERT INTO event_ids (project_id, event_id, fingerprint, stored_at)
SELECT project_id, event_id, fingerprint, $4
FROM unnest($1, $2, $3) AS k (project_id, event_id, fingerprint)
ORDER BY project_id, event_id
ON CONFLICT DO NOTHING
RETURNING project_id, event_id";

/// Claims the event ids of these occurrences and returns the indexes of those that were taken.
pub async fn claim(
    connection: &mut WriteConnection,
    batch: &Batch,
    named: &[usize],
) -> Result<Vec<usize>, Failure> {
    let of = |read: fn(&Occurrence) -> Uuid| -> Vec<Uuid> {
        named
            .iter()
            .map(|index| read(&batch.occurrences[*index]))
            .collect()
    };
    let projects = of(|occurrence| occurrence.project_id.0);
    let events = of(|occurrence| occurrence.event_id);
    let fingerprints = of(|occurrence| fingerprint_id(occurrence.fingerprint));
    let parameters: [Parameter<'_>; 4] = [
        (&projects, Type::UUID_ARRAY),
        (&events, Type::UUID_ARRAY),
        (&fingerprints, Type::UUID_ARRAY),
        (&batch.at, Type::TIMESTAMPTZ),
    ];
    let rows = connection.query(CLAIM, &parameters).await?;
    let free = rows
        .iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .collect::<Result<HashSet<(Uuid, Uuid)>, tokio_postgres::Error>>()?;
    let taken = projects
        .iter()
        .zip(&events)
        .zip(named)
        .filter(|((project, event), _)| !free.contains(&(**project, **event)))
        .map(|(_, index)| *index);
    Ok(taken.collect())
}

/// Selects the errors of stored occurrences by occurrence id.
const BY_OCCURRENCE: &str = "
SELECT k.n, e.id, e.count, e.first_seen, e.last_seen, e.resolved, e.resolved_at, e.regressed,
  e.created_at, e.updated_at
FROM unnest($1, $2) WITH ORDINALITY AS k (project_id, id, n)
JOIN occurrences o ON o.project_id = k.project_id AND o.id = k.id
LEFT JOIN error_fingerprints f ON f.project_id = o.project_id AND f.fingerprint = o.fingerprint
LEFT JOIN errors e ON e.project_id = f.project_id AND e.id = f.error_id";

/// Selects the errors of stored occurrences by event id.
const BY_EVENT: &str = "
SELECT k.n, e.id, e.count, e.first_seen, e.last_seen, e.resolved, e.resolved_at, e.regressed,
  e.created_at, e.updated_at
FROM unnest($1, $2) WITH ORDINALITY AS k (project_id, id, n)
JOIN event_ids i ON i.project_id = k.project_id AND i.event_id = k.id
LEFT JOIN error_fingerprints f ON f.project_id = i.project_id AND f.fingerprint = i.fingerprint
LEFT JOIN errors e ON e.project_id = f.project_id AND e.id = f.error_id";

/// The key to find a stored occurrence by.
#[derive(Clone, Copy)]
pub enum EventKey {
    /// Its own id.
    Occurrence,
    /// Its event id.
    Event,
}

/// Returns the current error of each stored key, by the index given with the key.
pub async fn stored(
    connection: &mut WriteConnection,
    name: EventKey,
    wanted: &[(Uuid, Uuid, usize)],
) -> Result<HashMap<usize, ErrorState>, Failure> {
    if wanted.is_empty() {
        return Ok(HashMap::new());
    }
    let projects: Vec<Uuid> = wanted.iter().map(|(project, _, _)| *project).collect();
    let names: Vec<Uuid> = wanted.iter().map(|(_, name, _)| *name).collect();
    let text = match name {
        EventKey::Occurrence => BY_OCCURRENCE,
        EventKey::Event => BY_EVENT,
    };
    let rows = connection
        .query(
            text,
            &[(&projects, Type::UUID_ARRAY), (&names, Type::UUID_ARRAY)],
        )
        .await?;
    let mut found = HashMap::with_capacity(rows.len());
    for row in rows {
        let place: i64 = row.try_get(0)?;
        let Some(id) = row.try_get::<_, Option<Uuid>>(1)? else {
            return Err(Failure::StartOver(
                "an occurrence has lost its error".into(),
            ));
        };
        let place = usize::try_from(place - 1).unwrap_or(usize::MAX);
        if let Some((_, _, index)) = wanted.get(place) {
            found.insert(*index, state(&row, id)?);
        }
    }
    Ok(found)
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
        regressed: row.try_get(7)?,
        created_at: row.try_get(8)?,
        updated_at: row.try_get(9)?,
    })
}
