//! The queue of occurrences to be indexed, and of fingerprints to be counted again.

use crate::driver::{Connection, Failure};
use crate::row::{OccurrenceRow, Uid};
use crate::schema::occurrences;
use crate::statement::{Bind, rows, run, statement};
use diesel::connection::DefaultLoadingMode;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary};
use faultbook_domain::errors::Occurrence;
use faultbook_domain::id::{OccurrenceId, ProjectId};
use faultbook_domain::search::TraceMemo;
use faultbook_domain::search_index::{IndexEntry, Owner};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// A row of the queue.
pub(crate) struct Queued {
    pub(crate) seq: i64,
    pub(crate) project: ProjectId,
    pub(crate) ids: Vec<OccurrenceId>,
}

statement!(
    Enqueue,
    "INSERT INTO index_queue (project_id, ids) VALUES (?, ?)"
);

statement!(
    QueuedRows -> (BigInt, Binary, Binary),
    "SELECT seq, project_id, ids FROM index_queue WHERE seq > ? ORDER BY seq LIMIT ?"
);

statement!(
    IsQueued -> BigInt,
    "SELECT seq FROM index_queue WHERE seq = ?"
);

statement!(RemoveQueued, "DELETE FROM index_queue WHERE seq = ?");

statement!(
    IsStored -> BigInt,
    "SELECT 1 FROM occurrences WHERE project_id = ? AND id = ?"
);

statement!(
    RebuildLater,
    "INSERT INTO index_rebuilds (project_id, fingerprint) VALUES (?, ?) ON CONFLICT DO NOTHING"
);

statement!(
    Rebuilds -> (Binary, Binary),
    "DELETE FROM index_rebuilds WHERE (project_id, fingerprint) IN \
     (SELECT project_id, fingerprint FROM index_rebuilds LIMIT ?) RETURNING project_id, fingerprint"
);

/// Queues recorded occurrences, in the transaction that records them.
pub(crate) fn enqueue(
    connection: &mut Connection,
    recorded: impl Iterator<Item = (ProjectId, OccurrenceId)>,
) -> QueryResult<()> {
    let mut ids: BTreeMap<ProjectId, Vec<u8>> = BTreeMap::new();
    for (project, id) in recorded {
        ids.entry(project).or_default().extend(id.0.as_bytes());
    }
    for (project, ids) in ids {
        let binds = [Bind::Blob(project.0.as_bytes()), Bind::Blob(&ids)];
        run(connection, Enqueue, &binds)?;
    }
    Ok(())
}

/// Has fingerprints counted again, in the transaction that deletes occurrences of theirs.
pub(crate) fn rebuild_later(
    connection: &mut Connection,
    project: Uid,
    fingerprints: &[Uid],
) -> QueryResult<()> {
    for fingerprint in fingerprints.iter().collect::<BTreeSet<_>>() {
        let binds = [Bind::Blob(&project.0), Bind::Blob(&fingerprint.0)];
        run(connection, RebuildLater, &binds)?;
    }
    Ok(())
}

/// Reads the oldest rows of the queue behind a number.
pub(crate) async fn queued(
    connection: &mut Connection,
    after: i64,
    most: i64,
) -> Result<Vec<Queued>, Failure> {
    let binds = [Bind::Int(after), Bind::Int(most)];
    let found: Vec<(i64, Uid, Vec<u8>)> = rows(connection, QueuedRows, &binds)?;
    let queued = found.into_iter().map(|(seq, project, ids)| {
        let (ids, _) = ids.as_chunks::<16>();
        let ids = ids.iter().map(|id| OccurrenceId(Uuid::from_bytes(*id)));
        Queued {
            seq,
            project: ProjectId(project.uuid()),
            ids: ids.collect(),
        }
    });
    Ok(queued.collect())
}

/// Condenses those of these occurrences that are stored. One occurrence at a time is in memory: a full batch of the
/// largest takes half a gigabyte.
pub(crate) async fn entries(
    connection: &mut Connection,
    project: ProjectId,
    ids: &[OccurrenceId],
    traces: &mut TraceMemo,
) -> Result<Vec<IndexEntry>, Failure> {
    let ids: Vec<Uid> = ids.iter().map(|id| Uid::from(id.0)).collect();
    let found = occurrences::table
        .filter(occurrences::project_id.eq(Uid::from(project.0)))
        .filter(occurrences::id.eq_any(ids))
        .select(OccurrenceRow::as_select())
        .load_iter::<OccurrenceRow, DefaultLoadingMode>(connection)?;
    let mut entries = Vec::new();
    for row in found {
        entries.push(IndexEntry::with(&Occurrence::try_from(row?)?, traces));
    }
    Ok(entries)
}

/// Returns whether all these rows are in the queue still.
pub(crate) async fn hold_queued(
    connection: &mut Connection,
    queued: &[Queued],
) -> Result<bool, Failure> {
    for row in queued {
        let found: Vec<i64> = rows(connection, IsQueued, &[Bind::Int(row.seq)])?;
        if found.is_empty() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Takes rows out of the queue.
pub(crate) async fn remove_queued(
    connection: &mut Connection,
    queued: &[Queued],
) -> Result<(), Failure> {
    for row in queued {
        run(connection, RemoveQueued, &[Bind::Int(row.seq)])?;
    }
    Ok(())
}

/// Does nothing: write transactions run one at a time.
pub(crate) async fn hold_fingerprints(_: &mut Connection, _: &[Owner]) -> Result<(), Failure> {
    Ok(())
}

/// Returns whether all these occurrences are stored.
pub(crate) async fn all_stored(
    connection: &mut Connection,
    wanted: impl Iterator<Item = (ProjectId, OccurrenceId)>,
) -> Result<bool, Failure> {
    for (project, id) in wanted {
        let binds = [
            Bind::Blob(project.0.as_bytes()),
            Bind::Blob(id.0.as_bytes()),
        ];
        let found: Vec<i64> = rows(connection, IsStored, &binds)?;
        if found.is_empty() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Takes some fingerprints that are to be counted again.
pub(crate) async fn rebuilds(
    connection: &mut Connection,
    most: i64,
) -> Result<Vec<Owner>, Failure> {
    let found: Vec<(Uid, Uid)> = rows(connection, Rebuilds, &[Bind::Int(most)])?;
    let owners = found.into_iter();
    Ok(owners
        .map(|(project, print)| (ProjectId(project.uuid()), print.fingerprint()))
        .collect())
}
