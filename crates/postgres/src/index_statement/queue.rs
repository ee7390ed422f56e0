//! The queue of occurrences to be indexed, and of fingerprints to be counted again.

use super::{CountRow, OwnerRow, columns};
use crate::driver::{Connection, Failure};
use crate::row::OccurrenceRow;
use crate::schema::occurrences;
use diesel::dsl::sql_query;
use diesel::sql_types::{Array, BigInt, Uuid as SqlUuid};
use diesel::{ExpressionMethods, QueryDsl, QueryableByName, SelectableHelper};
use diesel_async::RunQueryDsl;
use faultbook_domain::errors::Occurrence;
use faultbook_domain::id::{OccurrenceId, ProjectId};
use faultbook_domain::search::TraceMemo;
use faultbook_domain::search_index::{IndexEntry, Owner};
use futures_util::TryStreamExt;
use uuid::Uuid;

const QUEUED: &str = "
SELECT seq, project_id, ids FROM index_queue WHERE seq > $1 ORDER BY seq LIMIT $2";

const HOLD_QUEUED: &str = "
SELECT project_id AS id FROM index_queue WHERE seq = ANY ($1) ORDER BY seq FOR UPDATE";

const REMOVE_QUEUED: &str = "DELETE FROM index_queue WHERE seq = ANY ($1)";

/// A merge, a split or a deletion that changes these rows waits until what is added belongs to them.
const HOLD_FINGERPRINTS: &str = "
SELECT f.project_id AS id FROM error_fingerprints f
JOIN unnest($1, $2) AS o (project_id, fingerprint) USING (project_id, fingerprint)
ORDER BY f.project_id, f.fingerprint FOR SHARE OF f";

const STORED: &str = "
SELECT count(*) AS count FROM unnest($1, $2) AS w (project_id, id)
JOIN occurrences o ON o.project_id = w.project_id AND o.id = w.id";

const REBUILDS: &str = "
DELETE FROM index_rebuilds r USING (
  SELECT project_id, fingerprint FROM index_rebuilds ORDER BY project_id, fingerprint
  LIMIT $1 FOR UPDATE SKIP LOCKED
) next
WHERE r.project_id = next.project_id AND r.fingerprint = next.fingerprint
RETURNING r.project_id, r.fingerprint";

/// A row of the queue.
#[derive(QueryableByName)]
struct QueuedRow {
    #[diesel(sql_type = BigInt)]
    seq: i64,
    #[diesel(sql_type = SqlUuid)]
    project_id: Uuid,
    #[diesel(sql_type = Array<SqlUuid>)]
    ids: Vec<Uuid>,
}

/// A row of the queue.
pub struct Queued {
    pub seq: i64,
    pub project: ProjectId,
    pub ids: Vec<OccurrenceId>,
}

#[derive(QueryableByName)]
struct IdRow {
    #[diesel(sql_type = SqlUuid)]
    #[expect(dead_code, reason = "only the number of rows counts")]
    id: Uuid,
}

/// Reads the oldest rows of the queue behind a number.
pub async fn queued(
    connection: &mut Connection,
    after: i64,
    most: i64,
) -> Result<Vec<Queued>, Failure> {
    let rows: Vec<QueuedRow> = sql_query(QUEUED)
        .bind::<BigInt, _>(after)
        .bind::<BigInt, _>(most)
        .load(connection)
        .await?;
    let queued = rows.into_iter().map(|row| Queued {
        seq: row.seq,
        project: ProjectId(row.project_id),
        ids: row.ids.into_iter().map(OccurrenceId).collect(),
    });
    Ok(queued.collect())
}

/// Condenses those of these occurrences that are stored. One occurrence at a time is in memory: a full batch of the
/// largest takes half a gigabyte.
pub async fn entries(
    connection: &mut Connection,
    project: ProjectId,
    ids: &[OccurrenceId],
    traces: &mut TraceMemo,
) -> Result<Vec<IndexEntry>, Failure> {
    let mut found = occurrences::table
        .filter(occurrences::project_id.eq(project.0))
        .filter(occurrences::id.eq_any(ids.iter().map(|id| id.0)))
        .select(OccurrenceRow::as_select())
        .load_stream(connection)
        .await?;
    let mut entries = Vec::with_capacity(ids.len());
    while let Some(row) = found.try_next().await? {
        entries.push(IndexEntry::with(&Occurrence::try_from(row)?, traces));
    }
    Ok(entries)
}

fn seqs(queued: &[Queued]) -> Vec<i64> {
    queued.iter().map(|row| row.seq).collect()
}

/// Locks these rows of the queue. Returns whether all are there.
pub async fn hold_queued(connection: &mut Connection, queued: &[Queued]) -> Result<bool, Failure> {
    let held: Vec<IdRow> = sql_query(HOLD_QUEUED)
        .bind::<Array<BigInt>, _>(seqs(queued))
        .load(connection)
        .await?;
    Ok(held.len() == queued.len())
}

/// Takes rows out of the queue.
pub async fn remove_queued(connection: &mut Connection, queued: &[Queued]) -> Result<(), Failure> {
    sql_query(REMOVE_QUEUED)
        .bind::<Array<BigInt>, _>(seqs(queued))
        .execute(connection)
        .await?;
    Ok(())
}

/// Locks fingerprints against deletion until the transaction ends.
pub async fn hold_fingerprints(
    connection: &mut Connection,
    owners: &[Owner],
) -> Result<(), Failure> {
    let (projects, prints) = columns(owners.iter());
    let _held: Vec<IdRow> = sql_query(HOLD_FINGERPRINTS)
        .bind::<Array<SqlUuid>, _>(projects)
        .bind::<Array<SqlUuid>, _>(prints)
        .load(connection)
        .await?;
    Ok(())
}

/// Returns whether all these occurrences are stored.
pub async fn all_stored(
    connection: &mut Connection,
    wanted: impl Iterator<Item = (ProjectId, OccurrenceId)>,
) -> Result<bool, Failure> {
    let (projects, ids): (Vec<Uuid>, Vec<Uuid>) =
        wanted.map(|(project, id)| (project.0, id.0)).unzip();
    let expected = i64::try_from(ids.len()).unwrap_or(i64::MAX);
    let stored: CountRow = sql_query(STORED)
        .bind::<Array<SqlUuid>, _>(projects)
        .bind::<Array<SqlUuid>, _>(ids)
        .get_result(connection)
        .await?;
    Ok(stored.count == expected)
}

/// Takes some fingerprints that are to be counted again.
pub async fn rebuilds(connection: &mut Connection, most: i64) -> Result<Vec<Owner>, Failure> {
    let rows: Vec<OwnerRow> = sql_query(REBUILDS)
        .bind::<BigInt, _>(most)
        .load(connection)
        .await?;
    Ok(rows.iter().map(OwnerRow::owner).collect())
}
