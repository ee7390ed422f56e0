//! Drops what is indexed of deleted occurrences and fingerprints.

use super::of_owner;
use super::roll_up::drop_roll_up;
use crate::driver::{Connection, Failure};
use crate::row::Uid;
use crate::statement::{Bind, rows, run, statement};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use faultbook_domain::id::ErrorId;
use faultbook_domain::search_index::Owner;
use std::collections::BTreeMap;

statement!(
    StaleTexts -> (BigInt, Text),
    "SELECT id, folded FROM fingerprint_texts t WHERE project_id = ? AND fingerprint = ? \
     AND NOT EXISTS (SELECT 1 FROM occurrences o WHERE o.project_id = t.project_id AND o.id = t.seen_id)"
);

statement!(
    AllTexts -> (BigInt, Text),
    "SELECT id, folded FROM fingerprint_texts WHERE project_id = ? AND fingerprint = ?"
);

statement!(DropText, "DELETE FROM fingerprint_texts WHERE id = ?");

statement!(
    DropWords,
    "INSERT INTO fingerprint_words (fingerprint_words, rowid, folded) VALUES ('delete', ?, ?)"
);

statement!(
    DropStaleFacts -> BigInt,
    "DELETE FROM occurrence_facts WHERE project_id = ? AND fingerprint = ? AND NOT EXISTS \
     (SELECT 1 FROM occurrences o WHERE o.project_id = occurrence_facts.project_id \
     AND o.id = occurrence_facts.id) RETURNING timestamp"
);

statement!(
    /// The first two values are the error and its fingerprint: whether others of it have the tag.
    UncountTags,
    "UPDATE tag_values SET count = tag_values.count - t.count, errors = tag_values.errors - (NOT EXISTS ( \
     SELECT 1 FROM error_fingerprints o JOIN fingerprint_tags s ON s.project_id = o.project_id \
     AND s.fingerprint = o.fingerprint WHERE o.project_id = t.project_id AND o.error_id = ? \
     AND o.fingerprint <> ? AND s.tag_id = t.tag_id)) FROM fingerprint_tags t \
     WHERE t.project_id = ? AND t.fingerprint = ? AND tag_values.id = t.tag_id"
);

statement!(
    DropUnusedTags,
    "DELETE FROM tag_values WHERE count <= 0 AND id IN \
     (SELECT tag_id FROM fingerprint_tags WHERE project_id = ? AND fingerprint = ?)"
);

statement!(
    DropCells,
    "DELETE FROM fingerprint_tags WHERE project_id = ? AND fingerprint = ?"
);

statement!(
    DropUsers,
    "DELETE FROM fingerprint_users WHERE project_id = ? AND fingerprint = ?"
);

statement!(
    LatestPlace -> (Nullable<Text>, Nullable<Text>, Nullable<BigInt>),
    "SELECT exception_type, culprit, gone_until FROM fingerprint_figures WHERE project_id = ? AND fingerprint = ?"
);

statement!(
    DropFigures,
    "DELETE FROM fingerprint_figures WHERE project_id = ? AND fingerprint = ?"
);

statement!(
    DropFacts,
    "DELETE FROM occurrence_facts WHERE project_id = ? AND fingerprint = ?"
);

statement!(
    RecountKept,
    "UPDATE fingerprint_tags SET kept = (SELECT count(*) FROM fingerprint_tags t \
     JOIN tag_values v ON v.id = t.tag_id JOIN tag_values k ON k.id = fingerprint_tags.tag_id \
     WHERE t.project_id = fingerprint_tags.project_id AND t.fingerprint = fingerprint_tags.fingerprint \
     AND v.key = k.key AND v.value IS NOT NULL) \
     WHERE project_id = ? AND fingerprint = ? \
     AND tag_id IN (SELECT id FROM tag_values WHERE project_id = ? AND value IS NULL)"
);

/// Drops texts with their words, in order of their numbers.
pub(super) fn drop_texts(
    connection: &mut Connection,
    texts: &BTreeMap<i64, String>,
) -> QueryResult<()> {
    for id in texts.keys() {
        drop_text(connection, *id)?;
    }
    for (id, folded) in texts {
        run(connection, DropWords, &[Bind::Int(*id), Bind::Text(folded)])?;
    }
    Ok(())
}

/// Drops a text that has no words.
pub(super) fn drop_text(connection: &mut Connection, id: i64) -> QueryResult<()> {
    run(connection, DropText, &[Bind::Int(id)])?;
    Ok(())
}

/// Drops facts and texts of a fingerprint whose occurrences are not stored. Returns the time of the latest of them.
pub(crate) async fn drop_stale(
    connection: &mut Connection,
    owner: Owner,
) -> Result<Option<i64>, Failure> {
    let binds = of_owner(&owner);
    let gone: Vec<i64> = rows(connection, DropStaleFacts, &binds)?;
    let stale: Vec<(i64, String)> = rows(connection, StaleTexts, &binds)?;
    drop_texts(connection, &stale.into_iter().collect())?;
    Ok(gone.into_iter().max())
}

/// Drops what is counted of an error's fingerprint. Returns type and culprit of its latest occurrence, and until when
/// there are occurrences that retention took out.
pub(crate) async fn clear(
    connection: &mut Connection,
    owner: Owner,
    error: ErrorId,
) -> Result<(Option<String>, Option<String>, Option<i64>), Failure> {
    let binds = of_owner(&owner);
    let place = rows(connection, LatestPlace, &binds)?.pop();
    let [project, print] = binds;
    let of_error = Bind::Blob(error.0.as_bytes());
    run(connection, UncountTags, &[of_error, print, project, print])?;
    run(connection, DropCells, &binds)?;
    run(connection, DropUsers, &binds)?;
    run(connection, DropFigures, &binds)?;
    Ok(place.unwrap_or_default())
}

/// Counts the kept values of a fingerprint's keys.
pub(crate) async fn recount_kept(connection: &mut Connection, owner: Owner) -> Result<(), Failure> {
    let [project, print] = of_owner(&owner);
    run(connection, RecountKept, &[project, print, project])?;
    Ok(())
}

/// Drops everything of a deleted fingerprint of an error.
pub(crate) fn drop_fingerprint(
    connection: &mut Connection,
    (project, error): (Uid, Uid),
    fingerprint: Uid,
) -> QueryResult<()> {
    let binds = [Bind::Blob(&project.0), Bind::Blob(&fingerprint.0)];
    let [own, print] = binds;
    let texts: Vec<(i64, String)> = rows(connection, AllTexts, &binds)?;
    drop_texts(connection, &texts.into_iter().collect())?;
    run(
        connection,
        UncountTags,
        &[Bind::Blob(&error.0), print, own, print],
    )?;
    run(connection, DropUnusedTags, &binds)?;
    run(connection, DropCells, &binds)?;
    run(connection, DropUsers, &binds)?;
    run(connection, DropFigures, &binds)?;
    run(connection, DropFacts, &binds)?;
    drop_roll_up(connection, project, fingerprint)
}
