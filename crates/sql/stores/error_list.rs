//! Pages of errors with their figures.

use super::error_search::{ErrorSearch, Found, OWN_USERS};
use super::error_trends::trends;
use super::matching_list::Matched;
use super::sql_text::{Bound, Sql};
use crate::driver::{Connection, Failure, RunQueryDsl, Store};
use crate::error_query::{groups, latest_of};
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Nullable, Text};
use faultbook_domain::errors::{ErrorDetail, ErrorFigures, ErrorGroup, ErrorQuery, Occurrence};
use faultbook_domain::id::ErrorId;
use faultbook_domain::instant::from_micros;
use faultbook_domain::page::{Cursor, PAGE_BYTES, Page, PageStart};
use faultbook_domain::search::Figures;
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::Scope;
use faultbook_sql::types::{DbId, Id};
use std::collections::HashMap;
use uuid::Uuid;

#[derive(QueryableByName)]
struct UsersRow {
    #[diesel(sql_type = Id)]
    id: DbId,
    #[diesel(sql_type = BigInt)]
    users: i64,
}

#[derive(QueryableByName)]
struct PlaceRow {
    #[diesel(sql_type = Id)]
    fingerprint: DbId,
    #[diesel(sql_type = Nullable<Text>)]
    exception_type: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    culprit: Option<String>,
}

impl Store {
    /// Lists one page of errors.
    pub(crate) async fn error_page(
        &self,
        scope: &Scope,
        query: &ErrorQuery,
    ) -> Result<Page<ErrorDetail>, StoreError> {
        if scope.projects().is_empty() {
            return Ok(Page {
                items: Vec::new(),
                total: 0,
                next: None,
            });
        }
        let (scope, query) = (scope.clone(), query.clone());
        self.read(async move |connection| {
            let search = query.whole_search();
            let asked = ErrorSearch::prepare(connection, &scope, &query, &search).await?;
            let mut page = asked.page(connection).await?;
            let limit = usize::try_from(query.limit.max(1)).unwrap_or(usize::MAX);
            let mut more = page.errors.len() > limit;
            page.errors.truncate(limit);
            let keys = page.errors.iter().map(|one| (one.project.0, one.id.0));
            let rows = groups(connection, &keys.collect::<Vec<_>>()).await?;
            // What was deleted since is skipped, where statements of one read do not share a snapshot.
            page.errors.retain(|one| rows.contains_key(&one.id));
            let mut details = details(connection, &page.errors, rows, query.with_latest).await?;
            more |= details.len() < page.errors.len();
            let shown = &page.errors[..details.len()];
            add_figures(connection, (&asked, &query), shown, &mut details).await?;
            let next = shown.last().filter(|_| more).map(|last| Cursor {
                rank: last.rank,
                id: last.id.0,
            });
            Ok(Page {
                items: details,
                total: u64::try_from(page.total).unwrap_or(0),
                next,
            })
        })
        .await
    }
}

impl Store {
    /// Lists the ids of all errors that a query finds.
    pub(crate) async fn matching_errors(
        &self,
        scope: &Scope,
        query: &ErrorQuery,
    ) -> Result<Vec<ErrorId>, StoreError> {
        if scope.projects().is_empty() {
            return Ok(Vec::new());
        }
        let scope = scope.clone();
        let query = ErrorQuery {
            start: PageStart::default(),
            limit: u32::MAX,
            ..query.clone()
        };
        self.read(async move |connection| {
            let search = query.whole_search();
            let asked = ErrorSearch::prepare(connection, &scope, &query, &search).await?;
            let found = asked.page(connection).await?;
            Ok(found.errors.into_iter().map(|one| one.id).collect())
        })
        .await
    }
}

/// Loads errors in order; fewer where their latest occurrences exceed the page's maximum of text.
async fn details(
    connection: &mut Connection,
    found: &[Found],
    mut rows: HashMap<ErrorId, ErrorGroup>,
    with_latest: bool,
) -> Result<Vec<ErrorDetail>, Failure> {
    let mut details = Vec::with_capacity(found.len());
    let mut bytes = 0;
    for one in found {
        let Some(error) = rows.remove(&one.id) else {
            break;
        };
        let latest = if with_latest {
            latest_of(connection, &error).await?
        } else {
            None
        };
        bytes += latest.as_ref().map_or(0, Occurrence::text_bytes);
        if bytes > PAGE_BYTES && !details.is_empty() {
            break;
        }
        let figures = Some(ErrorFigures::new(figures_of(&error, one.matched)));
        details.push(ErrorDetail {
            error,
            latest,
            figures,
        });
    }
    Ok(details)
}

fn figures_of(error: &ErrorGroup, matched: Option<Matched>) -> Figures {
    match matched {
        Some(matched) => Figures {
            count: matched.count,
            users: matched.users,
            first_seen: from_micros(matched.first),
            last_seen: from_micros(matched.last),
        },
        None => Figures {
            count: error.state.count,
            users: 0,
            first_seen: error.state.first_seen,
            last_seen: error.state.last_seen,
        },
    }
}

/// Adds users, trends, types and culprits.
async fn add_figures(
    connection: &mut Connection,
    (asked, query): (&ErrorSearch<'_>, &ErrorQuery),
    found: &[Found],
    details: &mut [ErrorDetail],
) -> Result<(), Failure> {
    if details.is_empty() {
        return Ok(());
    }
    let users = users(connection, found).await?;
    let trends = trends(connection, asked, found).await?;
    let places = places(connection, details).await?;
    for detail in details {
        let id = detail.error.state.id;
        let fingerprint = Uuid::from_bytes(*detail.error.fingerprint.as_bytes());
        let Some(figures) = &mut detail.figures else {
            continue;
        };
        if let Some(users) = users.get(&id) {
            figures.of.users = *users;
        }
        figures.trend = trends
            .get(&id)
            .cloned()
            .unwrap_or_else(|| vec![0; query.trend.counts()]);
        if let Some((exception_type, culprit)) = places.get(&fingerprint) {
            figures.exception_type.clone_from(exception_type);
            figures.culprit.clone_from(culprit);
        }
    }
    Ok(())
}

pub(super) fn id_list(sql: &mut Sql, found: &[&Found], project: &str, id: &str) {
    sql.push(project);
    let mut projects: Vec<DbId> = found.iter().map(|one| DbId(one.project.0)).collect();
    projects.sort_unstable();
    projects.dedup();
    sql.list(projects.into_iter().map(Bound::Id));
    sql.push(id);
    sql.list(found.iter().map(|one| Bound::Id(DbId(one.id.0))));
}

/// Counts the users of errors whose own figures are shown.
async fn users(
    connection: &mut Connection,
    found: &[Found],
) -> Result<HashMap<ErrorId, i64>, Failure> {
    if found.iter().all(|one| one.matched.is_some()) {
        return Ok(HashMap::new());
    }
    let mut sql = Sql::of(&format!("SELECT e.id, {OWN_USERS} AS users FROM errors e"));
    let found: Vec<&Found> = found.iter().collect();
    id_list(&mut sql, &found, " WHERE e.project_id IN ", " AND e.id IN ");
    let rows: Vec<UsersRow> = sql.into_query().load(connection).await?;
    let users = rows.into_iter().map(|row| (ErrorId(row.id.0), row.users));
    Ok(users.collect())
}

type Place = (Option<String>, Option<String>);

/// Loads type and culprit of the fingerprints of latest occurrences.
async fn places(
    connection: &mut Connection,
    details: &[ErrorDetail],
) -> Result<HashMap<Uuid, Place>, Failure> {
    let mut sql = Sql::of(
        "SELECT fingerprint, exception_type, culprit FROM fingerprint_figures WHERE project_id IN ",
    );
    let mut projects: Vec<DbId> = details
        .iter()
        .map(|detail| DbId(detail.error.project_id.0))
        .collect();
    projects.sort_unstable();
    projects.dedup();
    sql.list(projects.into_iter().map(Bound::Id));
    sql.push(" AND fingerprint IN ");
    let prints = details
        .iter()
        .map(|detail| Uuid::from_bytes(*detail.error.fingerprint.as_bytes()));
    sql.list(prints.map(|print| Bound::Id(DbId(print))));
    let rows: Vec<PlaceRow> = sql.into_query().load(connection).await?;
    let places = rows
        .into_iter()
        .map(|row| (row.fingerprint.0, (row.exception_type, row.culprit)));
    Ok(places.collect())
}
