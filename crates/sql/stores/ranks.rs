//! What errors are listed by, kept beside their rows: written by the indexer and by whoever moves fingerprints, so that
//! recording changes no index of it.

use super::error_search::OWN_USERS;
use super::sql_text::{Bound, Sql};
use crate::driver::{Connection, Failure, RunQueryDsl};
use diesel::sql_query;
use diesel::sql_types::BigInt;
use faultbook_sql::types::{DbId, Id};
use std::collections::BTreeSet;

/// Errors of one statement.
const CHUNK: usize = 100;

/// Changes by $1 how many errors have a tag where the errors $3 and $4 both have it. Places are in order of appearance,
/// as SQLite numbers them.
const SHARED_TAGS: &str = "
UPDATE tag_values SET errors = errors + $1 WHERE project_id = $2 AND id IN (
  SELECT t.tag_id FROM error_fingerprints f
  JOIN fingerprint_tags t ON t.project_id = f.project_id AND t.fingerprint = f.fingerprint
  WHERE f.project_id = $2 AND f.error_id = $3
  INTERSECT
  SELECT t.tag_id FROM error_fingerprints f
  JOIN fingerprint_tags t ON t.project_id = f.project_id AND t.fingerprint = f.fingerprint
  WHERE f.project_id = $2 AND f.error_id = $4
)";

/// The rank by trend of an error whose fingerprints are summed up in `s`: see
/// [`TrendSpans`](faultbook_domain::errors::TrendSpans).
pub(super) const TREND: &str = "7000000000 * (s.recent + 1) / (s.before + 7)";

/// Writes the ranks of errors, by project and id, as their rows and the index are now.
pub(crate) async fn refresh(
    connection: &mut Connection,
    errors: &BTreeSet<(DbId, DbId)>,
) -> Result<(), Failure> {
    let errors: Vec<(DbId, DbId)> = errors.iter().copied().collect();
    for chunk in errors.chunks(CHUNK) {
        let projects: BTreeSet<DbId> = chunk.iter().map(|(project, _)| *project).collect();
        let mut sql = Sql::of(&format!(
            "INSERT INTO error_ranks (project_id, error_id, count, users, trend) \
             SELECT e.project_id, e.id, e.count, {OWN_USERS}, {TREND} FROM ( \
             SELECT f.project_id, f.error_id, CAST(coalesce(sum(g.recent), 0) AS BIGINT) AS recent, \
             CAST(coalesce(sum(g.before), 0) AS BIGINT) AS before FROM error_fingerprints f \
             LEFT JOIN fingerprint_figures g ON g.project_id = f.project_id AND g.fingerprint = f.fingerprint \
             WHERE f.project_id IN "
        ));
        sql.list(projects.into_iter().map(Bound::Id));
        sql.push(" AND f.error_id IN ");
        sql.list(chunk.iter().map(|(_, id)| Bound::Id(*id)));
        sql.push(
            " GROUP BY f.project_id, f.error_id) s \
             JOIN errors e ON e.project_id = s.project_id AND e.id = s.error_id \
             WHERE 1 = 1 ORDER BY e.project_id, e.id \
             ON CONFLICT (project_id, error_id) DO UPDATE \
             SET count = excluded.count, users = excluded.users, trend = excluded.trend \
             WHERE error_ranks.count <> excluded.count OR error_ranks.users <> excluded.users \
             OR error_ranks.trend <> excluded.trend",
        );
        sql.into_query().execute(connection).await?;
    }
    Ok(())
}

/// Adds `by` to how many errors have a tag, for each tag that both of two errors have: before the one is merged into the
/// other, or after it was split off.
pub(crate) async fn count_shared_tags(
    connection: &mut Connection,
    project: DbId,
    (one, other): (DbId, DbId),
    by: i64,
) -> Result<(), Failure> {
    sql_query(SHARED_TAGS)
        .bind::<BigInt, _>(by)
        .bind::<Id, _>(project)
        .bind::<Id, _>(one)
        .bind::<Id, _>(other)
        .execute(connection)
        .await?;
    Ok(())
}
