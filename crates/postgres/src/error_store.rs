//! Reads, resolves and deletes errors on PostgreSQL.

use crate::PostgresStore;
use crate::error_query::{TEXT_BYTES, latest_of, project_ids, text_bytes};
use crate::failure::Failure;
use crate::row::{ErrorRow, OccurrenceRow};
use crate::schema::{error_fingerprints, errors, occurrences};
use crate::session::Session;
use crate::stores::totals::Totals;
use crate::stores::triage_store;
use async_trait::async_trait;
use diesel::dsl::sql;
use diesel::sql_types::{BigInt, Text};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, SelectableHelper};
use diesel_async::RunQueryDsl;
use faultbook_domain::errors::{
    Activity, ErrorDetail, ErrorGroup, Facets, FeedEntry, Likeness, Occurrence,
    SUMMARY_MESSAGE_BYTES, summary_message,
};
use faultbook_domain::errors::{ErrorQuery, ErrorStore};
use faultbook_domain::id::{ErrorId, OccurrenceId, ProjectId};
use faultbook_domain::page::{Cursor, Page, page_length};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::Scope;
use faultbook_sql::row::parsed;
use std::cmp::Reverse;
use time::OffsetDateTime;
use uuid::Uuid;

#[async_trait]
impl ErrorStore for PostgresStore {
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
        self.run(|| async {
            let mut session = self.begin_read().await?;
            let Some(row) = find(&mut session, scope, id).await? else {
                session.finish().await?;
                return Ok(None);
            };
            let error = ErrorGroup::try_from(row)?;
            let latest = latest_of(&mut session, &error).await?;
            session.finish().await?;
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
        self.run(|| self.occurrence_page(scope, id, after, limit.max(1)))
            .await
    }

    async fn list_feed(
        &self,
        scope: &Scope,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<FeedEntry>, StoreError> {
        self.run(|| async {
            let mut session = self.begin_read().await?;
            let total = Totals::of(&mut session, &triage_store::visible(scope)).await?;
            let mut rows: Vec<FeedRow> = Vec::new();
            for project in scope.projects() {
                let newest = newest(project.0, Cursor::bound(after), i64::from(limit) + 1);
                let newest = newest.select((
                    occurrences::id,
                    occurrences::timestamp,
                    occurrences::severity,
                    // PostgreSQL counts characters: at least as many bytes as are kept.
                    sql::<Text>(&format!("left(message, {SUMMARY_MESSAGE_BYTES})")),
                ));
                rows.extend(newest.load::<FeedRow>(&mut *session).await?);
            }
            session.finish().await?;
            rows.sort_unstable_by_key(|row| Reverse(row.0));
            let items: Result<_, StoreError> = rows.into_iter().map(feed_entry).collect();
            let total = total.occurrences.unsigned_abs();
            Ok(Page::newest(items?, limit, total, |one| one.id.0))
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
            let projects = projects.clone();
            triage_store::activity_page(connection, projects, id, after, limit).await
        })
        .await
    }

    async fn delete_errors(
        &self,
        scope: &Scope,
        ids: &[ErrorId],
    ) -> Result<Vec<ErrorId>, StoreError> {
        self.run(|| async {
            let mut session = self.begin_write().await?;
            let found = lock(&mut session, scope, ids).await?;
            for of_project in found.chunk_by(|a, b| a.project_id == b.project_id) {
                let ids: Vec<Uuid> = of_project.iter().map(|row| row.id).collect();
                session
                    .delete_errors(of_project[0].project_id, &ids)
                    .await?;
            }
            session.finish().await?;
            Ok(found.iter().map(|row| ErrorId(row.id)).collect())
        })
        .await
    }
}

impl PostgresStore {
    async fn occurrence_page(
        &self,
        scope: &Scope,
        id: ErrorId,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Option<Page<Occurrence>>, Failure> {
        let mut session = self.begin_read().await?;
        let Some(error) = find(&mut session, scope, id).await? else {
            session.finish().await?;
            return Ok(None);
        };
        let fingerprints: Vec<Uuid> = error_fingerprints::table
            .filter(error_fingerprints::project_id.eq(error.project_id))
            .filter(error_fingerprints::error_id.eq(error.id))
            .select(error_fingerprints::fingerprint)
            .load(&mut *session)
            .await?;
        let mut found: Vec<(Uuid, i64)> = Vec::new();
        // One fingerprint at a time: an index returns its occurrences in order, so that partitions are read from the
        // newest on, and only until there are enough.
        for fingerprint in fingerprints {
            let newest = newest(error.project_id, Cursor::bound(after), i64::from(limit) + 1)
                .filter(occurrences::fingerprint.eq(fingerprint))
                .select((occurrences::id, sql::<BigInt>(TEXT_BYTES)));
            found.extend(newest.load::<(Uuid, i64)>(&mut *session).await?);
        }
        found.sort_unstable_by_key(|(id, _)| Reverse(*id));
        let kept = page_length(found.iter().map(|(_, bytes)| text_bytes(*bytes)), limit);
        let ids: Vec<Uuid> = found[..kept].iter().map(|(id, _)| *id).collect();
        let rows: Vec<OccurrenceRow> = match (ids.iter().min(), ids.iter().max()) {
            // The bounds select the partitions.
            (Some(oldest), Some(newest)) => {
                occurrences::table
                    .filter(occurrences::project_id.eq(error.project_id))
                    .filter(occurrences::id.between(oldest, newest))
                    .filter(occurrences::id.eq_any(&ids))
                    .order(occurrences::id.desc())
                    .select(OccurrenceRow::as_select())
                    .load(&mut *session)
                    .await?
            }
            _ => Vec::new(),
        };
        session.finish().await?;
        let items: Result<_, StoreError> = rows.into_iter().map(Occurrence::try_from).collect();
        let total = u64::try_from(error.count).unwrap_or(0);
        let more = kept < found.len();
        let page = Page::ending(items?, more, total, |one: &Occurrence| one.id.0);
        Ok(Some(page))
    }
}

/// Selects a project's newest occurrences, one more than a page holds. The order is that of the partitions, so that
/// only the needed ones are read.
#[diesel::dsl::auto_type]
fn newest(project: Uuid, before: Uuid, limit: i64) -> _ {
    occurrences::table
        .filter(occurrences::project_id.eq(project))
        .filter(occurrences::id.lt(before))
        .order(occurrences::id.desc())
        .limit(limit)
}

/// Id, timestamp, severity and message of an occurrence.
type FeedRow = (Uuid, OffsetDateTime, String, String);

fn feed_entry((id, timestamp, severity, message): FeedRow) -> Result<FeedEntry, StoreError> {
    Ok(FeedEntry {
        id: OccurrenceId(id),
        timestamp,
        severity: parsed("occurrences", "severity", &severity)?,
        message: summary_message(&message).to_owned(),
    })
}

async fn find(
    session: &mut Session,
    scope: &Scope,
    id: ErrorId,
) -> Result<Option<ErrorRow>, Failure> {
    let found = errors::table
        .filter(errors::project_id.eq_any(project_ids(scope)))
        .filter(errors::id.eq(id.0))
        .select(ErrorRow::as_select())
        .first(&mut **session)
        .await
        .optional()?;
    Ok(found)
}

/// Locks errors against all writers, recording included, in the global lock order of errors: by project and id.
pub async fn lock(
    session: &mut Session,
    scope: &Scope,
    ids: &[ErrorId],
) -> Result<Vec<ErrorRow>, Failure> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let found = errors::table
        .filter(errors::project_id.eq_any(project_ids(scope)))
        .filter(errors::id.eq_any(ids))
        .order((errors::project_id, errors::id))
        .select(ErrorRow::as_select())
        .for_update()
        .load::<ErrorRow>(&mut **session)
        .await?;
    Ok(found)
}
