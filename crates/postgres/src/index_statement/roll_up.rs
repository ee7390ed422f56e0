//! Roll-ups that the index keeps: days of receipt, releases. Joins tallies.

use super::columns;
use crate::driver::{Connection, Failure};
use crate::row::fingerprint_id;
use diesel::dsl::sql_query;
use diesel::sql_types::{Array, BigInt, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use faultbook_domain::search_index::{Named, Owner, ReleaseHour, RollUp};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

const ADD_DAYS: &str = "
INSERT INTO fingerprint_days AS d (project_id, fingerprint, day, count)
SELECT * FROM unnest($1, $2, $3, $4)
ON CONFLICT (project_id, fingerprint, day) DO UPDATE SET count = d.count + excluded.count";

/// Most batches change no release: rows that stay as they are, are left alone.
const ADD_RELEASES: &str = "
INSERT INTO fingerprint_releases AS r (project_id, fingerprint, seen_at, seen_id, seen_release,
  first_at, first_id, first_release, last_at, last_id, last_release)
SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (project_id, fingerprint) DO UPDATE SET
  (seen_at, seen_id, seen_release) = (SELECT at, id, release FROM (VALUES
    (r.seen_at, r.seen_id, r.seen_release),
    (excluded.seen_at, excluded.seen_id, excluded.seen_release)
  ) AS s (at, id, release) ORDER BY at, id LIMIT 1),
  (first_at, first_id, first_release) = (SELECT at, id, release FROM (VALUES
    (r.first_at, r.first_id, r.first_release),
    (excluded.first_at, excluded.first_id, excluded.first_release)
  ) AS s (at, id, release) ORDER BY at NULLS LAST, id LIMIT 1),
  (last_at, last_id, last_release) = (SELECT at, id, release FROM (VALUES
    (r.last_at, r.last_id, r.last_release),
    (excluded.last_at, excluded.last_id, excluded.last_release)
  ) AS s (at, id, release) ORDER BY at DESC NULLS LAST, id DESC LIMIT 1)
WHERE (excluded.seen_at, excluded.seen_id) < (r.seen_at, r.seen_id)
  OR excluded.first_at IS NOT NULL AND (r.first_at IS NULL
    OR (excluded.first_at, excluded.first_id) < (r.first_at, r.first_id)
    OR (excluded.last_at, excluded.last_id) > (r.last_at, r.last_id))";

const ADD_HOURS: &str = "
INSERT INTO fingerprint_release_hourly AS h (project_id, fingerprint, hour, release, source,
  environment, level, severity, count)
SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (project_id, fingerprint, hour, release, source, environment, level, severity)
  DO UPDATE SET count = h.count + excluded.count";

const ADD_PROJECT_HOURS: &str = "
INSERT INTO release_hourly AS h (project_id, hour, release, source, environment, level, severity,
  count)
SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (project_id, hour, release, source, environment, level, severity)
  DO UPDATE SET count = h.count + excluded.count";

/// Subtracts fingerprints' cells from their project's, and drops what roll-ups hold of them.
pub(super) const DROP_ROLL_UPS: [&str; 5] = [
    "UPDATE release_hourly p SET count = p.count - f.count FROM (
  SELECT hour, release, source, environment, level, severity, sum(count)::bigint AS count
  FROM fingerprint_release_hourly WHERE project_id = $1 AND fingerprint = ANY ($2)
  GROUP BY 1, 2, 3, 4, 5, 6
) f
WHERE p.project_id = $1 AND p.hour = f.hour AND p.release = f.release AND p.source = f.source
  AND p.environment = f.environment AND p.level = f.level AND p.severity = f.severity",
    "DELETE FROM release_hourly p WHERE p.project_id = $1 AND p.count <= 0 AND p.hour IN (
  SELECT hour FROM fingerprint_release_hourly WHERE project_id = $1 AND fingerprint = ANY ($2))",
    "DELETE FROM fingerprint_release_hourly WHERE project_id = $1 AND fingerprint = ANY ($2)",
    "DELETE FROM fingerprint_days WHERE project_id = $1 AND fingerprint = ANY ($2)",
    "DELETE FROM fingerprint_releases WHERE project_id = $1 AND fingerprint = ANY ($2)",
];

/// Joins changes of the tallies of projects that have many to one row a state. Skips those that another node joins.
const JOIN_TALLIES: &str = "
WITH gone AS (
  DELETE FROM error_tallies WHERE ctid = ANY (ARRAY (
    SELECT ctid FROM error_tallies
    WHERE project_id IN (
      SELECT project_id FROM error_tallies WHERE project_id = ANY ($1) GROUP BY project_id HAVING count(*) > 24
    )
    LIMIT 10000 FOR UPDATE SKIP LOCKED
  ))
  RETURNING *
)
INSERT INTO error_tallies (project_id, state, errors, occurrences, assigned, timed, resolution)
SELECT project_id, state, sum(errors)::bigint, sum(occurrences)::bigint, sum(assigned)::bigint, sum(timed)::bigint,
  sum(resolution)::bigint
FROM gone GROUP BY project_id, state";

/// Adds occurrences to roll-ups.
pub async fn add_roll_up(connection: &mut Connection, roll_up: &RollUp) -> Result<(), Failure> {
    add_days(connection, &roll_up.days).await?;
    add_releases(connection, roll_up).await?;
    if roll_up.hours.is_empty() {
        return Ok(());
    }
    let (projects, prints) = columns(roll_up.hours.keys().map(|(owner, _)| owner));
    let cells: Vec<&ReleaseHour> = roll_up.hours.keys().map(|(_, cell)| cell).collect();
    let counts: Vec<i64> = roll_up.hours.values().copied().collect();
    let [release, source, environment, level, severity] = texts(&cells);
    sql_query(ADD_HOURS)
        .bind::<Array<SqlUuid>, _>(projects)
        .bind::<Array<SqlUuid>, _>(prints)
        .bind::<Array<BigInt>, _>(hours(&cells))
        .bind::<Array<Text>, _>(release)
        .bind::<Array<Text>, _>(source)
        .bind::<Array<Text>, _>(environment)
        .bind::<Array<Text>, _>(level)
        .bind::<Array<Text>, _>(severity)
        .bind::<Array<BigInt>, _>(counts)
        .execute(connection)
        .await?;
    let mut of_projects: BTreeMap<(Uuid, &ReleaseHour), i64> = BTreeMap::new();
    for ((owner, cell), count) in &roll_up.hours {
        *of_projects.entry((owner.0.0, cell)).or_default() += count;
    }
    let (keys, counts): (Vec<(Uuid, &ReleaseHour)>, Vec<i64>) = of_projects.into_iter().unzip();
    let (projects, cells): (Vec<Uuid>, Vec<&ReleaseHour>) = keys.into_iter().unzip();
    let [release, source, environment, level, severity] = texts(&cells);
    sql_query(ADD_PROJECT_HOURS)
        .bind::<Array<SqlUuid>, _>(projects)
        .bind::<Array<BigInt>, _>(hours(&cells))
        .bind::<Array<Text>, _>(release)
        .bind::<Array<Text>, _>(source)
        .bind::<Array<Text>, _>(environment)
        .bind::<Array<Text>, _>(level)
        .bind::<Array<Text>, _>(severity)
        .bind::<Array<BigInt>, _>(counts)
        .execute(connection)
        .await?;
    Ok(())
}

fn hours(cells: &[&ReleaseHour]) -> Vec<i64> {
    cells.iter().map(|cell| cell.hour).collect()
}

/// Splits cells into columns: release, source, environment, level, severity.
fn texts<'a>(cells: &[&'a ReleaseHour]) -> [Vec<&'a str>; 5] {
    let of = |text: fn(&ReleaseHour) -> &String| -> Vec<&'a str> {
        cells.iter().map(|cell| text(cell).as_str()).collect()
    };
    [
        of(|cell| &cell.release),
        of(|cell| &cell.source),
        of(|cell| &cell.environment),
        of(|cell| &cell.level),
        of(|cell| &cell.severity),
    ]
}

/// Adds occurrences by day of receipt.
pub async fn add_days(
    connection: &mut Connection,
    days: &BTreeMap<(Owner, i64), i64>,
) -> Result<(), Failure> {
    let (projects, prints) = columns(days.keys().map(|(owner, _)| owner));
    sql_query(ADD_DAYS)
        .bind::<Array<SqlUuid>, _>(projects)
        .bind::<Array<SqlUuid>, _>(prints)
        .bind::<Array<BigInt>, _>(days.keys().map(|(_, day)| *day).collect::<Vec<_>>())
        .bind::<Array<BigInt>, _>(days.values().copied().collect::<Vec<_>>())
        .execute(connection)
        .await?;
    Ok(())
}

async fn add_releases(connection: &mut Connection, roll_up: &RollUp) -> Result<(), Failure> {
    let (projects, prints) = columns(roll_up.releases.keys());
    let sights: Vec<_> = roll_up.releases.values().collect();
    let firsts: Vec<Option<&Named>> = sights.iter().map(|sight| sight.first.as_ref()).collect();
    let lasts: Vec<Option<&Named>> = sights.iter().map(|sight| sight.last.as_ref()).collect();
    let times = |named: &[Option<&Named>]| -> Vec<Option<i64>> {
        named.iter().map(|one| one.map(|(at, ..)| *at)).collect()
    };
    let ids = |named: &[Option<&Named>]| -> Vec<Option<Uuid>> {
        named.iter().map(|one| one.map(|(_, id, _)| id.0)).collect()
    };
    let seen = sights.iter().map(|sight| &sight.seen);
    let seen_releases = seen.clone().map(|(.., release)| release.as_deref());
    sql_query(ADD_RELEASES)
        .bind::<Array<SqlUuid>, _>(projects)
        .bind::<Array<SqlUuid>, _>(prints)
        .bind::<Array<BigInt>, _>(seen.clone().map(|(at, ..)| *at).collect::<Vec<_>>())
        .bind::<Array<SqlUuid>, _>(seen.map(|(_, id, _)| id.0).collect::<Vec<_>>())
        .bind::<Array<Nullable<Text>>, _>(seen_releases.collect::<Vec<_>>())
        .bind::<Array<Nullable<BigInt>>, _>(times(&firsts))
        .bind::<Array<Nullable<SqlUuid>>, _>(ids(&firsts))
        .bind::<Array<Nullable<Text>>, _>(releases(&firsts))
        .bind::<Array<Nullable<BigInt>>, _>(times(&lasts))
        .bind::<Array<Nullable<SqlUuid>>, _>(ids(&lasts))
        .bind::<Array<Nullable<Text>>, _>(releases(&lasts))
        .execute(connection)
        .await?;
    Ok(())
}

fn releases<'a>(named: &[Option<&'a Named>]) -> Vec<Option<&'a str>> {
    let named = named.iter();
    named
        .map(|one| one.map(|(.., release)| release.as_str()))
        .collect()
}

/// Drops the days of a fingerprint that is counted again.
pub async fn drop_days(connection: &mut Connection, owner: Owner) -> Result<(), Failure> {
    sql_query("DELETE FROM fingerprint_days WHERE project_id = $1 AND fingerprint = $2")
        .bind::<SqlUuid, _>(owner.0.0)
        .bind::<SqlUuid, _>(fingerprint_id(owner.1))
        .execute(connection)
        .await?;
    Ok(())
}

/// Joins changes of tallies of the projects of fingerprints, where there are many.
pub async fn join_tallies(connection: &mut Connection, owners: &[Owner]) -> Result<(), Failure> {
    let projects: BTreeSet<Uuid> = owners.iter().map(|owner| owner.0.0).collect();
    sql_query(JOIN_TALLIES)
        .bind::<Array<SqlUuid>, _>(projects.into_iter().collect::<Vec<_>>())
        .execute(connection)
        .await?;
    Ok(())
}
