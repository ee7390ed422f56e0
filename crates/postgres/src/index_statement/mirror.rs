//! What is kept beside the index: errors of fingerprints, and whether something waits.

use super::{CountRow, OwnerRow, columns};
use crate::driver::{Connection, Failure};
use crate::stores::OwningError;
use diesel::QueryableByName;
use diesel::dsl::sql_query;
use diesel::sql_types::{Array, Bool, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use faultbook_domain::id::ErrorId;
use faultbook_domain::search_index::Owner;
use std::collections::HashMap;
use uuid::Uuid;

/// One transaction at a time adds to the index, so that what it finds of an error's other fingerprints stays so.
const HOLD_INDEX: &str = "SELECT pg_advisory_xact_lock(hashtextextended('faultbook index', 0))";

/// After the rows are locked, in a statement of its own, so that it sees what whoever held them before left.
const ERRORS_OF: &str = "
SELECT f.project_id, f.fingerprint, f.error_id, EXISTS (
    SELECT FROM error_fingerprints s WHERE s.project_id = f.project_id AND s.error_id = f.error_id
      AND s.fingerprint <> f.fingerprint
  ) AS shared
FROM unnest($1, $2) AS o (project_id, fingerprint)
JOIN error_fingerprints f USING (project_id, fingerprint)";

#[derive(QueryableByName)]
struct ErrorRow {
    #[diesel(embed)]
    owner: OwnerRow,
    #[diesel(sql_type = SqlUuid)]
    error_id: Uuid,
    #[diesel(sql_type = Bool)]
    shared: bool,
}

/// Waits until no other transaction adds to the index.
pub async fn hold_index(connection: &mut Connection) -> Result<(), Failure> {
    sql_query(HOLD_INDEX).execute(connection).await?;
    Ok(())
}

/// Returns the errors of fingerprints.
pub async fn errors_of(
    connection: &mut Connection,
    owners: &[Owner],
) -> Result<HashMap<Owner, OwningError>, Failure> {
    let (projects, prints) = columns(owners.iter());
    let rows: Vec<ErrorRow> = sql_query(ERRORS_OF)
        .bind::<Array<SqlUuid>, _>(projects)
        .bind::<Array<SqlUuid>, _>(prints)
        .load(connection)
        .await?;
    let errors = rows.into_iter().map(|row| {
        let error = OwningError {
            id: ErrorId(row.error_id),
            shared: row.shared,
        };
        (row.owner.owner(), error)
    });
    Ok(errors.collect())
}

/// Returns whether fingerprints are to be counted again.
pub async fn any_rebuild(connection: &mut Connection) -> Result<bool, Failure> {
    let found: CountRow =
        sql_query("SELECT count(*) AS count FROM (SELECT FROM index_rebuilds LIMIT 1) one")
            .get_result(connection)
            .await?;
    Ok(found.count > 0)
}
