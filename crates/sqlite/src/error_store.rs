//! Reads, resolves and deletes errors on SQLite.

use crate::SqliteStore;
use crate::error_query;
use crate::failure::Failure;
use crate::index_statement::drop_fingerprint;
use crate::row::{ErrorRow, OccurrenceRow, Uid, time};
use crate::schema::{error_fingerprints, errors, occurrences};
use crate::statement::{Bind, run, statement};
use crate::stores::totals::Totals;
use crate::stores::{belongings, triage_store};
use async_trait::async_trait;
use diesel::dsl::{count_star, sql};
use diesel::prelude::*;
use diesel::sql_types::Text;
use faultbook_domain::errors::{
    Activity, ErrorDetail, ErrorGroup, Facets, FeedEntry, Likeness, Occurrence,
    SUMMARY_MESSAGE_BYTES, summary_message,
};
use faultbook_domain::errors::{ErrorQuery, ErrorStore};
use faultbook_domain::id::{ErrorId, OccurrenceId, ProjectId};
use faultbook_domain::page::{Cursor, PAGE_BYTES, Page};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::Scope;
use faultbook_sql::row::parsed;
use faultbook_sql::types::DbId;
use std::collections::HashSet;

#[async_trait]
impl ErrorStore for SqliteStore {
    async fn list_errors(
        &self,
        scope: &Scope,
        query: &ErrorQuery,
    ) -> Result<Page<ErrorDetail>, StoreError> {
        self.error_page(scope, query).await
    }

    async fn list_error_ids(
        &self,
        scope: &Scope,
        query: &ErrorQuery,
    ) -> Result<Vec<ErrorId>, StoreError> {
        self.matching_errors(scope, query).await
    }

    async fn list_facets(&self, scope: &Scope, query: &ErrorQuery) -> Result<Facets, StoreError> {
        self.facets(scope, query).await
    }

    async fn list_candidates(
        &self,
        project: ProjectId,
        error: ErrorId,
        like: &Likeness,
        limit: u32,
    ) -> Result<Vec<ErrorId>, StoreError> {
        self.candidates(project, error, like, limit).await
    }

    async fn get_error(
        &self,
        scope: &Scope,
        id: ErrorId,
    ) -> Result<Option<ErrorDetail>, StoreError> {
        let projects = visible(scope);
        self.read(async move |connection| {
            let Some((_, row)) = find(connection, &projects, id)? else {
                return Ok(None);
            };
            let error = ErrorGroup::try_from(row)?;
            let latest = error_query::latest_of(connection, &error).await?;
            Ok(Some(ErrorDetail {
                error,
                latest,
                figures: None,
            }))
        })
        .await
    }

    async fn list_occurrences(
        &self,
        scope: &Scope,
        id: ErrorId,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Option<Page<Occurrence>>, StoreError> {
        let projects = visible(scope);
        self.read(async move |connection| {
            let Some((_, row)) = find(connection, &projects, id)? else {
                return Ok(None);
            };
            occurrence_page(connection, &row, after, limit).map(Some)
        })
        .await
    }

    async fn list_feed(
        &self,
        scope: &Scope,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<FeedEntry>, StoreError> {
        let all = triage_store::visible(scope);
        let projects = visible(scope);
        self.read(async move |connection| {
            let totals = Totals::of(connection, &all).await?;
            let rows = occurrences::table
                .filter(occurrences::project_id.eq_any(&projects))
                .filter(occurrences::id.lt(Uid::from(Cursor::bound(after))))
                .order(occurrences::id.desc())
                .limit(i64::from(limit) + 1)
                .select((
                    occurrences::id,
                    occurrences::timestamp,
                    occurrences::severity,
                    // SQLite counts characters: at least as many bytes as are kept.
                    sql::<Text>(&format!("substr(message, 1, {SUMMARY_MESSAGE_BYTES})")),
                ))
                .load(connection)?;
            let items: Vec<FeedEntry> = rows
                .into_iter()
                .map(feed_entry)
                .collect::<Result<_, StoreError>>()?;
            let total = totals.occurrences.unsigned_abs();
            Ok(Page::newest(items, limit, total, |one| one.id.0))
        })
        .await
    }

    async fn list_activity(
        &self,
        scope: &Scope,
        id: ErrorId,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Activity>, StoreError> {
        let projects = triage_store::visible(scope);
        self.read(async move |connection| {
            triage_store::activity_page(connection, projects, id, after, limit).await
        })
        .await
    }

    async fn delete_errors(
        &self,
        scope: &Scope,
        ids: &[ErrorId],
    ) -> Result<Vec<ErrorId>, StoreError> {
        let projects = visible(scope);
        let wanted = distinct(ids);
        self.write(async move |connection| {
            let mut found = Vec::with_capacity(wanted.len());
            for id in wanted {
                if let Some((place, row)) = find(connection, &projects, id)? {
                    remove(connection, place, &row)?;
                    let project = DbId::from(row.project_id);
                    belongings::delete(connection, project, &[DbId(id.0)]).await?;
                    found.push(id);
                }
            }
            Ok(found)
        })
        .await
    }
}

/// Converts the projects of a scope.
pub(crate) fn visible(scope: &Scope) -> Vec<Uid> {
    scope.projects().iter().map(|id| id.0.into()).collect()
}

fn distinct(ids: &[ErrorId]) -> Vec<ErrorId> {
    let mut seen = HashSet::with_capacity(ids.len());
    ids.iter().copied().filter(|id| seen.insert(*id)).collect()
}

/// Finds an error and its rowid.
pub(crate) fn find(
    connection: &mut SqliteConnection,
    projects: &[Uid],
    id: ErrorId,
) -> QueryResult<Option<(i64, ErrorRow)>> {
    errors::table
        .filter(errors::project_id.eq_any(projects))
        .filter(errors::id.eq(Uid::from(id.0)))
        .select((errors::rowid, ErrorRow::as_select()))
        .first(connection)
        .optional()
}

/// Returns an error's fingerprints, ascending.
pub(crate) fn fingerprints_of(
    connection: &mut SqliteConnection,
    project: Uid,
    error: Uid,
) -> QueryResult<Vec<Uid>> {
    error_fingerprints::table
        .filter(error_fingerprints::project_id.eq(project))
        .filter(error_fingerprints::error_id.eq(error))
        .order(error_fingerprints::fingerprint)
        .select(error_fingerprints::fingerprint)
        .load(connection)
}

/// Loads a page of occurrences. Each fingerprint is queried separately, so that the index returns them in order; a
/// page of a merged error is the newest of all.
fn occurrence_page(
    connection: &mut SqliteConnection,
    error: &ErrorRow,
    after: Option<Cursor>,
    limit: u32,
) -> Result<Page<Occurrence>, Failure> {
    let before = Uid::from(Cursor::bound(after));
    let mut total = 0;
    let mut newest: Vec<(Uid, i64)> = Vec::new();
    for fingerprint in fingerprints_of(connection, error.project_id, error.id)? {
        let owned = || {
            occurrences::table
                .filter(occurrences::project_id.eq(error.project_id))
                .filter(occurrences::fingerprint.eq(fingerprint))
        };
        let count: i64 = owned().select(count_star()).first(connection)?;
        total += count;
        newest.extend(
            owned()
                .filter(occurrences::id.lt(before))
                .order(occurrences::id.desc())
                .limit(i64::from(limit) + 1)
                .select((occurrences::id, occurrences::rowid))
                .load::<(Uid, i64)>(connection)?,
        );
    }
    newest.sort_unstable_by(|a, b| b.cmp(a));
    newest.truncate(
        usize::try_from(limit)
            .unwrap_or(usize::MAX)
            .saturating_add(1),
    );
    let mut items: Vec<Occurrence> = Vec::new();
    let mut bytes = 0;
    for (_, place) in newest.iter().take(limit as usize) {
        let row = occurrences::table
            .filter(occurrences::rowid.eq(place))
            .select(OccurrenceRow::as_select())
            .first(connection)?;
        let occurrence = Occurrence::try_from(row)?;
        bytes += occurrence.text_bytes();
        if bytes > PAGE_BYTES && !items.is_empty() {
            break;
        }
        items.push(occurrence);
    }
    let more = items.len() < newest.len();
    let total = u64::try_from(total).unwrap_or(0);
    Ok(Page::ending(items, more, total, |one: &Occurrence| {
        one.id.0
    }))
}

fn feed_entry(
    (id, timestamp, severity, message): (Uid, i64, String, String),
) -> Result<FeedEntry, StoreError> {
    Ok(FeedEntry {
        id: OccurrenceId(id.uuid()),
        timestamp: time("occurrences", "timestamp", timestamp)?,
        severity: parsed("occurrences", "severity", &severity)?,
        message: summary_message(&message).to_owned(),
    })
}

statement!(
    /// Subtracts a fingerprint's cells from its project's roll-up.
    SubtractHours,
    "UPDATE project_hourly SET count = project_hourly.count - e.count FROM error_hourly e \
     WHERE e.project_id = ? AND e.fingerprint = ? AND project_hourly.project_id = e.project_id \
     AND project_hourly.hour = e.hour AND project_hourly.source = e.source \
     AND project_hourly.environment = e.environment AND project_hourly.level = e.level \
     AND project_hourly.severity = e.severity"
);
statement!(
    DropEmptyHours,
    "DELETE FROM project_hourly WHERE project_id = ? AND count <= 0 AND hour IN \
     (SELECT hour FROM error_hourly WHERE project_id = ? AND fingerprint = ?)"
);
statement!(
    DropHours,
    "DELETE FROM error_hourly WHERE project_id = ? AND fingerprint = ?"
);
statement!(
    DropIgnoredHours,
    "DELETE FROM ignored_hourly WHERE project_id = ? AND fingerprint = ?"
);
statement!(
    DropEventIds,
    "DELETE FROM event_ids WHERE project_id = ? AND event_id IN \
     (SELECT event_id FROM occurrences WHERE project_id = ? AND fingerprint = ?)"
);
statement!(
    DropOccurrences,
    "DELETE FROM occurrences WHERE project_id = ? AND fingerprint = ?"
);
statement!(
    DropFeedback,
    "DELETE FROM feedback WHERE project_id = ? AND fingerprint = ?"
);
statement!(
    DropFingerprint,
    "DELETE FROM error_fingerprints WHERE project_id = ? AND fingerprint = ?"
);

/// Deletes an error with all its data.
fn remove(connection: &mut SqliteConnection, place: i64, row: &ErrorRow) -> QueryResult<()> {
    let project = Bind::Blob(&row.project_id.0);
    for fingerprint in fingerprints_of(connection, row.project_id, row.id)? {
        let owner = [project, Bind::Blob(&fingerprint.0)];
        let twice = [project, owner[0], owner[1]];
        run(connection, SubtractHours, &owner)?;
        run(connection, DropEmptyHours, &twice)?;
        run(connection, DropHours, &owner)?;
        run(connection, DropIgnoredHours, &owner)?;
        run(connection, DropEventIds, &twice)?;
        run(connection, DropOccurrences, &owner)?;
        run(connection, DropFeedback, &owner)?;
        run(connection, DropFingerprint, &owner)?;
        drop_fingerprint(connection, (row.project_id, row.id), fingerprint)?;
    }
    diesel::delete(errors::table.filter(errors::rowid.eq(place))).execute(connection)?;
    Ok(())
}
