//! Statistics on SQLite, read from roll-ups and counters.

use crate::SqliteStore;
use crate::error_store::visible;
use crate::row::{Uid, micros};
use async_trait::async_trait;
use diesel::prelude::*;
use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::sql_query;
use diesel::sql_types::{BigInt, Binary, Double, Nullable, Text};
use diesel::sqlite::Sqlite;
use faultbook_domain::analytics::{
    AnalyticsStore, Buckets, Summary, TrendFilter, TrendPoint, Window,
};
use faultbook_domain::ingest::rollup_text;
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::Scope;
use time::Duration;

#[derive(QueryableByName)]
struct Totals {
    #[diesel(sql_type = BigInt)]
    errors: i64,
    #[diesel(sql_type = BigInt)]
    resolved: i64,
    #[diesel(sql_type = BigInt)]
    occurrences: i64,
    #[diesel(sql_type = Nullable<Double>)]
    mean_micros: Option<f64>,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(QueryableByName)]
struct Cell {
    #[diesel(sql_type = BigInt)]
    bucket: i64,
    #[diesel(sql_type = BigInt)]
    count: i64,
    #[diesel(sql_type = BigInt)]
    critical: i64,
}

type Boxed<'a> = BoxedSqlQuery<'a, Sqlite, SqlQuery>;

#[async_trait]
impl AnalyticsStore for SqliteStore {
    async fn get_summary(&self, scope: &Scope, windows: &[Window]) -> Result<Summary, StoreError> {
        let projects = visible(scope);
        let windows = windows.to_vec();
        self.read(async move |connection| {
            let totals: Totals = of_projects(TOTALS, &projects).get_result(connection)?;
            let mut in_windows = Vec::with_capacity(windows.len());
            for Window { from, to } in windows {
                let counted: Count = of_projects(
                    "SELECT coalesce(sum(count), 0) AS count FROM project_hourly \
                     WHERE project_id IN ",
                    &projects,
                )
                .sql(" AND hour >= ? AND hour < ?")
                .bind::<BigInt, _>(micros(from))
                .bind::<BigInt, _>(micros(to))
                .get_result(connection)?;
                in_windows.push(counted.count.unsigned_abs());
            }
            Ok(Summary {
                errors: totals.errors.unsigned_abs(),
                resolved: totals.resolved.unsigned_abs(),
                occurrences: totals.occurrences.unsigned_abs(),
                mean_resolution: totals
                    .mean_micros
                    .map(|micros| Duration::seconds_f64(micros / 1e6)),
                in_windows,
            })
        })
        .await
    }

    async fn get_mean_resolution(
        &self,
        scope: &Scope,
        environment: &str,
    ) -> Result<Option<Duration>, StoreError> {
        let projects = visible(scope);
        let environment = rollup_text(environment).to_owned();
        self.read(async move |connection| {
            let mean: Mean = of_projects(MEAN, &projects)
                .sql(
                    " AND id IN (SELECT f.error_id FROM tag_values v \
                     JOIN fingerprint_tags t ON t.project_id = v.project_id AND t.tag_id = v.id \
                     JOIN error_fingerprints f ON f.project_id = t.project_id \
                     AND f.fingerprint = t.fingerprint WHERE v.project_id = errors.project_id \
                     AND v.key = 'environment' AND v.value = ?)",
                )
                .bind::<Text, _>(&environment)
                .get_result(connection)?;
            Ok(mean
                .mean_micros
                .map(|micros| Duration::seconds_f64(micros / 1e6)))
        })
        .await
    }

    async fn get_trend(
        &self,
        scope: &Scope,
        filter: &TrendFilter,
        buckets: &Buckets,
    ) -> Result<Vec<TrendPoint>, StoreError> {
        let projects = visible(scope);
        let (filter, buckets) = (filter.clone(), buckets.clone());
        self.read(async move |connection| {
            let mut points = vec![TrendPoint::default(); buckets.starts.len()];
            let spans = spans(&buckets);
            let occurred: Vec<Cell> =
                occurrences_in(&spans, &projects, &filter).load(connection)?;
            for cell in occurred {
                if let Some(point) = point(&mut points, cell.bucket) {
                    point.occurrences = cell.count.unsigned_abs();
                    point.critical = cell.critical.unsigned_abs();
                }
            }
            let resolved: Vec<Cell> =
                resolutions_in(&spans, &projects, &filter).load(connection)?;
            for cell in resolved {
                if let Some(point) = point(&mut points, cell.bucket) {
                    point.resolved = cell.count.unsigned_abs();
                }
            }
            Ok(points)
        })
        .await
    }
}

/// Ends in `IN`.
const MEAN: &str =
    "SELECT avg(resolution) AS mean_micros FROM errors WHERE resolved AND project_id IN ";

#[derive(QueryableByName)]
struct Mean {
    #[diesel(sql_type = Nullable<Double>)]
    mean_micros: Option<f64>,
}

/// Ends in `IN`.
const TOTALS: &str = "
SELECT coalesce(sum(errors), 0) AS errors, coalesce(sum(errors) FILTER (WHERE state = 3), 0) AS resolved,
  coalesce(sum(occurrences), 0) AS occurrences, CAST(sum(resolution) AS REAL) / nullif(sum(timed), 0) AS mean_micros
FROM error_tallies WHERE project_id IN ";

fn point(points: &mut [TrendPoint], bucket: i64) -> Option<&mut TrendPoint> {
    points.get_mut(usize::try_from(bucket).ok()?)
}

/// Completes a statement that ends in `IN` with the projects.
fn of_projects<'a>(text: &str, projects: &'a [Uid]) -> Boxed<'a> {
    in_projects(sql_query(text).into_boxed(), projects)
}

fn in_projects<'a>(query: Boxed<'a>, projects: &'a [Uid]) -> Boxed<'a> {
    let marks = vec!["?"; projects.len()].join(", ");
    projects
        .iter()
        .fold(query.sql(format!("({marks})")), |query, project| {
            query.bind::<Binary, _>(project)
        })
}

/// Converts buckets to a JSON array of pairs. Each becomes one range of an index.
fn spans(buckets: &Buckets) -> String {
    let ends = buckets.starts.iter().skip(1).chain([&buckets.end]);
    let pairs: Vec<String> = buckets
        .starts
        .iter()
        .zip(ends)
        .map(|(start, end)| format!("[{},{}]", micros(*start), micros(*end)))
        .collect();
    format!("[{}]", pairs.join(","))
}

const SPANS: &str = "WITH spans AS MATERIALIZED (SELECT key AS bucket, value ->> 0 AS start, \
     value ->> 1 AS stop FROM json_each(?)) ";

fn occurrences_in<'a>(spans: &'a str, projects: &'a [Uid], filter: &'a TrendFilter) -> Boxed<'a> {
    let table = match (filter.error, &filter.release) {
        (Some(_), None) => "error_hourly",
        (None, None) => "project_hourly",
        (Some(_), Some(_)) => "fingerprint_release_hourly",
        (None, Some(_)) => "release_hourly",
    };
    let query = sql_query(format!(
        "{SPANS} SELECT bucket, sum(h.count) AS count, \
         sum(CASE WHEN h.severity = 'critical' THEN h.count ELSE 0 END) AS critical \
         FROM spans CROSS JOIN {table} h \
         WHERE h.hour >= spans.start AND h.hour < spans.stop AND h.project_id IN "
    ));
    let mut query = in_projects(query.into_boxed().bind::<Text, _>(spans), projects);
    if let Some(error) = filter.error {
        query = query
            .sql(
                " AND h.fingerprint IN (SELECT f.fingerprint FROM error_fingerprints f \
                 WHERE f.project_id = h.project_id AND f.error_id = ?)",
            )
            .bind::<Binary, _>(Uid::from(error.0));
    }
    matching(query, "h", filter).sql(" GROUP BY bucket")
}

fn resolutions_in<'a>(spans: &'a str, projects: &'a [Uid], filter: &'a TrendFilter) -> Boxed<'a> {
    let query = sql_query(format!(
        "{SPANS} SELECT bucket, count(DISTINCT a.error_id) AS count, 0 AS critical \
         FROM spans CROSS JOIN error_activity a \
         JOIN errors e ON e.project_id = a.project_id AND e.id = a.error_id \
         WHERE a.at >= spans.start AND a.at < spans.stop AND a.kind = 'resolved' \
         AND a.project_id IN "
    ));
    let mut query = in_projects(query.into_boxed().bind::<Text, _>(spans), projects);
    if let Some(error) = filter.error {
        query = query
            .sql(" AND e.id = ?")
            .bind::<Binary, _>(Uid::from(error.0));
    }
    matching(query, "e", filter).sql(" GROUP BY bucket")
}

/// Adds the conditions that roll-ups and errors share. Errors hold whole texts, roll-ups cut ones.
fn matching<'a>(mut query: Boxed<'a>, of: &str, filter: &'a TrendFilter) -> Boxed<'a> {
    if let Some(level) = filter.level {
        query = query
            .sql(format!(" AND {of}.level = ?"))
            .bind::<Text, _>(level.as_str());
    }
    if let Some(severity) = filter.severity {
        query = query
            .sql(format!(" AND {of}.severity = ?"))
            .bind::<Text, _>(severity.as_str());
    }
    let texts = [
        ("release", &filter.release),
        ("source", &filter.source),
        ("environment", &filter.environment),
    ];
    for (column, wanted) in texts {
        if let Some(wanted) = wanted {
            query = query
                .sql(format!(" AND substr({of}.{column}, 1, 200) = ?"))
                .bind::<Text, _>(rollup_text(wanted));
        }
    }
    query
}
