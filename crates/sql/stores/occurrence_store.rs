//! Single occurrences of errors over SQL.

use super::occurrence_search::{Conditions, find_matching, step};
use super::sql_text::{Bound, Sql};
use super::triage_store::visible;
use crate::driver::{Connection, Failure, RunQueryDsl, Store};
use crate::error_query::occurrence_of;
use async_trait::async_trait;
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Nullable};
use faultbook_domain::errors::{
    Company, FoundOccurrence, Occurrence, OccurrencePlace, OccurrenceSearch, OccurrenceStore,
    READ_MAX,
};
use faultbook_domain::id::{ErrorId, OccurrenceId};
use faultbook_domain::page::{Cursor, PAGE_BYTES, Page};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::Scope;
use faultbook_sql::types::{DbId, Id};
use uuid::Uuid;

#[derive(QueryableByName)]
struct ProjectRow {
    #[diesel(sql_type = Id)]
    project_id: DbId,
}

#[derive(QueryableByName)]
struct EdgeRow {
    #[diesel(sql_type = Nullable<Id>)]
    id: Option<DbId>,
}

#[derive(QueryableByName)]
struct DayRow {
    #[diesel(sql_type = BigInt)]
    day: i64,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(QueryableByName)]
struct CountRow {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// An error whose occurrences are read.
#[derive(Clone, Copy)]
pub(super) struct Owner {
    pub(super) project: DbId,
    pub(super) error: DbId,
}

impl Owner {
    /// Finds a visible error.
    pub(super) async fn find(
        connection: &mut Connection,
        projects: &[DbId],
        error: ErrorId,
    ) -> Result<Option<Self>, Failure> {
        let mut sql = Sql::of("SELECT project_id FROM errors WHERE project_id IN ");
        sql.list(projects.iter().copied().map(Bound::Id));
        sql.with(" AND id = ", Bound::Id(DbId(error.0)));
        let found: Vec<ProjectRow> = sql.into_query().load(connection).await?;
        Ok(found.into_iter().next().map(|row| Self {
            project: row.project_id,
            error: DbId(error.0),
        }))
    }

    /// Appends that the fingerprint `f` is of the error.
    pub(super) fn condition(&self, sql: &mut Sql) {
        sql.with(" WHERE f.project_id = ", Bound::Id(self.project));
        sql.with(" AND f.error_id = ", Bound::Id(self.error));
    }
}

#[async_trait]
impl OccurrenceStore for Store {
    async fn find_occurrence(
        &self,
        scope: &Scope,
        error: ErrorId,
        place: OccurrencePlace,
        search: &OccurrenceSearch,
    ) -> Result<Option<FoundOccurrence>, StoreError> {
        let (projects, search) = (visible(scope), search.clone());
        self.read(async move |connection| {
            let Some(owner) = Owner::find(connection, &projects, error).await? else {
                return Ok(None);
            };
            if search.is_all() {
                find(connection, owner, place).await
            } else {
                find_among(connection, owner, place, &search).await
            }
        })
        .await
    }

    async fn search_occurrences(
        &self,
        scope: &Scope,
        error: ErrorId,
        search: &OccurrenceSearch,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Option<Option<Page<Occurrence>>>, StoreError> {
        let (projects, search) = (visible(scope), search.clone());
        self.read(async move |connection| {
            let Some(owner) = Owner::find(connection, &projects, error).await? else {
                return Ok(None);
            };
            let conditions = Conditions::prepare(connection, owner, &search).await?;
            let Some(mut ids) = find_matching(connection, owner, &conditions).await? else {
                return Ok(Some(None));
            };
            let total = ids.len() as u64;
            ids.reverse();
            ids.retain(|id| id.0 < Cursor::bound(after));
            let mut items: Vec<Occurrence> = Vec::new();
            let mut bytes = 0;
            for id in ids.iter().take(limit.max(1) as usize) {
                let Some(one) = occurrence_of(connection, owner.project.0, id.0).await? else {
                    continue;
                };
                bytes += one.text_bytes();
                if bytes > PAGE_BYTES && !items.is_empty() {
                    break;
                }
                items.push(one);
            }
            let last = items.last().map(|one| one.id);
            let more = ids
                .last()
                .is_some_and(|oldest| last.is_some_and(|last| *oldest < last));
            let page = Page::ending(items, more, total, |one: &Occurrence| one.id.0);
            Ok(Some(Some(page)))
        })
        .await
    }

    async fn list_company(
        &self,
        scope: &Scope,
        error: ErrorId,
    ) -> Result<Option<Vec<Company>>, StoreError> {
        self.company(scope, error).await
    }
}

/// Finds an occurrence among all of an error.
async fn find(
    connection: &mut Connection,
    owner: Owner,
    place: OccurrencePlace,
) -> Result<Option<FoundOccurrence>, Failure> {
    let chosen = match place {
        OccurrencePlace::Id(id) => Some(id),
        OccurrencePlace::Latest => edge(connection, owner, Side::Before(Uuid::max())).await?,
        OccurrencePlace::First => edge(connection, owner, Side::Behind(Uuid::nil())).await?,
    };
    let Some(occurrence) = chosen_of(connection, owner, chosen).await? else {
        return Ok(None);
    };
    let id = occurrence.id;
    let newer = edge(connection, owner, Side::Behind(id.0)).await?;
    let older = edge(connection, owner, Side::Before(id.0)).await?;
    let days = days(connection, owner).await?;
    let before = days.iter().filter(|row| row.day < id.day());
    let before: i64 = before.map(|row| row.count).sum();
    let within = count_of_day(connection, owner, id).await?;
    let position = within.map(|within| before.unsigned_abs() + within);
    let counted: i64 = days.iter().map(|row| row.count).sum();
    // What was recorded since the index was brought up to date is not counted yet.
    let least = position.map_or(0, |position| position + u64::from(newer.is_some()));
    Ok(Some(FoundOccurrence {
        occurrence,
        position,
        total: Some(counted.unsigned_abs().max(least)),
        newer,
        older,
        capped: position.is_none(),
    }))
}

/// Finds an occurrence and its place among those that a search finds.
async fn find_among(
    connection: &mut Connection,
    owner: Owner,
    place: OccurrencePlace,
    search: &OccurrenceSearch,
) -> Result<Option<FoundOccurrence>, Failure> {
    let conditions = Conditions::prepare(connection, owner, search).await?;
    let Some(ids) = find_matching(connection, owner, &conditions).await? else {
        return find_stepwise(connection, owner, place, &conditions).await;
    };
    let chosen = match place {
        OccurrencePlace::Id(id) => Some(id),
        OccurrencePlace::Latest => ids.last().copied(),
        OccurrencePlace::First => ids.as_slice().first().copied(),
    };
    let Some(occurrence) = chosen_of(connection, owner, chosen).await? else {
        return Ok(None);
    };
    let before = ids.partition_point(|id| *id < occurrence.id);
    let is_found = ids.get(before) == Some(&occurrence.id);
    Ok(Some(FoundOccurrence {
        occurrence,
        position: is_found.then_some(before as u64 + 1),
        total: Some(ids.len() as u64),
        newer: ids.get(before + usize::from(is_found)).copied(),
        older: before.checked_sub(1).map(|place| ids[place]),
        capped: false,
    }))
}

/// Finds the nearest occurrences that match where there are too many to be counted.
async fn find_stepwise(
    connection: &mut Connection,
    owner: Owner,
    place: OccurrencePlace,
    conditions: &Conditions<'_>,
) -> Result<Option<FoundOccurrence>, Failure> {
    let chosen = match place {
        OccurrencePlace::Id(id) => Some(id),
        OccurrencePlace::Latest => {
            step(connection, owner, conditions, Side::Before(Uuid::max())).await?
        }
        OccurrencePlace::First => {
            step(connection, owner, conditions, Side::Behind(Uuid::nil())).await?
        }
    };
    let Some(occurrence) = chosen_of(connection, owner, chosen).await? else {
        return Ok(None);
    };
    let id = occurrence.id.0;
    let newer = step(connection, owner, conditions, Side::Behind(id)).await?;
    let older = step(connection, owner, conditions, Side::Before(id)).await?;
    Ok(Some(FoundOccurrence {
        occurrence,
        position: None,
        total: None,
        newer,
        older,
        capped: true,
    }))
}

/// The occurrences on one side of an id.
#[derive(Clone, Copy)]
pub(super) enum Side {
    /// Received later.
    Behind(Uuid),
    /// Received earlier.
    Before(Uuid),
}

impl Side {
    /// Returns the comparison, the id and the order in which the nearest comes first.
    pub(super) const fn parts(self) -> (&'static str, Uuid, &'static str) {
        match self {
            Self::Behind(id) => (" > ", id, ""),
            Self::Before(id) => (" < ", id, " DESC"),
        }
    }

    /// Returns the nearest of some ids.
    fn nearest(self, ids: impl Iterator<Item = OccurrenceId>) -> Option<OccurrenceId> {
        match self {
            Self::Behind(_) => ids.min(),
            Self::Before(_) => ids.max(),
        }
    }
}

/// Returns the nearest occurrence of an error on one side. Each fingerprint is asked by itself, so that an index returns
/// its first.
async fn edge(
    connection: &mut Connection,
    owner: Owner,
    side: Side,
) -> Result<Option<OccurrenceId>, Failure> {
    let (comparison, id, order) = side.parts();
    let mut sql = Sql::of(
        "SELECT (SELECT o.id FROM occurrences o \
         WHERE o.project_id = f.project_id AND o.fingerprint = f.fingerprint AND o.id",
    );
    sql.with(comparison, Bound::Id(DbId(id)));
    sql.push(&format!(
        " ORDER BY o.id{order} LIMIT 1) AS id FROM error_fingerprints f"
    ));
    owner.condition(&mut sql);
    let rows: Vec<EdgeRow> = sql.into_query().load(connection).await?;
    let ids = rows.into_iter().filter_map(|row| row.id);
    Ok(side.nearest(ids.map(|id| OccurrenceId(id.0))))
}

/// Loads an occurrence, if it is one of the error.
async fn chosen_of(
    connection: &mut Connection,
    owner: Owner,
    id: Option<OccurrenceId>,
) -> Result<Option<Occurrence>, Failure> {
    let Some(id) = id else {
        return Ok(None);
    };
    let Some(found) = occurrence_of(connection, owner.project.0, id.0).await? else {
        return Ok(None);
    };
    let mut sql = Sql::of("SELECT count(*) AS count FROM error_fingerprints f");
    owner.condition(&mut sql);
    let print = Uuid::from_bytes(*found.fingerprint.as_bytes());
    sql.with(" AND f.fingerprint = ", Bound::Id(DbId(print)));
    let owned: CountRow = sql.into_query().get_result(connection).await?;
    Ok((owned.count > 0).then_some(found))
}

async fn days(connection: &mut Connection, owner: Owner) -> Result<Vec<DayRow>, Failure> {
    let mut sql = Sql::of(
        "SELECT d.day, CAST(sum(d.count) AS BIGINT) AS count FROM error_fingerprints f \
         JOIN fingerprint_days d ON d.project_id = f.project_id AND d.fingerprint = f.fingerprint",
    );
    owner.condition(&mut sql);
    sql.push(" GROUP BY d.day");
    Ok(sql.into_query().load(connection).await?)
}

/// Counts the occurrences of an error that were received on the day of one of them, up to it; `None` where there are too
/// many.
async fn count_of_day(
    connection: &mut Connection,
    owner: Owner,
    id: OccurrenceId,
) -> Result<Option<u64>, Failure> {
    let most = i64::try_from(READ_MAX).unwrap_or(i64::MAX);
    let mut sql = Sql::of(
        "SELECT count(*) AS count FROM (SELECT 1 AS one FROM error_fingerprints f \
         JOIN occurrences o ON o.project_id = f.project_id AND o.fingerprint = f.fingerprint",
    );
    owner.condition(&mut sql);
    let first = OccurrenceId::first_of_day(id.day());
    sql.with(" AND o.id >= ", Bound::Id(DbId(first.0)));
    sql.with(" AND o.id <= ", Bound::Id(DbId(id.0)));
    sql.with(" LIMIT ", Bound::Int(most + 1));
    sql.push(") received");
    let row: CountRow = sql.into_query().get_result(connection).await?;
    Ok((row.count <= most).then_some(row.count.unsigned_abs()))
}
