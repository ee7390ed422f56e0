//! Figures of ranges over SQL.

use super::error_search::ErrorSearch;
use super::sql_text::{Bound, Sql};
use super::tag_filter::tag_filter;
use super::triage_store::visible;
use crate::dialect;
use crate::driver::{Connection, Failure, RunQueryDsl, Store};
use async_trait::async_trait;
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Nullable, Text};
use faultbook_domain::analytics::{
    BreakdownStore, Dimension, Distinct, ERRORS_MAX, HourCount, HourRange, Moments, TrendFilter,
    ValueCounts,
};
use faultbook_domain::errors::{ErrorQuery, READ_MAX, Severity};
use faultbook_domain::id::ErrorId;
use faultbook_domain::ingest::rollup_text;
use faultbook_domain::instant::micros;
use faultbook_domain::search::OccurrenceFilter;
use faultbook_domain::search_index::SEVERITY;
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::Scope;
use faultbook_sql::types::{DbId, DbTime, Id, Instant};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Microseconds of an hour.
const HOUR: i64 = 3_600_000_000;

/// Errors that are looked up at once.
const LOOKUPS: usize = 1_000;

#[derive(QueryableByName)]
struct ValueRow {
    #[diesel(sql_type = Text)]
    value: String,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(QueryableByName)]
struct IdRow {
    #[diesel(sql_type = Id)]
    id: DbId,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(QueryableByName)]
struct SumRow {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(QueryableByName)]
struct HourRow {
    #[diesel(sql_type = BigInt)]
    hour: i64,
    #[diesel(sql_type = BigInt)]
    read: i64,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(QueryableByName)]
struct FactRow {
    #[diesel(sql_type = Id)]
    project_id: DbId,
    #[diesel(sql_type = Id)]
    error_id: DbId,
    #[diesel(sql_type = Nullable<Id>)]
    user_key: Option<DbId>,
    #[diesel(sql_type = dialect::Tags)]
    tags: dialect::TagList,
}

#[derive(QueryableByName)]
struct NumberRow {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Text)]
    value: String,
}

#[derive(QueryableByName)]
struct MomentRow {
    #[diesel(sql_type = Id)]
    id: DbId,
    #[diesel(sql_type = Instant)]
    at: DbTime,
}

#[async_trait]
impl BreakdownStore for Store {
    async fn count_values(
        &self,
        scope: &Scope,
        by: Dimension,
        filter: &TrendFilter,
        range: HourRange,
    ) -> Result<ValueCounts, StoreError> {
        let (projects, filter) = (visible(scope), filter.clone());
        self.read(async move |connection| {
            count_values(connection, &projects, by, (&filter, range)).await
        })
        .await
    }

    async fn count_by_error(
        &self,
        scope: &Scope,
        filter: &TrendFilter,
        range: HourRange,
    ) -> Result<(HashMap<ErrorId, u64>, bool), StoreError> {
        let (projects, filter) = (visible(scope), filter.clone());
        self.read(async move |connection| {
            count_by_error(connection, &projects, (&filter, range)).await
        })
        .await
    }

    async fn count_distinct(
        &self,
        scope: &Scope,
        by: Dimension,
        query: &ErrorQuery,
    ) -> Result<Option<HashMap<Option<String>, Distinct>>, StoreError> {
        if scope.projects().is_empty() {
            return Ok(Some(HashMap::new()));
        }
        let (scope, query) = (scope.clone(), query.clone());
        self.read(async move |connection| count_distinct(connection, &scope, by, &query).await)
            .await
    }

    async fn count_hours(
        &self,
        scope: &Scope,
        query: &ErrorQuery,
        range: HourRange,
    ) -> Result<Option<Vec<HourCount>>, StoreError> {
        if scope.projects().is_empty() {
            return Ok(Some(Vec::new()));
        }
        let (scope, query) = (scope.clone(), query.clone());
        self.read(async move |connection| count_hours(connection, &scope, &query, range).await)
            .await
    }

    async fn count_new_errors(
        &self,
        scope: &Scope,
        filter: &TrendFilter,
        range: HourRange,
        bounded: bool,
    ) -> Result<Option<Vec<HourCount>>, StoreError> {
        let (projects, filter) = (visible(scope), filter.clone());
        self.read(async move |connection| {
            let sql = new_errors(&projects, &filter, range, bounded);
            let rows: Vec<HourRow> = sql.into_query().load(connection).await?;
            let read: i64 = rows.iter().map(|row| row.read).sum();
            let fits = !bounded || read.unsigned_abs() <= READ_MAX;
            let hours = rows
                .iter()
                .filter(|row| row.count > 0)
                .map(|row| HourCount {
                    hour: usize::try_from(row.hour).unwrap_or(usize::MAX),
                    count: row.count.unsigned_abs(),
                    critical: 0,
                });
            Ok(fits.then(|| hours.collect()))
        })
        .await
    }

    async fn list_moments(
        &self,
        scope: &Scope,
        errors: &[ErrorId],
        range: HourRange,
    ) -> Result<Moments, StoreError> {
        let (projects, errors) = (visible(scope), errors.to_vec());
        self.read(async move |connection| {
            let mut moments = Moments::default();
            for some in errors.chunks(LOOKUPS) {
                let resolved =
                    of_errors(&projects, some, ("error_activity", "error_id", "at"), range);
                let rows: Vec<MomentRow> = resolved.into_query().load(connection).await?;
                moments
                    .resolved
                    .extend(rows.into_iter().map(|row| (ErrorId(row.id.0), row.at.0)));
                let seen = of_errors(&projects, some, ("errors", "id", "first_seen"), range);
                let rows: Vec<MomentRow> = seen.into_query().load(connection).await?;
                moments
                    .first_seen
                    .extend(rows.into_iter().map(|row| row.at.0));
            }
            Ok(moments)
        })
        .await
    }
}

/// Selects instants of errors within a range: resolutions out of the activity, first sights out of errors.
fn of_errors(
    projects: &[DbId],
    errors: &[ErrorId],
    (table, id, at): (&str, &str, &str),
    range: HourRange,
) -> Sql {
    let mut sql = Sql::of(&format!(
        "SELECT t.{id} AS id, t.{at} AS at FROM {table} t WHERE t.project_id IN "
    ));
    sql.list(projects.iter().copied().map(Bound::Id));
    sql.push(&format!(" AND t.{id} IN "));
    sql.list(errors.iter().map(|id| Bound::Id(DbId(id.0))));
    sql.with(
        &format!(" AND t.{at} >= "),
        Bound::Time(DbTime(range.since)),
    );
    sql.with(&format!(" AND t.{at} < "), Bound::Time(DbTime(range.until)));
    if table == "error_activity" {
        sql.push(" AND t.kind = 'resolved'");
    }
    sql
}

/// Appends the range and the filters on cells `h` of a roll-up; those of releases count hours in microseconds.
fn on_cells(sql: &mut Sql, filter: &TrendFilter, range: HourRange, of_releases: bool) {
    let bound = |at| match of_releases {
        true => Bound::Int(micros(at)),
        false => Bound::Time(DbTime(at)),
    };
    sql.with(" AND h.hour >= ", bound(range.since));
    sql.with(" AND h.hour < ", bound(range.until));
    if let Some(level) = filter.level {
        sql.with(" AND h.level = ", Bound::Text(level.as_str().to_owned()));
    }
    if let Some(severity) = filter.severity {
        sql.with(
            " AND h.severity = ",
            Bound::Text(severity.as_str().to_owned()),
        );
    }
    let mut text = |column: &str, wanted: &Option<String>| {
        if let Some(wanted) = wanted {
            let wanted = rollup_text(wanted).to_owned();
            sql.with(&format!(" AND h.{column} = "), Bound::Text(wanted));
        }
    };
    text("source", &filter.source);
    text("environment", &filter.environment);
    text("release", &filter.release);
}

async fn count_values(
    connection: &mut Connection,
    projects: &[DbId],
    by: Dimension,
    (filter, range): (&TrendFilter, HourRange),
) -> Result<ValueCounts, Failure> {
    let of_releases = by == Dimension::Release || filter.release.is_some();
    let table = if of_releases {
        "release_hourly"
    } else {
        "project_hourly"
    };
    let from = |sql: &mut Sql, table: &str, of_releases| {
        sql.push(&format!(" FROM {table} h WHERE h.project_id IN "));
        sql.list(projects.iter().copied().map(Bound::Id));
        on_cells(sql, filter, range, of_releases);
    };
    let mut counts = ValueCounts::new();
    if by == Dimension::Project {
        let mut sql = Sql::of("SELECT h.project_id AS id, CAST(sum(h.count) AS BIGINT) AS count");
        from(&mut sql, table, of_releases);
        sql.push(" GROUP BY h.project_id");
        let rows: Vec<IdRow> = sql.into_query().load(connection).await?;
        counts.extend(
            rows.into_iter()
                .map(|row| (Some(row.id.0.to_string()), row.count.unsigned_abs())),
        );
        return Ok(counts);
    }
    let column = match by {
        Dimension::Project | Dimension::Release => "release",
        Dimension::Environment => "environment",
        Dimension::Source => "source",
        Dimension::Level => "level",
        Dimension::Severity => "severity",
    };
    let mut sql = Sql::of(&format!(
        "SELECT h.{column} AS value, CAST(sum(h.count) AS BIGINT) AS count"
    ));
    from(&mut sql, table, of_releases);
    sql.push(&format!(" GROUP BY h.{column}"));
    let rows: Vec<ValueRow> = sql.into_query().load(connection).await?;
    counts.extend(
        rows.into_iter()
            .map(|row| (Some(row.value), row.count.unsigned_abs())),
    );
    if by == Dimension::Release && filter.release.is_none() {
        let mut sql = Sql::of("SELECT CAST(coalesce(sum(h.count), 0) AS BIGINT) AS count");
        from(&mut sql, "project_hourly", false);
        let all: SumRow = sql.into_query().get_result(connection).await?;
        let named: u64 = counts.values().sum();
        let without = all.count.unsigned_abs().saturating_sub(named);
        if without > 0 {
            counts.insert(None, without);
        }
    }
    Ok(counts)
}

async fn count_by_error(
    connection: &mut Connection,
    projects: &[DbId],
    (filter, range): (&TrendFilter, HourRange),
) -> Result<(HashMap<ErrorId, u64>, bool), Failure> {
    let mut sql = Sql::of("SELECT e.id, e.count FROM errors e WHERE e.project_id IN ");
    sql.list(projects.iter().copied().map(Bound::Id));
    sql.with(" AND e.last_seen >= ", Bound::Time(DbTime(range.since)));
    sql.with(" AND e.first_seen < ", Bound::Time(DbTime(range.until)));
    sql.push(" ORDER BY e.count DESC, e.id DESC");
    sql.with(" LIMIT ", Bound::Int(i64::from(ERRORS_MAX) + 1));
    let mut chosen: Vec<IdRow> = sql.into_query().load(connection).await?;
    let more = chosen.len() > ERRORS_MAX as usize;
    chosen.truncate(ERRORS_MAX as usize);
    let of_releases = filter.release.is_some();
    let table = if of_releases {
        "fingerprint_release_hourly"
    } else {
        "error_hourly"
    };
    let mut sql = Sql::of(&format!(
        "SELECT f.error_id AS id, CAST(sum(h.count) AS BIGINT) AS count FROM error_fingerprints f \
         JOIN {table} h ON h.project_id = f.project_id AND h.fingerprint = f.fingerprint \
         WHERE f.project_id IN "
    ));
    sql.list(projects.iter().copied().map(Bound::Id));
    sql.push(" AND f.error_id IN ");
    sql.list(chosen.iter().map(|row| Bound::Id(row.id)));
    on_cells(&mut sql, filter, range, of_releases);
    sql.push(" GROUP BY f.error_id");
    let rows: Vec<IdRow> = sql.into_query().load(connection).await?;
    let counts = rows
        .into_iter()
        .map(|row| (ErrorId(row.id.0), row.count.unsigned_abs()));
    Ok((counts.collect(), more))
}

/// One more than may be read.
fn bound() -> Bound {
    Bound::Int(
        i64::try_from(READ_MAX)
            .unwrap_or(i64::MAX)
            .saturating_add(1),
    )
}

async fn count_distinct(
    connection: &mut Connection,
    scope: &Scope,
    by: Dimension,
    query: &ErrorQuery,
) -> Result<Option<HashMap<Option<String>, Distinct>>, Failure> {
    let projects = visible(scope);
    let search = query.whole_search();
    let asked = ErrorSearch::prepare(connection, scope, query, &search).await?;
    let mut sql = Sql::of(
        "SELECT x.project_id, f.error_id, x.user_key, x.tags FROM occurrence_facts x \
         JOIN error_fingerprints f ON f.project_id = x.project_id AND f.fingerprint = x.fingerprint \
         WHERE x.project_id IN ",
    );
    sql.list(projects.iter().copied().map(Bound::Id));
    asked.of_matches(&mut sql);
    sql.with(" LIMIT ", bound());
    let rows: Vec<FactRow> = sql.into_query().load(connection).await?;
    if rows.len() as u64 > READ_MAX {
        return Ok(None);
    }
    let values = values_of(connection, &projects, by).await?;
    let mut sets: HashMap<Option<String>, (HashSet<Uuid>, HashSet<Uuid>)> = HashMap::new();
    for row in rows {
        let value = match by {
            Dimension::Project => Some(row.project_id.0.to_string()),
            _ => dialect::tag_numbers(&row.tags)
                .find_map(|number| values.get(&number))
                .cloned(),
        };
        let (errors, users) = sets.entry(value).or_default();
        errors.insert(row.error_id.0);
        users.extend(row.user_key.map(|key| key.0));
    }
    let distinct = sets.into_iter().map(|(value, (errors, users))| {
        let distinct = Distinct {
            errors: errors.len() as u64,
            users: users.len() as u64,
        };
        (value, distinct)
    });
    Ok(Some(distinct.collect()))
}

/// Returns the values of a dimension's tag by their numbers.
async fn values_of(
    connection: &mut Connection,
    projects: &[DbId],
    by: Dimension,
) -> Result<HashMap<i64, String>, Failure> {
    let key = match by {
        Dimension::Project => return Ok(HashMap::new()),
        Dimension::Release => "release",
        Dimension::Environment => "environment",
        Dimension::Source => "source",
        Dimension::Level => "level",
        Dimension::Severity => SEVERITY,
    };
    let mut sql = Sql::of("SELECT id, value FROM tag_values WHERE project_id IN ");
    sql.list(projects.iter().copied().map(Bound::Id));
    sql.with(" AND key = ", Bound::Text(key.to_owned()));
    sql.push(" AND value IS NOT NULL");
    let rows: Vec<NumberRow> = sql.into_query().load(connection).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.value)).collect())
}

async fn count_hours(
    connection: &mut Connection,
    scope: &Scope,
    query: &ErrorQuery,
    range: HourRange,
) -> Result<Option<Vec<HourCount>>, Failure> {
    let projects = visible(scope);
    let search = query.whole_search();
    let asked = ErrorSearch::prepare(connection, scope, query, &search).await?;
    let critical = OccurrenceFilter::Severity(vec![Severity::Critical]);
    let critical = tag_filter(connection, &projects, &[], (false, &critical)).await?;
    let mut sql = Sql::of("WITH ");
    asked.matching_errors(&mut sql);
    sql.push(
        " SELECT hour, count(*) AS read, CAST(sum(critical) AS BIGINT) AS count FROM (SELECT (x.timestamp - ",
    );
    sql.bind(Bound::Int(micros(range.since)));
    sql.with(") / ", Bound::Int(HOUR));
    sql.push(" AS hour, CASE WHEN ");
    critical.condition(&mut sql);
    sql.push(
        " THEN 1 ELSE 0 END AS critical FROM found \
         JOIN error_fingerprints f ON f.project_id = found.project_id AND f.error_id = found.id \
         JOIN occurrence_facts x ON x.project_id = f.project_id AND x.fingerprint = f.fingerprint \
         WHERE 1 = 1",
    );
    asked.of_matches(&mut sql);
    sql.with(" LIMIT ", bound());
    sql.push(") matching GROUP BY hour");
    let rows: Vec<HourRow> = sql.into_query().load(connection).await?;
    let read: i64 = rows.iter().map(|row| row.read).sum();
    let hours = rows.into_iter().map(|row| HourCount {
        hour: usize::try_from(row.hour).unwrap_or(usize::MAX),
        count: row.read.unsigned_abs(),
        critical: row.count.unsigned_abs(),
    });
    Ok((read.unsigned_abs() <= READ_MAX).then(|| hours.collect()))
}

/// Selects the errors that were first seen in a range by hour: how many were read, and how many the filter leaves.
fn new_errors(projects: &[DbId], filter: &TrendFilter, range: HourRange, bounded: bool) -> Sql {
    let mut sql = Sql::of("SELECT hour, count(*) AS read, count(CASE WHEN 1 = 1");
    if let Some(level) = filter.level {
        sql.with(" AND level = ", Bound::Text(level.as_str().to_owned()));
    }
    if let Some(severity) = filter.severity {
        sql.with(
            " AND severity = ",
            Bound::Text(severity.as_str().to_owned()),
        );
    }
    for (column, wanted) in [
        ("source", &filter.source),
        ("environment", &filter.environment),
    ] {
        if let Some(wanted) = wanted {
            let wanted = rollup_text(wanted).to_owned();
            sql.with(
                &format!(" AND substr({column}, 1, 200) = "),
                Bound::Text(wanted),
            );
        }
    }
    if let Some(release) = &filter.release {
        sql.push(
            " AND (SELECT r.seen_release FROM error_fingerprints f JOIN fingerprint_releases r \
             ON r.project_id = f.project_id AND r.fingerprint = f.fingerprint \
             WHERE f.project_id = seen.project_id AND f.error_id = seen.id \
             ORDER BY r.seen_at, r.seen_id LIMIT 1) = ",
        );
        sql.bind(Bound::Text(rollup_text(release).to_owned()));
    }
    sql.push(&format!(
        " THEN 1 END) AS count FROM (SELECT e.project_id, e.id, e.level, e.severity, e.source, \
         e.environment, ({} - ",
        dialect::micros_of("e.first_seen")
    ));
    sql.bind(Bound::Int(micros(range.since)));
    sql.with(") / ", Bound::Int(HOUR));
    sql.push(" AS hour FROM errors e WHERE e.project_id IN ");
    sql.list(projects.iter().copied().map(Bound::Id));
    sql.with(" AND e.first_seen >= ", Bound::Time(DbTime(range.since)));
    sql.with(" AND e.first_seen < ", Bound::Time(DbTime(range.until)));
    if let Some(error) = filter.error {
        sql.with(" AND e.id = ", Bound::Id(DbId(error.0)));
    }
    if bounded {
        sql.with(" LIMIT ", bound());
    }
    sql.push(") seen GROUP BY hour");
    sql
}
