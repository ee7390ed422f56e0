//! Drops what is indexed of deleted occurrences and fingerprints.

use super::roll_up::DROP_ROLL_UPS;
use crate::driver::{Connection, Failure};
use crate::row::fingerprint_id;
use diesel::QueryableByName;
use diesel::dsl::sql_query;
use diesel::sql_types::{Array, BigInt, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use faultbook_domain::id::ErrorId;
use faultbook_domain::search_index::Owner;
use uuid::Uuid;

const LATEST_PLACE: &str = "
SELECT exception_type, culprit, gone_until FROM fingerprint_figures WHERE project_id = $1 AND fingerprint = $2";

const DROP_STALE_FACTS: &str = "
DELETE FROM occurrence_facts f WHERE f.project_id = $1 AND f.fingerprint = $2 AND NOT EXISTS (
  SELECT FROM occurrences o WHERE o.project_id = f.project_id AND o.id = f.id)
RETURNING f.timestamp";

const DROP_STALE_TEXTS: &str = "
DELETE FROM fingerprint_texts t WHERE t.project_id = $1 AND t.fingerprint = $2 AND NOT EXISTS (
  SELECT FROM occurrences o WHERE o.project_id = t.project_id AND o.id = t.seen_id)";

/// $3 are the errors of the fingerprints in $2. One that has the tag by another fingerprint keeps it.
const UNCOUNT_TAGS: &str = "
UPDATE tag_values v SET count = v.count - t.count, errors = v.errors - t.errors
FROM (
  SELECT t.tag_id, sum(t.count)::bigint AS count, count(DISTINCT o.error_id) FILTER (WHERE NOT EXISTS (
      SELECT FROM error_fingerprints f
      JOIN fingerprint_tags s ON s.project_id = f.project_id AND s.fingerprint = f.fingerprint
      WHERE f.project_id = $1 AND f.error_id = o.error_id AND f.fingerprint <> ALL ($2) AND s.tag_id = t.tag_id
    )) AS errors
  FROM unnest($2, $3) AS o (fingerprint, error_id)
  JOIN fingerprint_tags t ON t.project_id = $1 AND t.fingerprint = o.fingerprint
  GROUP BY t.tag_id
) t
WHERE v.project_id = $1 AND v.id = t.tag_id";

const DROP_UNUSED_TAGS: &str = "
DELETE FROM tag_values v WHERE v.project_id = $1 AND v.count <= 0 AND v.id IN (
  SELECT tag_id FROM fingerprint_tags WHERE project_id = $1 AND fingerprint = ANY ($2))";

const RECOUNT_KEPT: &str = "
UPDATE fingerprint_tags t SET kept = n.kept
FROM (
  SELECT k.id, count(*) AS kept
  FROM fingerprint_tags t
  JOIN tag_values v ON v.project_id = t.project_id AND v.id = t.tag_id AND v.value IS NOT NULL
  JOIN tag_values k ON k.project_id = v.project_id AND k.key = v.key AND k.value IS NULL
  WHERE t.project_id = $1 AND t.fingerprint = $2
  GROUP BY k.id
) n
WHERE t.project_id = $1 AND t.fingerprint = $2 AND t.tag_id = n.id";

/// Drops facts and texts of a fingerprint whose occurrences are not stored. Returns the time of the latest of them.
pub async fn drop_stale(connection: &mut Connection, owner: Owner) -> Result<Option<i64>, Failure> {
    let print = fingerprint_id(owner.1);
    let gone: Vec<TimeRow> = sql_query(DROP_STALE_FACTS)
        .bind::<SqlUuid, _>(owner.0.0)
        .bind::<SqlUuid, _>(print)
        .load(connection)
        .await?;
    sql_query(DROP_STALE_TEXTS)
        .bind::<SqlUuid, _>(owner.0.0)
        .bind::<SqlUuid, _>(print)
        .execute(connection)
        .await?;
    Ok(gone.into_iter().map(|row| row.timestamp).max())
}

#[derive(QueryableByName)]
struct TimeRow {
    #[diesel(sql_type = BigInt)]
    timestamp: i64,
}

#[derive(QueryableByName)]
struct PlaceRow {
    #[diesel(sql_type = Nullable<Text>)]
    exception_type: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    culprit: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    gone_until: Option<i64>,
}

/// Drops what is counted of an error's fingerprint. Returns type and culprit of its latest occurrence, and until when
/// there are occurrences that retention took out.
pub async fn clear(
    connection: &mut Connection,
    owner: Owner,
    error: ErrorId,
) -> Result<(Option<String>, Option<String>, Option<i64>), Failure> {
    let print = fingerprint_id(owner.1);
    let mut places: Vec<PlaceRow> = sql_query(LATEST_PLACE)
        .bind::<SqlUuid, _>(owner.0.0)
        .bind::<SqlUuid, _>(print)
        .load(connection)
        .await?;
    uncount_tags(connection, owner.0.0, (&[print], &[error.0])).await?;
    run_each(connection, DROP_COUNTED.into_iter(), owner.0.0, &[print]).await?;
    let place = places
        .pop()
        .map(|row| (row.exception_type, row.culprit, row.gone_until));
    Ok(place.unwrap_or_default())
}

const DROP_COUNTED: [&str; 3] = [
    "DELETE FROM fingerprint_tags WHERE project_id = $1 AND fingerprint = ANY ($2)",
    "DELETE FROM fingerprint_users WHERE project_id = $1 AND fingerprint = ANY ($2)",
    "DELETE FROM fingerprint_figures WHERE project_id = $1 AND fingerprint = ANY ($2)",
];

const DROP_FACTS: [&str; 2] = [
    "DELETE FROM occurrence_facts WHERE project_id = $1 AND fingerprint = ANY ($2)",
    "DELETE FROM fingerprint_texts WHERE project_id = $1 AND fingerprint = ANY ($2)",
];

async fn uncount_tags(
    connection: &mut Connection,
    project: Uuid,
    (prints, errors): (&[Uuid], &[Uuid]),
) -> Result<(), Failure> {
    sql_query(UNCOUNT_TAGS)
        .bind::<SqlUuid, _>(project)
        .bind::<Array<SqlUuid>, _>(prints)
        .bind::<Array<SqlUuid>, _>(errors)
        .execute(connection)
        .await?;
    Ok(())
}

async fn run_each(
    connection: &mut Connection,
    statements: impl Iterator<Item = &'static str>,
    project: Uuid,
    prints: &[Uuid],
) -> Result<(), Failure> {
    for statement in statements {
        sql_query(statement)
            .bind::<SqlUuid, _>(project)
            .bind::<Array<SqlUuid>, _>(prints)
            .execute(connection)
            .await?;
    }
    Ok(())
}

/// Counts the kept values of a fingerprint's keys.
pub async fn recount_kept(connection: &mut Connection, owner: Owner) -> Result<(), Failure> {
    sql_query(RECOUNT_KEPT)
        .bind::<SqlUuid, _>(owner.0.0)
        .bind::<SqlUuid, _>(fingerprint_id(owner.1))
        .execute(connection)
        .await?;
    Ok(())
}

/// Drops everything of deleted fingerprints, each with its error.
pub async fn drop_fingerprints(
    connection: &mut Connection,
    project: Uuid,
    (prints, errors): (&[Uuid], &[Uuid]),
) -> Result<(), Failure> {
    uncount_tags(connection, project, (prints, errors)).await?;
    let statements = [DROP_UNUSED_TAGS]
        .into_iter()
        .chain(DROP_COUNTED)
        .chain(DROP_FACTS)
        .chain(DROP_ROLL_UPS);
    run_each(connection, statements, project, prints).await
}
