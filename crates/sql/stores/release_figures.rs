//! Counts what the releases of a project did.

use crate::driver::{Connection, Failure, RunQueryDsl};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Text};
use faultbook_domain::id::ProjectId;
use faultbook_domain::releases::{ReleaseFigures, Version};
use faultbook_sql::types::{DbId, DbTime, Id, Instant};
use std::collections::HashMap;
use time::OffsetDateTime;

const TIMES: &str = "
SELECT release AS version, min(timestamp) AS first_seen, max(timestamp) AS last_seen
FROM occurrences WHERE project_id = $1 AND release IS NOT NULL
GROUP BY release";

const OCCURRENCES: &str = "
SELECT o.release AS version, count(*) AS occurrences, count(DISTINCT f.error_id) AS errors,
  count(DISTINCT o.user_key) AS users
FROM occurrences o
LEFT JOIN error_fingerprints f ON f.project_id = o.project_id AND f.fingerprint = o.fingerprint
WHERE o.project_id = $1 AND o.release IS NOT NULL
GROUP BY o.release";

const NEW_ERRORS: &str = "
SELECT release AS version, count(*) AS count FROM (
  SELECT o.release, row_number() OVER (PARTITION BY f.error_id ORDER BY o.timestamp, o.id) AS place
  FROM occurrences o
  JOIN error_fingerprints f ON f.project_id = o.project_id AND f.fingerprint = o.fingerprint
  WHERE o.project_id = $1
) numbered
WHERE place = 1 AND release IS NOT NULL
GROUP BY release";

/// The detail of a regression is the release that caused it.
const REGRESSIONS: &str = "
SELECT detail AS version, count(*) AS count FROM error_activity
WHERE project_id = $1 AND kind = 'regressed' AND detail IS NOT NULL
GROUP BY detail";

#[derive(QueryableByName)]
struct TimesRow {
    #[diesel(sql_type = Text)]
    version: String,
    #[diesel(sql_type = Instant)]
    first_seen: DbTime,
    #[diesel(sql_type = Instant)]
    last_seen: DbTime,
}

#[derive(QueryableByName)]
struct OccurrencesRow {
    #[diesel(sql_type = Text)]
    version: String,
    #[diesel(sql_type = BigInt)]
    occurrences: i64,
    #[diesel(sql_type = BigInt)]
    errors: i64,
    #[diesel(sql_type = BigInt)]
    users: i64,
}

#[derive(QueryableByName)]
struct CountRow {
    #[diesel(sql_type = Text)]
    version: String,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Returns the times of the earliest and the latest occurrence of each release of a project.
pub(super) async fn times_of(
    connection: &mut Connection,
    project: ProjectId,
) -> Result<HashMap<String, (OffsetDateTime, OffsetDateTime)>, Failure> {
    let rows: Vec<TimesRow> = sql_query(TIMES)
        .bind::<Id, _>(DbId(project.0))
        .load(connection)
        .await?;
    let times = rows.into_iter();
    Ok(times
        .map(|row| (row.version, (row.first_seen.0, row.last_seen.0)))
        .collect())
}

/// Counts what each release of a project did. Releases that did nothing are left out.
pub(super) async fn figures_of(
    connection: &mut Connection,
    project: ProjectId,
) -> Result<HashMap<String, ReleaseFigures>, Failure> {
    let mut figures: HashMap<String, ReleaseFigures> = HashMap::new();
    let rows: Vec<OccurrencesRow> = sql_query(OCCURRENCES)
        .bind::<Id, _>(DbId(project.0))
        .load(connection)
        .await?;
    for row in rows {
        let one = entry(&mut figures, project, row.version);
        one.occurrences = row.occurrences.unsigned_abs();
        one.errors = row.errors.unsigned_abs();
        one.users = row.users.unsigned_abs();
    }
    for row in counts(connection, project, NEW_ERRORS).await? {
        entry(&mut figures, project, row.version).new_errors = row.count.unsigned_abs();
    }
    for row in counts(connection, project, REGRESSIONS).await? {
        entry(&mut figures, project, row.version).regressions = row.count.unsigned_abs();
    }
    Ok(figures)
}

async fn counts(
    connection: &mut Connection,
    project: ProjectId,
    statement: &'static str,
) -> Result<Vec<CountRow>, Failure> {
    Ok(sql_query(statement)
        .bind::<Id, _>(DbId(project.0))
        .load(connection)
        .await?)
}

fn entry(
    figures: &mut HashMap<String, ReleaseFigures>,
    project: ProjectId,
    version: String,
) -> &mut ReleaseFigures {
    let stored = Version::from_stored(version.clone());
    let none = || ReleaseFigures::none(project, stored);
    figures.entry(version).or_insert_with(none)
}
