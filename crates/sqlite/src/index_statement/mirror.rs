//! What is kept beside the index: errors of fingerprints, and whether something waits.

use super::of_owner;
use crate::driver::{Connection, Failure};
use crate::row::Uid;
use crate::statement::{rows, statement};
use crate::stores::OwningError;
use diesel::sql_types::{BigInt, Binary, Bool};
use faultbook_domain::id::ErrorId;
use faultbook_domain::search_index::Owner;
use std::collections::HashMap;

statement!(
    ErrorOf -> (Binary, Bool),
    "SELECT f.error_id, EXISTS (SELECT 1 FROM error_fingerprints o WHERE o.project_id = f.project_id \
     AND o.error_id = f.error_id AND o.fingerprint <> f.fingerprint) \
     FROM error_fingerprints f WHERE f.project_id = ? AND f.fingerprint = ?"
);

statement!(
    AnyRebuild -> BigInt,
    "SELECT 1 FROM index_rebuilds LIMIT 1"
);

/// Does nothing: write transactions run one at a time.
pub(crate) async fn hold_index(_: &mut Connection) -> Result<(), Failure> {
    Ok(())
}

/// Returns the errors of fingerprints.
pub(crate) async fn errors_of(
    connection: &mut Connection,
    owners: &[Owner],
) -> Result<HashMap<Owner, OwningError>, Failure> {
    let mut found = HashMap::with_capacity(owners.len());
    for owner in owners {
        let errors: Vec<(Uid, bool)> = rows(connection, ErrorOf, &of_owner(owner))?;
        if let Some((error, shared)) = errors.first() {
            let id = ErrorId(error.uuid());
            found.insert(
                *owner,
                OwningError {
                    id,
                    shared: *shared,
                },
            );
        }
    }
    Ok(found)
}

/// Returns whether fingerprints are to be counted again.
pub(crate) async fn any_rebuild(connection: &mut Connection) -> Result<bool, Failure> {
    let found: Vec<i64> = rows(connection, AnyRebuild, &[])?;
    Ok(!found.is_empty())
}
