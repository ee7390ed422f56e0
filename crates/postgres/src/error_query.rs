//! Loads errors and their latest occurrences.

use crate::driver::{Connection, Failure};
use crate::row::{ErrorRow, OccurrenceRow};
use crate::schema::{errors, occurrences};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, SelectableHelper};
use diesel_async::RunQueryDsl;
use faultbook_domain::errors::{ErrorGroup, Occurrence};
use faultbook_domain::id::ErrorId;
use faultbook_domain::tenancy::Scope;
use std::collections::HashMap;
use time::OffsetDateTime;
use uuid::Uuid;

/// Loads errors by project and id.
pub async fn groups(
    connection: &mut Connection,
    keys: &[(Uuid, Uuid)],
) -> Result<HashMap<ErrorId, ErrorGroup>, Failure> {
    let projects: Vec<Uuid> = keys.iter().map(|(project, _)| *project).collect();
    let ids: Vec<Uuid> = keys.iter().map(|(_, id)| *id).collect();
    let rows: Vec<ErrorRow> = errors::table
        .filter(errors::project_id.eq_any(projects))
        .filter(errors::id.eq_any(ids))
        .select(ErrorRow::as_select())
        .load(connection)
        .await?;
    let mut groups = HashMap::with_capacity(rows.len());
    for row in rows {
        let group = ErrorGroup::try_from(row)?;
        groups.insert(group.state.id, group);
    }
    Ok(groups)
}

/// Loads an error's latest occurrence; `None` once retention has deleted it.
pub async fn latest_of(
    connection: &mut Connection,
    error: &ErrorGroup,
) -> Result<Option<Occurrence>, Failure> {
    occurrence_of(connection, error.project_id.0, error.latest_id.0).await
}

/// Loads an occurrence of a project.
pub async fn occurrence_of(
    connection: &mut Connection,
    project: Uuid,
    id: Uuid,
) -> Result<Option<Occurrence>, Failure> {
    let row = occurrences::table
        .filter(occurrences::project_id.eq(project))
        .filter(occurrences::id.eq(id))
        .select(OccurrenceRow::as_select())
        .first(connection)
        .await
        .optional()?;
    Ok(row.map(Occurrence::try_from).transpose()?)
}

/// SQL for the bytes of text of an occurrence: PostgreSQL reads the length of long values from their headers.
pub const TEXT_BYTES: &str = "(octet_length(message) + octet_length(source) \
    + octet_length(environment) + coalesce(octet_length(stack_trace), 0) \
    + coalesce(octet_length(context), 0) + coalesce(octet_length(url), 0) \
    + coalesce(octet_length(user_agent), 0) + coalesce(octet_length(release), 0) \
    + coalesce(octet_length(tags), 0) + coalesce(octet_length(reporter), 0) \
    + coalesce(octet_length(custom_fingerprint), 0))::bigint";

/// Converts a stored number of bytes.
pub fn text_bytes(stored: i64) -> usize {
    usize::try_from(stored).unwrap_or(usize::MAX)
}

/// Converts the projects of a scope.
pub fn project_ids(scope: &Scope) -> Vec<Uuid> {
    scope.projects().iter().map(|id| id.0).collect()
}

/// Returns the start of a minute, as in the column `last_seen_minute`.
pub fn minute_of(at: OffsetDateTime) -> OffsetDateTime {
    at.truncate_to_minute()
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn a_minute_is_cut_downwards_also_before_1970() {
        assert_eq!(
            minute_of(datetime!(1969-12-31 23:59:59.999999 UTC)),
            datetime!(1969-12-31 23:59 UTC)
        );
    }
}
