//! Loads errors and their latest occurrences.

use crate::driver::{Connection, Failure};
use crate::row::{ErrorRow, OccurrenceRow, Uid};
use crate::schema::{errors, occurrences};
use diesel::prelude::*;
use faultbook_domain::errors::{ErrorGroup, Occurrence};
use faultbook_domain::id::ErrorId;
use std::collections::HashMap;
use uuid::Uuid;

/// Loads errors by project and id.
pub(crate) async fn groups(
    connection: &mut Connection,
    keys: &[(Uuid, Uuid)],
) -> Result<HashMap<ErrorId, ErrorGroup>, Failure> {
    let projects: Vec<Uid> = keys.iter().map(|(project, _)| (*project).into()).collect();
    let ids: Vec<Uid> = keys.iter().map(|(_, id)| (*id).into()).collect();
    let rows: Vec<ErrorRow> = errors::table
        .filter(errors::project_id.eq_any(projects))
        .filter(errors::id.eq_any(ids))
        .select(ErrorRow::as_select())
        .load(connection)?;
    let mut groups = HashMap::with_capacity(rows.len());
    for row in rows {
        let group = ErrorGroup::try_from(row)?;
        groups.insert(group.state.id, group);
    }
    Ok(groups)
}

/// Loads an error's latest occurrence; `None` once retention has deleted it.
pub(crate) async fn latest_of(
    connection: &mut Connection,
    error: &ErrorGroup,
) -> Result<Option<Occurrence>, Failure> {
    occurrence_of(connection, error.project_id.0, error.latest_id.0).await
}

/// Loads an occurrence of a project.
pub(crate) async fn occurrence_of(
    connection: &mut Connection,
    project: Uuid,
    id: Uuid,
) -> Result<Option<Occurrence>, Failure> {
    let row = occurrences::table
        .filter(occurrences::project_id.eq(Uid::from(project)))
        .filter(occurrences::id.eq(Uid::from(id)))
        .select(OccurrenceRow::as_select())
        .first(connection)
        .optional()?;
    Ok(row.map(Occurrence::try_from).transpose()?)
}
