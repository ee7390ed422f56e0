//! Decisions about errors over SQL.

use crate::dialect;
use crate::driver::{ActivityIds, Connection, Failure, RunQueryDsl, Store};
use crate::stores::letter_store::note_untold;
use async_trait::async_trait;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::Text;
use faultbook_domain::errors::{
    Activity, Actor, Assignment, Change, JsonText, StateChange, TriageState, TriageStore, UserKey,
    reopened_at,
};
use faultbook_domain::id::{ActivityId, ErrorId, MemberId, ProjectId, TenantId};
use faultbook_domain::id_source::IdSource;
use faultbook_domain::page::{Cursor, Page};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::Scope;
use faultbook_sql::row::{ActivityRow, TriageRow, all};
use faultbook_sql::schema::{error_activity, ignored_users, projects, triaged};
use faultbook_sql::types::{DbId, DbTime, Id};
use std::collections::HashSet;
use time::OffsetDateTime;
use uuid::Uuid;

/// Rows of one insert: far below the number of values that a statement may have.
const CHUNK: usize = 1_000;

/// An error that is locked, with its columns.
pub(crate) type LockedError = (DbId, DbId, TriageRow);

#[derive(QueryableByName)]
struct PersonRow {
    #[diesel(sql_type = Text)]
    reporter: String,
}

#[async_trait]
impl TriageStore for Store {
    async fn change_states(
        &self,
        scope: &Scope,
        ids: &[ErrorId],
        change: &StateChange,
    ) -> Result<Vec<ErrorId>, StoreError> {
        let (projects, ids) = (visible(scope), error_ids(ids));
        let (source, change) = (self.activity_ids(), change.clone());
        self.write(async move |connection| {
            let errors = dialect::lock_errors(connection, projects.clone(), ids.clone()).await?;
            let mut decided: Vec<((DbId, DbId), TriageState, Change)> = Vec::new();
            let found = errors.iter().map(|(_, id, _)| ErrorId(id.0)).collect();
            for (project, id, row) in errors {
                let state = TriageState::try_from(row)?;
                if let Some((after, noted)) = state.decided(&change.action, change.at) {
                    decided.push(((project, id), after, noted));
                }
            }
            // All of them stand alike now; who works on each stays.
            if let Some((_, state, _)) = decided.as_slice().first() {
                let keys: Vec<(DbId, DbId)> = decided.iter().map(|(key, ..)| *key).collect();
                set_standing(connection, keys.clone(), state, change.at).await?;
                for key in keys {
                    remember_users(connection, key, state).await?;
                }
            }
            let by = (change.actor, change.at);
            let entries = entries(
                &source,
                decided.into_iter().map(|(key, _, noted)| (key, noted)),
                by,
            );
            note(connection, entries).await?;
            Ok(found)
        })
        .await
    }

    async fn assign_errors(
        &self,
        scope: &Scope,
        ids: &[ErrorId],
        assignment: &Assignment,
    ) -> Result<Vec<ErrorId>, StoreError> {
        let (projects, ids) = (visible(scope), error_ids(ids));
        let (source, assignment) = (self.activity_ids(), assignment.clone());
        self.write(async move |connection| {
            let Assignment { to, actor, at } = &assignment;
            let member = to.as_ref().map(|to| DbId(to.id.0));
            let errors = dialect::lock_errors(connection, projects.clone(), ids.clone()).await?;
            let found = errors.iter().map(|(_, id, _)| ErrorId(id.0)).collect();
            let keys: Vec<(DbId, DbId)> = errors
                .into_iter()
                .filter(|(.., row)| row.assigned_to != member)
                .map(|(project, id, _)| (project, id))
                .collect();
            assign(connection, keys.clone(), member, *at).await?;
            let change = || Change::Assigned(to.clone());
            let entries = entries(
                &source,
                keys.into_iter().map(|key| (key, change())),
                (*actor, *at),
            );
            note(connection, entries).await?;
            Ok(found)
        })
        .await
    }

    async fn list_error_projects(
        &self,
        scope: &Scope,
        ids: &[ErrorId],
    ) -> Result<Vec<(ErrorId, ProjectId)>, StoreError> {
        let (projects, ids) = (visible(scope), error_ids(ids));
        self.read(async move |connection| {
            let rows: Vec<(DbId, DbId)> = triaged::table
                .filter(triaged::project_id.eq_any(projects.clone()))
                .filter(triaged::id.eq_any(ids.clone()))
                .select((triaged::id, triaged::project_id))
                .load(connection)
                .await?;
            let pairs = rows.into_iter();
            Ok(pairs
                .map(|(id, project)| (ErrorId(id.0), ProjectId(project.0)))
                .collect())
        })
        .await
    }

    async fn reopen_due_errors(
        &self,
        now: OffsetDateTime,
        most: u32,
    ) -> Result<Vec<(TenantId, ProjectId, ErrorId)>, StoreError> {
        let source = self.activity_ids();
        self.write(async move |connection| {
            let mut reopened = Vec::new();
            let mut entries = Vec::new();
            for (project, id, row) in dialect::lock_due_errors(connection, now, most).await? {
                let state = TriageState::try_from(row)?;
                if let Some((after, change)) = reopened_at(&state, now) {
                    set_standing(connection, vec![(project, id)], &after, now).await?;
                    remember_users(connection, (project, id), &after).await?;
                    entries.push(entry(&source, (project, id), change, (Actor::System, now)));
                    reopened.push((project, id));
                }
            }
            note(connection, entries).await?;
            let own = reopened.iter().map(|(project, _)| *project);
            let tenants: Vec<(DbId, DbId)> = projects::table
                .filter(projects::id.eq_any(own.collect::<HashSet<DbId>>()))
                .select((projects::id, projects::tenant_id))
                .load(connection)
                .await?;
            let told = reopened.into_iter().filter_map(|(project, id)| {
                let (_, tenant) = tenants.iter().find(|(own, _)| *own == project)?;
                Some((TenantId(tenant.0), ProjectId(project.0), ErrorId(id.0)))
            });
            Ok(told.collect())
        })
        .await
    }
}

/// Converts the projects of a scope.
pub(crate) fn visible(scope: &Scope) -> Vec<DbId> {
    scope.projects().iter().map(|id| DbId(id.0)).collect()
}

/// Converts ids of errors, each once.
pub(crate) fn error_ids(ids: &[ErrorId]) -> Vec<DbId> {
    let mut ids: Vec<DbId> = ids.iter().map(|id| DbId(id.0)).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// Builds an entry of an error's activity log.
pub(crate) fn entry(
    ids: &dyn IdSource,
    (project, error): (DbId, DbId),
    change: Change,
    (actor, at): (Actor, OffsetDateTime),
) -> Activity {
    Activity {
        id: ActivityId(ids.next_id(at)),
        project_id: ProjectId(project.0),
        error_id: ErrorId(error.0),
        change,
        actor,
        at,
    }
}

/// Builds the entries of errors.
fn entries(
    ids: &ActivityIds,
    changes: impl Iterator<Item = ((DbId, DbId), Change)>,
    by: (Actor, OffsetDateTime),
) -> Vec<Activity> {
    changes
        .map(|(key, change)| entry(ids, key, change, by))
        .collect()
}

/// Appends to activity logs, and notes what is to be told of it.
pub(crate) async fn note(
    connection: &mut Connection,
    entries: Vec<Activity>,
) -> Result<(), Failure> {
    for entries in entries.chunks(CHUNK) {
        note_untold(connection, entries).await?;
    }
    let rows: Vec<ActivityRow> = entries.into_iter().map(ActivityRow::from).collect();
    let chunks: Vec<Vec<ActivityRow>> = rows.chunks(CHUNK).map(<[_]>::to_vec).collect();
    for rows in chunks {
        diesel::insert_into(error_activity::table)
            .values(rows)
            .execute(connection)
            .await?;
    }
    Ok(())
}

/// Lists a page of an error's activity log.
pub(crate) async fn activity_page(
    connection: &mut Connection,
    projects: Vec<DbId>,
    id: ErrorId,
    after: Option<Cursor>,
    limit: u32,
) -> Result<Page<Activity>, Failure> {
    let total: i64 = error_activity::table
        .filter(error_activity::project_id.eq_any(projects.clone()))
        .filter(error_activity::error_id.eq(DbId(id.0)))
        .count()
        .get_result(connection)
        .await?;
    let rows: Vec<ActivityRow> = error_activity::table
        .filter(error_activity::project_id.eq_any(projects))
        .filter(error_activity::error_id.eq(DbId(id.0)))
        .filter(error_activity::id.lt(DbId(Cursor::bound(after))))
        .order(error_activity::id.desc())
        .limit(i64::from(limit) + 1)
        .select(ActivityRow::as_select())
        .load(connection)
        .await?;
    let total = u64::try_from(total).unwrap_or(0);
    Ok(Page::newest(all(rows)?, limit, total, |one: &Activity| {
        one.id.0
    }))
}

/// Sets how errors stand; who works on them stays.
async fn set_standing(
    connection: &mut Connection,
    keys: Vec<(DbId, DbId)>,
    state: &TriageState,
    at: OffsetDateTime,
) -> Result<(), Failure> {
    let TriageRow {
        resolved,
        resolved_at,
        resolved_in,
        regressed,
        ignored,
        ignore_terms,
        reopen_at,
        assigned_to: _,
    } = TriageRow::from(state);
    let (projects, ids): (Vec<DbId>, Vec<DbId>) = keys.into_iter().unzip();
    let own = triaged::table
        .filter(triaged::project_id.eq_any(projects))
        .filter(triaged::id.eq_any(ids));
    diesel::update(own)
        .set((
            triaged::resolved.eq(resolved),
            triaged::resolved_at.eq(resolved_at),
            triaged::resolved_in.eq(resolved_in),
            triaged::regressed.eq(regressed),
            triaged::ignored.eq(ignored),
            triaged::ignore_terms.eq(ignore_terms),
            triaged::reopen_at.eq(reopen_at),
            triaged::updated_at.eq(DbTime(at)),
        ))
        .execute(connection)
        .await?;
    Ok(())
}

async fn assign(
    connection: &mut Connection,
    keys: Vec<(DbId, DbId)>,
    member: Option<DbId>,
    at: OffsetDateTime,
) -> Result<(), Failure> {
    let (projects, ids): (Vec<DbId>, Vec<DbId>) = keys.into_iter().unzip();
    let own = triaged::table
        .filter(triaged::project_id.eq_any(projects))
        .filter(triaged::id.eq_any(ids));
    diesel::update(own)
        .set((
            triaged::assigned_to.eq(member),
            triaged::updated_at.eq(DbTime(at)),
        ))
        .execute(connection)
        .await?;
    Ok(())
}

/// Unassigns errors from a member who leaves.
pub(crate) async fn unassign(
    connection: &mut Connection,
    member: MemberId,
    ids: ActivityIds,
    at: OffsetDateTime,
) -> Result<(), Failure> {
    let errors = dialect::lock_assigned_errors(connection, member).await?;
    let chunks: Vec<Vec<(DbId, DbId)>> = errors.chunks(CHUNK).map(<[_]>::to_vec).collect();
    for keys in chunks {
        assign(connection, keys, None, at).await?;
    }
    let by = (Actor::System, at);
    let changes = errors.into_iter().map(|key| (key, Change::Assigned(None)));
    note(connection, entries(&ids, changes, by)).await
}

/// Remembers the users of an error's stored occurrences if its terms count new ones, and forgets them otherwise. Reads
/// each of these occurrences: about a second for a million. The error's row must be locked.
pub(crate) async fn remember_users(
    connection: &mut Connection,
    (project, error): (DbId, DbId),
    state: &TriageState,
) -> Result<(), Failure> {
    let own = ignored_users::table
        .filter(ignored_users::project_id.eq(project))
        .filter(ignored_users::error_id.eq(error));
    diesel::delete(own).execute(connection).await?;
    let ignored = state.ignored();
    if ignored.is_none_or(|ignored| ignored.users_left.is_none()) {
        return Ok(());
    }
    let rows: Vec<PersonRow> = sql_query(dialect::PERSONS_OF_ERROR)
        .bind::<Id, _>(project)
        .bind::<Id, _>(error)
        .load(connection)
        .await?;
    let persons = rows.into_iter().filter_map(|row| {
        let user = JsonText::from_stored(row.reporter);
        UserKey::of_person(&user)
    });
    let persons: HashSet<UserKey> = persons.collect();
    let persons: Vec<UserKey> = persons.into_iter().collect();
    for persons in persons.chunks(CHUNK) {
        let rows: Vec<_> = persons
            .iter()
            .map(|person| {
                (
                    ignored_users::project_id.eq(project),
                    ignored_users::error_id.eq(error),
                    ignored_users::user_key.eq(DbId(Uuid::from_bytes(*person.as_bytes()))),
                )
            })
            .collect();
        diesel::insert_into(ignored_users::table)
            .values(rows)
            .execute(connection)
            .await?;
    }
    Ok(())
}
