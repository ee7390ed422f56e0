//! Numbers tags, and counts them for fingerprints.

use super::{CountRow, OwnerRow, columns};
use crate::driver::{Connection, Failure};
use crate::row::fingerprint_id;
use crate::stores::TagNumbers;
use diesel::QueryableByName;
use diesel::dsl::sql_query;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use faultbook_domain::id::{ErrorId, ProjectId};
use faultbook_domain::search::fold;
use faultbook_domain::search_index::{Owner, Sight, TagCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use uuid::Uuid;

const NEW_TAGS: &str = "
INSERT INTO tag_values (project_id, key, value, folded)
SELECT n.project_id, n.key, n.value, n.folded FROM unnest($1, $2, $3, $4) AS n (project_id, key, value, folded)
WHERE NOT EXISTS (SELECT FROM tag_values v WHERE v.project_id = n.project_id AND v.key = n.key
  AND v.value IS NOT DISTINCT FROM n.value)
ON CONFLICT DO NOTHING";

/// The rows stay until the transaction ends: a tag that nothing counts may be deleted otherwise.
const VALUE_NUMBERS: &str = "
SELECT v.project_id, v.key, v.value, v.id
FROM unnest($1, $2, $3) AS n (project_id, key, value)
JOIN tag_values v ON v.project_id = n.project_id AND v.key = n.key AND v.value = n.value
ORDER BY v.id FOR SHARE OF v";

const KEY_NUMBERS: &str = "
SELECT v.project_id, v.key, v.value, v.id
FROM unnest($1, $2, $3) AS n (project_id, key, value)
JOIN tag_values v ON v.project_id = n.project_id AND v.key = n.key
WHERE n.value IS NULL AND v.value IS NULL
ORDER BY v.id FOR SHARE OF v";

const ADD_CELLS: &str = "
INSERT INTO fingerprint_tags AS t (project_id, fingerprint, tag_id, count, first_seen, last_seen)
SELECT * FROM unnest($1, $2, $3, $4, $5, $6)
ON CONFLICT (project_id, fingerprint, tag_id) DO UPDATE SET
  count = t.count + excluded.count, first_seen = least(t.first_seen, excluded.first_seen),
  last_seen = greatest(t.last_seen, excluded.last_seen)
RETURNING project_id, fingerprint, tag_id, xmax = 0 AS fresh";

const COUNT_TAGS: &str = "
UPDATE tag_values v SET count = v.count + n.count, errors = v.errors + n.errors
FROM unnest($1, $2, $3, $4) AS n (project_id, id, count, errors)
WHERE v.project_id = n.project_id AND v.id = n.id";

const SHARING: &str = "
SELECT count(*) AS count FROM error_fingerprints f
JOIN fingerprint_tags t ON t.project_id = f.project_id AND t.fingerprint = f.fingerprint
WHERE f.project_id = $1 AND f.error_id = $2 AND t.tag_id = $3";

const ADD_KEPT: &str = "
UPDATE fingerprint_tags t SET kept = t.kept + n.count
FROM unnest($1, $2, $3, $4) AS n (project_id, fingerprint, tag_id, count)
WHERE t.project_id = n.project_id AND t.fingerprint = n.fingerprint AND t.tag_id = n.tag_id";

/// Looks each up by itself: without figures of the tables, PostgreSQL would rather join a key's number to all fingerprints
/// that have it, which takes seconds for some thousand of them.
const KEPT: &str = "
SELECT n.project_id, n.fingerprint, n.key, found.kept
FROM unnest($1, $2, $3) AS n (project_id, fingerprint, key)
CROSS JOIN LATERAL (
  SELECT t.kept FROM tag_values v
  JOIN fingerprint_tags t ON t.project_id = v.project_id AND t.tag_id = v.id
  WHERE v.project_id = n.project_id AND v.key = n.key AND v.value IS NULL
    AND t.project_id = n.project_id AND t.fingerprint = n.fingerprint
  OFFSET 0
) found";

const IS_KEPT: &str = "
SELECT count(*) AS count FROM tag_values v
JOIN fingerprint_tags t ON t.project_id = v.project_id AND t.tag_id = v.id
WHERE v.project_id = $1 AND v.key = $2 AND v.value IS NOT DISTINCT FROM $3 AND t.fingerprint = $4";

#[derive(QueryableByName)]
struct NumberRow {
    #[diesel(sql_type = SqlUuid)]
    project_id: Uuid,
    #[diesel(sql_type = Text)]
    key: String,
    #[diesel(sql_type = Nullable<Text>)]
    value: Option<String>,
    #[diesel(sql_type = BigInt)]
    id: i64,
}

#[derive(QueryableByName)]
struct CellRow {
    #[diesel(embed)]
    owner: OwnerRow,
    #[diesel(sql_type = BigInt)]
    tag_id: i64,
    #[diesel(sql_type = Bool)]
    fresh: bool,
}

#[derive(QueryableByName)]
struct KeptRow {
    #[diesel(embed)]
    owner: OwnerRow,
    #[diesel(sql_type = Text)]
    key: String,
    #[diesel(sql_type = BigInt)]
    kept: i64,
}

/// Returns the numbers of tags, and gives new ones theirs.
pub async fn number_tags(
    connection: &mut Connection,
    names: &BTreeSet<(ProjectId, &str, Option<&str>)>,
) -> Result<TagNumbers, Failure> {
    let projects: Vec<Uuid> = names.iter().map(|(project, ..)| project.0).collect();
    let keys: Vec<&str> = names.iter().map(|(_, key, _)| *key).collect();
    let values: Vec<Option<&str>> = names.iter().map(|(.., value)| *value).collect();
    let folded: Vec<Option<String>> = values.iter().map(|value| value.map(fold)).collect();
    loop {
        sql_query(NEW_TAGS)
            .bind::<Array<SqlUuid>, _>(&projects)
            .bind::<Array<Text>, _>(&keys)
            .bind::<Array<Nullable<Text>>, _>(&values)
            .bind::<Array<Nullable<Text>>, _>(&folded)
            .execute(connection)
            .await?;
        let mut numbers = TagNumbers::with_capacity(names.len());
        for statement in [VALUE_NUMBERS, KEY_NUMBERS] {
            let rows: Vec<NumberRow> = sql_query(statement)
                .bind::<Array<SqlUuid>, _>(&projects)
                .bind::<Array<Text>, _>(&keys)
                .bind::<Array<Nullable<Text>>, _>(&values)
                .load(connection)
                .await?;
            numbers.extend(
                rows.into_iter()
                    .map(|row| ((ProjectId(row.project_id), row.key, row.value), row.id)),
            );
        }
        // A tag that was deleted between both statements is numbered anew.
        if numbers.len() == names.len() {
            return Ok(numbers);
        }
    }
}

/// Counts tags of fingerprints. Returns those that the fingerprint did not have.
pub async fn add_cells(
    connection: &mut Connection,
    cells: &[(Owner, i64, Sight)],
) -> Result<Vec<(Owner, i64)>, Failure> {
    let (projects, prints) = columns(cells.iter().map(|(owner, ..)| owner));
    let numbers: Vec<i64> = cells.iter().map(|(_, number, _)| *number).collect();
    let counts: Vec<i64> = cells.iter().map(|(.., sight)| sight.count).collect();
    let rows: Vec<CellRow> = sql_query(ADD_CELLS)
        .bind::<Array<SqlUuid>, _>(projects)
        .bind::<Array<SqlUuid>, _>(prints)
        .bind::<Array<BigInt>, _>(numbers)
        .bind::<Array<BigInt>, _>(counts)
        .bind::<Array<BigInt>, _>(
            cells
                .iter()
                .map(|(.., sight)| sight.first)
                .collect::<Vec<_>>(),
        )
        .bind::<Array<BigInt>, _>(
            cells
                .iter()
                .map(|(.., sight)| sight.last)
                .collect::<Vec<_>>(),
        )
        .load(connection)
        .await?;
    let fresh = rows.iter().filter(|row| row.fresh);
    Ok(fresh.map(|row| (row.owner.owner(), row.tag_id)).collect())
}

/// Counts occurrences and errors that have tags.
pub async fn count_tags(
    connection: &mut Connection,
    counts: &BTreeMap<(ProjectId, i64), (i64, i64)>,
) -> Result<(), Failure> {
    let (projects, numbers): (Vec<Uuid>, Vec<i64>) = counts
        .keys()
        .map(|(project, number)| (project.0, *number))
        .unzip();
    let (occurrences, errors): (Vec<i64>, Vec<i64>) = counts.values().copied().unzip();
    sql_query(COUNT_TAGS)
        .bind::<Array<SqlUuid>, _>(projects)
        .bind::<Array<BigInt>, _>(numbers)
        .bind::<Array<BigInt>, _>(occurrences)
        .bind::<Array<BigInt>, _>(errors)
        .execute(connection)
        .await?;
    Ok(())
}

/// Returns how many fingerprints of an error have a tag.
pub async fn sharing(
    connection: &mut Connection,
    (project, error): (ProjectId, ErrorId),
    number: i64,
) -> Result<i64, Failure> {
    let found: CountRow = sql_query(SHARING)
        .bind::<SqlUuid, _>(project.0)
        .bind::<SqlUuid, _>(error.0)
        .bind::<BigInt, _>(number)
        .get_result(connection)
        .await?;
    Ok(found.count)
}

/// Counts values of keys.
pub async fn add_kept(
    connection: &mut Connection,
    kept: &BTreeMap<(Owner, i64), i64>,
) -> Result<(), Failure> {
    let (projects, prints) = columns(kept.keys().map(|(owner, _)| owner));
    sql_query(ADD_KEPT)
        .bind::<Array<SqlUuid>, _>(projects)
        .bind::<Array<SqlUuid>, _>(prints)
        .bind::<Array<BigInt>, _>(kept.keys().map(|(_, number)| *number).collect::<Vec<_>>())
        .bind::<Array<BigInt>, _>(kept.values().copied().collect::<Vec<_>>())
        .execute(connection)
        .await?;
    Ok(())
}

/// Returns how many values of keys are kept.
pub async fn kept(
    connection: &mut Connection,
    keys: impl Iterator<Item = (Owner, &str)>,
) -> Result<HashMap<(Owner, String), i64>, Failure> {
    let (owners, keys): (Vec<Owner>, Vec<&str>) = keys.unzip();
    let (projects, prints) = columns(owners.iter());
    let rows: Vec<KeptRow> = sql_query(KEPT)
        .bind::<Array<SqlUuid>, _>(projects)
        .bind::<Array<SqlUuid>, _>(prints)
        .bind::<Array<Text>, _>(keys)
        .load(connection)
        .await?;
    let kept = rows.into_iter();
    Ok(kept
        .map(|row| ((row.owner.owner(), row.key), row.kept))
        .collect())
}

/// Returns whether the fingerprint has the tag.
pub async fn is_kept(
    connection: &mut Connection,
    (owner, key, value): &TagCell,
) -> Result<bool, Failure> {
    let found: CountRow = sql_query(IS_KEPT)
        .bind::<SqlUuid, _>(owner.0.0)
        .bind::<Text, _>(key)
        .bind::<Nullable<Text>, _>(value.as_deref())
        .bind::<SqlUuid, _>(fingerprint_id(owner.1))
        .get_result(connection)
        .await?;
    Ok(found.count > 0)
}
