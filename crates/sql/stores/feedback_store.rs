//! Feedback of events over SQL.

use crate::dialect;
use crate::driver::{Connection, Failure, RunQueryDsl, Store};
use async_trait::async_trait;
use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel::sql_query;
use faultbook_domain::errors::{Feedback, FeedbackStore};
use faultbook_domain::id::ProjectId;
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::Scope;
use faultbook_sql::row::FeedbackRow;
use faultbook_sql::schema::feedback;
use faultbook_sql::types::{DbId, DbTime, Id, Instant};
use uuid::Uuid;

/// What decides how long an event's feedback is kept.
#[derive(QueryableByName)]
struct EventRow {
    #[diesel(sql_type = Id)]
    fingerprint: DbId,
    #[diesel(sql_type = Instant)]
    at: DbTime,
}

#[async_trait]
impl FeedbackStore for Store {
    async fn add_feedback(
        &self,
        feedback: &[(ProjectId, Feedback)],
    ) -> Result<Vec<bool>, StoreError> {
        // In one order, in which several transactions lock the events.
        let mut entries: Vec<(usize, ProjectId, Feedback)> = feedback
            .iter()
            .enumerate()
            .map(|(place, (project, feedback))| (place, *project, feedback.clone()))
            .collect();
        entries.sort_by_key(|(_, project, feedback)| (*project, feedback.event_id));
        self.write(async move |connection| {
            let mut known = vec![false; entries.len()];
            for (place, project, feedback) in &entries {
                known[*place] = add(connection, *project, feedback).await?;
            }
            Ok(known)
        })
        .await
    }

    async fn list_feedback(
        &self,
        scope: &Scope,
        events: &[Uuid],
    ) -> Result<Vec<Feedback>, StoreError> {
        let projects: Vec<DbId> = scope.projects().iter().map(|id| DbId(id.0)).collect();
        let events: Vec<DbId> = events.iter().copied().map(DbId).collect();
        self.read(async move |connection| {
            let rows: Vec<FeedbackRow> = feedback::table
                .filter(feedback::project_id.eq_any(projects.clone()))
                .filter(feedback::event_id.eq_any(events.clone()))
                .order((feedback::received_at, feedback::digest))
                .select(FeedbackRow::as_select())
                .load(connection)
                .await?;
            Ok(rows.into_iter().map(Feedback::from).collect())
        })
        .await
    }
}

/// Adds an entry to its event, and returns whether that is known. Holds the event's row: its deletion waits, and then
/// deletes the entry too.
async fn add(
    connection: &mut Connection,
    project: ProjectId,
    entry: &Feedback,
) -> Result<bool, Failure> {
    let Some(event) = find(connection, project, entry.event_id).await? else {
        return Ok(false);
    };
    let (project, event_id) = (DbId(project.0), DbId(entry.event_id));
    let there_are: i64 = feedback::table
        .filter(feedback::project_id.eq(project))
        .filter(feedback::event_id.eq(event_id))
        .select(count_star())
        .first(connection)
        .await?;
    if usize::try_from(there_are).unwrap_or(usize::MAX) < Feedback::MAX_PER_EVENT {
        diesel::insert_into(feedback::table)
            .values((
                FeedbackRow::from(entry),
                feedback::project_id.eq(project),
                feedback::fingerprint.eq(event.fingerprint),
                feedback::event_at.eq(event.at),
            ))
            .on_conflict_do_nothing()
            .execute(connection)
            .await?;
    }
    Ok(true)
}

/// Finds a stored event: under the id that its client gave it, or under its own.
async fn find(
    connection: &mut Connection,
    project: ProjectId,
    event: Uuid,
) -> Result<Option<EventRow>, Failure> {
    for statement in [dialect::EVENT_BY_CLIENT_ID, dialect::EVENT_BY_OWN_ID] {
        let found: Vec<EventRow> = sql_query(statement)
            .bind::<Id, _>(DbId(project.0))
            .bind::<Id, _>(DbId(event))
            .load(connection)
            .await?;
        if let Some(found) = found.into_iter().next() {
            return Ok(Some(found));
        }
    }
    Ok(None)
}
