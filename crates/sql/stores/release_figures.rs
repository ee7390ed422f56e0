//! Counts what releases of a project did, out of the search index: an occurrence's release is its tag `release`.

use crate::dialect;
use crate::driver::{Backend, Connection, Failure, RunQueryDsl};
use diesel::QueryableByName;
use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::sql_query;
use diesel::sql_types::{BigInt, Nullable, Text};
use faultbook_domain::id::ProjectId;
use faultbook_domain::instant::from_micros;
use faultbook_domain::releases::{ReleaseFigures, Version};
use faultbook_sql::types::{DbId, Id};
use std::collections::HashMap;
use time::OffsetDateTime;

/// Selects the times of all releases of a project, or of one.
const TIMES: &str = "
SELECT v.value AS version, min(t.first_seen) AS first_seen, max(t.last_seen) AS last_seen
FROM tag_values v
JOIN fingerprint_tags t ON t.project_id = v.project_id AND t.tag_id = v.id
WHERE v.project_id = $1 AND v.key = 'release' AND v.value = coalesce($2, v.value)
GROUP BY v.value";

const OCCURRENCES: &str = "
SELECT v.value AS version, CAST(sum(t.count) AS BIGINT) AS occurrences,
  count(DISTINCT f.error_id) AS errors
FROM tag_values v
JOIN fingerprint_tags t ON t.project_id = v.project_id AND t.tag_id = v.id
JOIN error_fingerprints f ON f.project_id = t.project_id AND f.fingerprint = t.fingerprint
WHERE v.project_id = $1 AND v.key = 'release' AND v.value IN (?*)
GROUP BY v.value";

/// Selects releases and how many errors have their earliest occurrence in each: an error's earliest time of the
/// release is that of the error, and of the occurrences of that time the first is of the release.
const NEW_ERRORS: &str = "
SELECT own.version, count(*) AS count FROM (
  SELECT v.value AS version, v.id, f.error_id, min(t.first_seen) AS first_seen
  FROM tag_values v
  JOIN fingerprint_tags t ON t.project_id = v.project_id AND t.tag_id = v.id
  JOIN error_fingerprints f ON f.project_id = t.project_id AND f.fingerprint = t.fingerprint
  WHERE v.project_id = $1 AND v.key = 'release' AND v.value IN (?*)
  GROUP BY v.value, v.id, f.error_id
) own
WHERE own.first_seen = (
    SELECT min(g.first_seen) FROM error_fingerprints f
    JOIN fingerprint_figures g ON g.project_id = f.project_id AND g.fingerprint = f.fingerprint
    WHERE f.project_id = $1 AND f.error_id = own.error_id
  )
  AND own.id IN (
    SELECT v.id FROM (
      SELECT x.tags FROM error_fingerprints f
      JOIN occurrence_facts x ON x.project_id = f.project_id AND x.fingerprint = f.fingerprint
      WHERE f.project_id = $1 AND f.error_id = own.error_id AND x.timestamp = own.first_seen
      ORDER BY x.id LIMIT 1
    ) x
    JOIN tag_values v ON v.id = own.id AND v.project_id = $1
    WHERE {HAS_TAG}
  )
GROUP BY own.version";

const USERS: &str = "
SELECT v.value AS version, count(DISTINCT x.user_key) AS count
FROM tag_values v
JOIN fingerprint_tags t ON t.project_id = v.project_id AND t.tag_id = v.id
JOIN occurrence_facts x ON x.project_id = t.project_id AND x.fingerprint = t.fingerprint
  AND x.timestamp BETWEEN t.first_seen AND t.last_seen
WHERE v.project_id = $1 AND v.key = 'release' AND v.value IN (?*) AND {HAS_TAG}
GROUP BY v.value";

/// The detail of a regression is the release that caused it.
const REGRESSIONS: &str = "
SELECT detail AS version, count(*) AS count FROM error_activity
WHERE project_id = $1 AND kind = 'regressed' AND detail IN (?*)
GROUP BY detail";

#[derive(QueryableByName)]
struct TimesRow {
    #[diesel(sql_type = Text)]
    version: String,
    #[diesel(sql_type = BigInt)]
    first_seen: i64,
    #[diesel(sql_type = BigInt)]
    last_seen: i64,
}

#[derive(QueryableByName)]
struct OccurrencesRow {
    #[diesel(sql_type = Text)]
    version: String,
    #[diesel(sql_type = BigInt)]
    occurrences: i64,
    #[diesel(sql_type = BigInt)]
    errors: i64,
}

#[derive(QueryableByName)]
struct CountRow {
    #[diesel(sql_type = Text)]
    version: String,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Times of the earliest and the latest occurrence of releases, by version.
pub(super) type Times = HashMap<String, (OffsetDateTime, OffsetDateTime)>;

/// Returns the times of all releases of a project, or of `only` one.
pub(super) async fn times_of(
    connection: &mut Connection,
    project: DbId,
    only: Option<&str>,
) -> Result<Times, Failure> {
    let rows: Vec<TimesRow> = sql_query(TIMES)
        .bind::<Id, _>(project)
        .bind::<Nullable<Text>, _>(only)
        .load(connection)
        .await?;
    let times = rows.into_iter().map(|row| {
        let seen = (from_micros(row.first_seen), from_micros(row.last_seen));
        (row.version, seen)
    });
    Ok(times.collect())
}

/// Counts what releases of a project did, in their order.
pub(super) async fn figures_of(
    connection: &mut Connection,
    project: ProjectId,
    versions: &[Version],
) -> Result<Vec<ReleaseFigures>, Failure> {
    let none = |version: &Version| ReleaseFigures::none(project, version.clone());
    let mut figures: Vec<ReleaseFigures> = versions.iter().map(none).collect();
    if versions.is_empty() {
        return Ok(figures);
    }
    let places: HashMap<&str, usize> = versions.iter().map(Version::as_str).zip(0..).collect();
    let query = over(OCCURRENCES, project, versions);
    let rows: Vec<OccurrencesRow> = query.load(connection).await?;
    for row in rows {
        if let Some(place) = places.get(row.version.as_str()) {
            figures[*place].occurrences = row.occurrences.unsigned_abs();
            figures[*place].errors = row.errors.unsigned_abs();
        }
    }
    type Field = fn(&mut ReleaseFigures) -> &mut u64;
    let counts: [(&str, Field); 3] = [
        (NEW_ERRORS, |one| &mut one.new_errors),
        (USERS, |one| &mut one.users),
        (REGRESSIONS, |one| &mut one.regressions),
    ];
    for (statement, field) in counts {
        let query = over(statement, project, versions);
        let rows: Vec<CountRow> = query.load(connection).await?;
        for row in rows {
            if let Some(place) = places.get(row.version.as_str()) {
                *field(&mut figures[*place]) = row.count.unsigned_abs();
            }
        }
    }
    Ok(figures)
}

/// Returns a statement about versions of a project, which is its first value.
fn over(
    statement: &str,
    project: ProjectId,
    versions: &[Version],
) -> BoxedSqlQuery<'static, Backend, SqlQuery> {
    let places: Vec<String> = (2..)
        .take(versions.len())
        .map(|n| format!("${n}"))
        .collect();
    let text = statement.replace("?*", &places.join(", "));
    let text = text.replace("{HAS_TAG}", dialect::HAS_TAG);
    let query = sql_query(text).into_boxed().bind::<Id, _>(DbId(project.0));
    versions.iter().fold(query, |query, version| {
        query.bind::<Text, _>(version.to_string())
    })
}
