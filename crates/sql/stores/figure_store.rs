//! Figures of errors over SQL, out of counters, roll-ups and the search index.

use super::error_search::ErrorSearch;
use super::sql_text::{Bound, Sql};
use super::triage_store::visible;
use crate::driver::{Connection, Failure, RunQueryDsl, Store};
use async_trait::async_trait;
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Nullable, Text};
use faultbook_domain::errors::{
    Actor, ErrorHistory, ErrorQuery, FINGERPRINTS_MAX, FigureStore, MatchCount, Neighbors,
    OwnedFingerprint, READ_MAX, SUMMARY_MESSAGE_BYTES, Tallies, summary_message,
};
use faultbook_domain::fingerprint::Fingerprint;
use faultbook_domain::id::ErrorId;
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::Scope;
use faultbook_sql::row::corrupt;
use faultbook_sql::types::{DbId, DbTime, Id, Instant};
use time::OffsetDateTime;

#[derive(QueryableByName)]
struct ErrorRow {
    #[diesel(sql_type = Id)]
    project_id: DbId,
    #[diesel(sql_type = Instant)]
    created_at: DbTime,
}

#[derive(QueryableByName)]
struct CountRow {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(QueryableByName)]
struct ReleaseRow {
    #[diesel(sql_type = Text)]
    release: String,
}

#[derive(QueryableByName)]
struct FingerprintRow {
    #[diesel(sql_type = Id)]
    fingerprint: DbId,
    #[diesel(sql_type = Nullable<Instant>)]
    joined_at: Option<DbTime>,
    #[diesel(sql_type = Nullable<Text>)]
    joined_by: Option<String>,
    #[diesel(sql_type = Nullable<Id>)]
    merged_from: Option<DbId>,
    #[diesel(sql_type = BigInt)]
    count: i64,
    #[diesel(sql_type = Nullable<Text>)]
    message: Option<String>,
}

#[derive(QueryableByName)]
struct TallyRow {
    #[diesel(sql_type = BigInt)]
    state: i64,
    #[diesel(sql_type = BigInt)]
    errors: i64,
    #[diesel(sql_type = BigInt)]
    occurrences: i64,
}

#[derive(QueryableByName)]
struct SumRow {
    #[diesel(sql_type = BigInt)]
    read: i64,
    #[diesel(sql_type = BigInt)]
    sum: i64,
}

impl SumRow {
    /// Returns the sum, unless more was there than may be read.
    fn within_bounds(&self) -> Option<u64> {
        (self.read.unsigned_abs() <= READ_MAX).then_some(self.sum.unsigned_abs())
    }
}

/// One more than may be read.
fn bound() -> Bound {
    Bound::Int(
        i64::try_from(READ_MAX)
            .unwrap_or(i64::MAX)
            .saturating_add(1),
    )
}

#[async_trait]
impl FigureStore for Store {
    async fn get_history(
        &self,
        scope: &Scope,
        error: ErrorId,
        within: (OffsetDateTime, OffsetDateTime),
    ) -> Result<Option<ErrorHistory>, StoreError> {
        let projects = visible(scope);
        self.read(async move |connection| history(connection, &projects, error, within).await)
            .await
    }

    async fn get_tallies(&self, scope: &Scope) -> Result<Tallies, StoreError> {
        let projects = visible(scope);
        self.read(async move |connection| {
            let mut sql = Sql::of(
                "SELECT CAST(state AS BIGINT) AS state, CAST(sum(errors) AS BIGINT) AS errors, \
                 CAST(sum(occurrences) AS BIGINT) AS occurrences FROM error_tallies \
                 WHERE project_id IN ",
            );
            sql.list(projects.iter().copied().map(Bound::Id));
            sql.push(" GROUP BY state");
            tallies(connection, sql).await
        })
        .await
    }

    async fn count_by_state(
        &self,
        scope: &Scope,
        query: &ErrorQuery,
    ) -> Result<Tallies, StoreError> {
        if scope.projects().is_empty() {
            return Ok(Tallies::default());
        }
        let (scope, query) = (scope.clone(), query.clone());
        self.read(async move |connection| {
            let search = query.whole_search();
            let asked = ErrorSearch::prepare(connection, &scope, &query, &search).await?;
            let mut sql = Sql::of("WITH ");
            asked.matching_errors(&mut sql);
            sql.push(
                " SELECT CAST(state AS BIGINT) AS state, count(*) AS errors, \
                 CAST(sum(count) AS BIGINT) AS occurrences FROM ( \
                 SELECT CASE WHEN e.resolved THEN 3 WHEN e.ignored THEN 2 WHEN e.regressed THEN 1 \
                 ELSE 0 END AS state, e.count FROM found \
                 JOIN errors e ON e.project_id = found.project_id AND e.id = found.id) states \
                 GROUP BY state",
            );
            tallies(connection, sql).await
        })
        .await
    }

    async fn count_matches(
        &self,
        scope: &Scope,
        query: &ErrorQuery,
    ) -> Result<MatchCount, StoreError> {
        if scope.projects().is_empty() {
            return Ok(MatchCount {
                occurrences: Some(0),
                users: Some(0),
            });
        }
        let (scope, query) = (scope.clone(), query.clone());
        self.read(async move |connection| {
            let search = query.whole_search();
            let asked = ErrorSearch::prepare(connection, &scope, &query, &search).await?;
            let occurrences = if asked.counts_matches() {
                let mut sql = Sql::of("WITH ");
                asked.matching_errors(&mut sql);
                sql.push(" SELECT count(*) AS read, count(*) AS sum FROM (SELECT 1 AS one FROM found");
                join_facts(&mut sql, &asked);
                sql.with(" LIMIT ", bound());
                sql.push(") matching");
                sum(connection, sql).await?
            } else {
                let mut sql = Sql::of("WITH ");
                asked.matching_errors(&mut sql);
                sql.push(
                    " SELECT count(*) AS read, CAST(coalesce(sum(count), 0) AS BIGINT) AS sum FROM ( \
                     SELECT e.count FROM found \
                     JOIN errors e ON e.project_id = found.project_id AND e.id = found.id",
                );
                sql.with(" LIMIT ", bound());
                sql.push(") matching");
                sum(connection, sql).await?
            };
            let users = users(connection, &asked, true).await?;
            Ok(MatchCount {
                occurrences: occurrences.within_bounds(),
                users: users.within_bounds(),
            })
        })
        .await
    }

    async fn count_users(&self, scope: &Scope, query: &ErrorQuery) -> Result<u64, StoreError> {
        if scope.projects().is_empty() {
            return Ok(0);
        }
        let (scope, query) = (scope.clone(), query.clone());
        self.read(async move |connection| {
            let search = query.whole_search();
            if search.is_all() && query.ids.is_none() {
                let mut sql = Sql::of(
                    "SELECT count(DISTINCT user_key) AS count FROM fingerprint_users WHERE project_id IN ",
                );
                sql.list(visible(&scope).into_iter().map(Bound::Id));
                let row: CountRow = sql.into_query().get_result(connection).await?;
                return Ok(row.count.unsigned_abs());
            }
            let asked = ErrorSearch::prepare(connection, &scope, &query, &search).await?;
            Ok(users(connection, &asked, false).await?.sum.unsigned_abs())
        })
        .await
    }

    async fn find_neighbors(
        &self,
        scope: &Scope,
        query: &ErrorQuery,
        error: ErrorId,
    ) -> Result<Option<Neighbors>, StoreError> {
        self.neighbors(scope, query, error).await
    }
}

/// Appends the facts `x` of matching occurrences of the errors `found`.
fn join_facts(sql: &mut Sql, asked: &ErrorSearch<'_>) {
    sql.push(
        " JOIN error_fingerprints f ON f.project_id = found.project_id AND f.error_id = found.id \
         JOIN occurrence_facts x ON x.project_id = f.project_id AND x.fingerprint = f.fingerprint \
         WHERE 1 = 1",
    );
    asked.of_matches(sql);
}

/// Counts the users of what a search finds, each once; `bounded` by how much may be read.
async fn users(
    connection: &mut Connection,
    asked: &ErrorSearch<'_>,
    bounded: bool,
) -> Result<SumRow, Failure> {
    let mut sql = Sql::of("WITH ");
    asked.matching_errors(&mut sql);
    sql.push(" SELECT count(*) AS read, count(DISTINCT user_key) AS sum FROM (SELECT ");
    if asked.counts_matches() {
        sql.push("x.user_key FROM found");
        join_facts(&mut sql, asked);
    } else {
        sql.push(
            "u.user_key FROM found JOIN error_fingerprints f \
             ON f.project_id = found.project_id AND f.error_id = found.id \
             JOIN fingerprint_users u ON u.project_id = f.project_id AND u.fingerprint = f.fingerprint",
        );
    }
    if bounded {
        sql.with(" LIMIT ", bound());
    }
    sql.push(") matching");
    sum(connection, sql).await
}

async fn sum(connection: &mut Connection, sql: Sql) -> Result<SumRow, Failure> {
    Ok(sql.into_query().get_result(connection).await?)
}

async fn tallies(connection: &mut Connection, sql: Sql) -> Result<Tallies, Failure> {
    let rows: Vec<TallyRow> = sql.into_query().load(connection).await?;
    let mut tallies = Tallies::default();
    for row in rows {
        let tally = tallies.numbered(row.state);
        tally.errors = row.errors.unsigned_abs();
        tally.occurrences = row.occurrences.unsigned_abs();
    }
    Ok(tallies)
}

async fn history(
    connection: &mut Connection,
    projects: &[DbId],
    error: ErrorId,
    (from, to): (OffsetDateTime, OffsetDateTime),
) -> Result<Option<ErrorHistory>, Failure> {
    let mut sql = Sql::of("SELECT project_id, created_at FROM errors WHERE project_id IN ");
    sql.list(projects.iter().copied().map(Bound::Id));
    sql.with(" AND id = ", Bound::Id(DbId(error.0)));
    let found: Vec<ErrorRow> = sql.into_query().load(connection).await?;
    let Some(row) = found.into_iter().next() else {
        return Ok(None);
    };
    let own = (row.project_id, DbId(error.0));
    let mut sql = Sql::of(
        "SELECT CAST(coalesce(sum(h.count), 0) AS BIGINT) AS count FROM error_fingerprints f \
         JOIN error_hourly h ON h.project_id = f.project_id AND h.fingerprint = f.fingerprint",
    );
    of_error(&mut sql, own);
    sql.with(" AND h.hour >= ", Bound::Time(DbTime(from)));
    sql.with(" AND h.hour < ", Bound::Time(DbTime(to)));
    let within: CountRow = sql.into_query().get_result(connection).await?;
    Ok(Some(ErrorHistory {
        count_within: within.count.unsigned_abs(),
        first_release: named(connection, own, ("first", "")).await?,
        last_release: named(connection, own, ("last", " DESC")).await?,
        fingerprints: fingerprints(connection, own, row.created_at.0).await?,
    }))
}

/// Appends that the fingerprint `f` is of an error.
fn of_error(sql: &mut Sql, (project, error): (DbId, DbId)) {
    sql.with(" WHERE f.project_id = ", Bound::Id(project));
    sql.with(" AND f.error_id = ", Bound::Id(error));
}

/// Returns the release of the earliest or the latest occurrence that named one.
async fn named(
    connection: &mut Connection,
    own: (DbId, DbId),
    (which, order): (&str, &str),
) -> Result<Option<String>, Failure> {
    let mut sql = Sql::of(&format!(
        "SELECT r.{which}_release AS release FROM error_fingerprints f \
         JOIN fingerprint_releases r ON r.project_id = f.project_id AND r.fingerprint = f.fingerprint"
    ));
    of_error(&mut sql, own);
    sql.push(&format!(
        " AND r.{which}_release IS NOT NULL ORDER BY r.{which}_at{order}, r.{which}_id{order} LIMIT 1"
    ));
    let found: Vec<ReleaseRow> = sql.into_query().load(connection).await?;
    Ok(found.into_iter().next().map(|row| row.release))
}

async fn fingerprints(
    connection: &mut Connection,
    own: (DbId, DbId),
    created_at: OffsetDateTime,
) -> Result<Vec<OwnedFingerprint>, Failure> {
    let mut sql = Sql::of(&format!(
        "SELECT f.fingerprint, f.joined_at, f.joined_by, f.merged_from, \
         CAST(f.expired_count + coalesce((SELECT sum(h.count) FROM error_hourly h \
         WHERE h.project_id = f.project_id AND h.fingerprint = f.fingerprint), 0) AS BIGINT) AS count, \
         (SELECT substr(o.message, 1, {SUMMARY_MESSAGE_BYTES}) FROM occurrences o \
         WHERE o.project_id = f.project_id AND o.fingerprint = f.fingerprint \
         ORDER BY o.id DESC LIMIT 1) AS message \
         FROM (SELECT * FROM error_fingerprints f"
    ));
    of_error(&mut sql, own);
    sql.push(" ORDER BY f.merged_from IS NOT NULL, f.joined_at, f.fingerprint");
    sql.with(" LIMIT ", Bound::Int(FINGERPRINTS_MAX));
    sql.push(") f ORDER BY f.merged_from IS NOT NULL, f.joined_at, f.fingerprint");
    let rows: Vec<FingerprintRow> = sql.into_query().load(connection).await?;
    let owned = rows.into_iter().map(|row| {
        let by = row.joined_by.map(|by| {
            Actor::from_stored(&by).ok_or_else(|| corrupt("error_fingerprints", "joined_by", &by))
        });
        Ok(OwnedFingerprint {
            fingerprint: Fingerprint::from_bytes(row.fingerprint.0.into_bytes()),
            count: row.count.unsigned_abs(),
            message: row.message.map(|text| summary_message(&text).to_owned()),
            joined_at: row.joined_at.map_or(created_at, |at| at.0),
            merged: by
                .transpose()?
                .zip(row.merged_from.map(|from| ErrorId(from.0))),
        })
    });
    Ok(owned.collect::<Result<_, StoreError>>()?)
}
