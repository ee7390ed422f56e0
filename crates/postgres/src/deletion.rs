//! Deletes errors with all their data.

use crate::failure::Failure;
use crate::index_statement::drop_fingerprints;
use crate::schema::{error_fingerprints, error_hourly, errors};
use crate::session::Session;
use crate::stores::belongings;
use diesel::ExpressionMethods;
use diesel::dsl::sql_query;
use diesel::sql_types::{Array, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use faultbook_sql::types::DbId;
use uuid::Uuid;

/// Deletes occurrences with their event ids.
const DELETE_OCCURRENCES: &str = "
WITH gone AS (
  DELETE FROM occurrences WHERE project_id = $1 AND fingerprint = ANY ($2)
  RETURNING project_id, id, event_id
)
DELETE FROM event_ids e USING gone
WHERE gone.event_id <> gone.id AND e.project_id = gone.project_id AND e.event_id = gone.event_id";

/// After the occurrences and event ids: an entry that was added meanwhile held its event, and is seen here.
const DELETE_FEEDBACK: &str = "
DELETE FROM feedback WHERE project_id = $1 AND fingerprint = ANY ($2)";

/// Locks the cells of the project's roll-up in key order, as recording does.
const SUBTRACT: &str = "
WITH cells AS MATERIALIZED (
  SELECT project_id, hour, source, environment, level, severity, sum(count)::bigint AS count
  FROM error_hourly WHERE project_id = $1 AND fingerprint = ANY ($2)
  GROUP BY project_id, hour, source, environment, level, severity
), locked AS MATERIALIZED (
  SELECT p.project_id, p.hour, p.source, p.environment, p.level, p.severity, cells.count
  FROM project_hourly p JOIN cells USING (project_id, hour, source, environment, level, severity)
  ORDER BY p.project_id, p.hour, p.source COLLATE \"C\", p.environment COLLATE \"C\",
    array_position(ARRAY['debug', 'info', 'warning', 'error'], p.level),
    array_position(ARRAY['low', 'medium', 'high', 'critical'], p.severity)
  FOR UPDATE OF p
)
UPDATE project_hourly p SET count = p.count - locked.count FROM locked
WHERE (p.project_id, p.hour, p.source, p.environment, p.level, p.severity)
  = (locked.project_id, locked.hour, locked.source, locked.environment, locked.level,
    locked.severity)";

const DELETE_EMPTY: &str = "
DELETE FROM project_hourly p USING error_hourly h
WHERE h.project_id = $1 AND h.fingerprint = ANY ($2) AND p.count <= 0
  AND (p.project_id, p.hour, p.source, p.environment, p.level, p.severity)
    = (h.project_id, h.hour, h.source, h.environment, h.level, h.severity)";

impl Session {
    /// Deletes errors of one project, whose rows must be locked: recording for them waits until this transaction
    /// ends, and then creates new errors.
    pub async fn delete_errors(&mut self, project: Uuid, ids: &[Uuid]) -> Result<(), Failure> {
        let owned: Vec<(Uuid, Uuid)> = diesel::delete(error_fingerprints::table)
            .filter(error_fingerprints::project_id.eq(project))
            .filter(error_fingerprints::error_id.eq_any(ids))
            .returning((
                error_fingerprints::fingerprint,
                error_fingerprints::error_id,
            ))
            .get_results(&mut **self)
            .await?;
        let (fingerprints, owners): (Vec<Uuid>, Vec<Uuid>) = owned.into_iter().unzip();
        for step in [DELETE_OCCURRENCES, DELETE_FEEDBACK, SUBTRACT, DELETE_EMPTY] {
            sql_query(step)
                .bind::<SqlUuid, _>(project)
                .bind::<Array<SqlUuid>, _>(&fingerprints)
                .execute(&mut **self)
                .await?;
        }
        drop_fingerprints(&mut *self, project, (&fingerprints, &owners)).await?;
        sql_query("DELETE FROM ignored_hourly WHERE project_id = $1 AND fingerprint = ANY ($2)")
            .bind::<SqlUuid, _>(project)
            .bind::<Array<SqlUuid>, _>(&fingerprints)
            .execute(&mut **self)
            .await?;
        diesel::delete(error_hourly::table)
            .filter(error_hourly::project_id.eq(project))
            .filter(error_hourly::fingerprint.eq_any(&fingerprints))
            .execute(&mut **self)
            .await?;
        let (project_id, errors): (DbId, Vec<DbId>) =
            (DbId(project), ids.iter().copied().map(DbId).collect());
        belongings::delete(self, project_id, &errors).await?;
        diesel::delete(errors::table)
            .filter(errors::project_id.eq(project))
            .filter(errors::id.eq_any(ids))
            .execute(&mut **self)
            .await?;
        Ok(())
    }
}
