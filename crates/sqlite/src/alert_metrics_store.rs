//! Metrics of alert rules on SQLite.

use crate::SqliteStore;
use crate::row::{Uid, micros};
use async_trait::async_trait;
use diesel::prelude::*;
use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::sql_query;
use diesel::sql_types::{BigInt, Binary, Nullable, Text};
use diesel::sqlite::Sqlite;
use faultbook_domain::alerts::{
    AlertMetric, AlertMetricsStore, MetricCell, MetricDimensions, MetricFilter, since_each,
};
use faultbook_domain::id::{ErrorId, OccurrenceId, ProjectId};
use faultbook_domain::ingest::MAX_CLOCK_SKEW;
use faultbook_domain::ingest::hour_of;
use faultbook_domain::notifications::{Notification, TopError};
use faultbook_domain::store_error::StoreError;
use faultbook_sql::row::parsed;
use std::collections::BTreeSet;
use time::OffsetDateTime;

#[derive(QueryableByName)]
struct CellRow {
    #[diesel(sql_type = BigInt)]
    place: i64,
    #[diesel(sql_type = Binary)]
    project_id: Uid,
    #[diesel(sql_type = Text)]
    level: String,
    #[diesel(sql_type = Text)]
    severity: String,
    #[diesel(sql_type = Text)]
    source: String,
    #[diesel(sql_type = Text)]
    environment: String,
    #[diesel(sql_type = Nullable<Text>)]
    release: Option<String>,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(QueryableByName)]
struct CountRow {
    #[diesel(sql_type = BigInt)]
    place: i64,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(QueryableByName)]
struct TopRow {
    #[diesel(sql_type = Binary)]
    id: Uid,
    #[diesel(sql_type = Text)]
    message: String,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

type Boxed = BoxedSqlQuery<'static, Sqlite, SqlQuery>;

/// Builds the start of a query of cells by dimension, with its bound values.
fn kinds(place: &str, dimensions: &MetricDimensions) -> (String, Vec<String>) {
    let among = |column: &str, values: &BTreeSet<String>, other: &str| {
        if values.is_empty() {
            return format!("{other} AS {column}");
        }
        let marks = vec!["?"; values.len()].join(", ");
        format!("CASE WHEN x.{column} IN ({marks}) THEN x.{column} ELSE {other} END AS {column}")
    };
    let MetricDimensions {
        sources,
        environments,
        releases,
    } = dimensions;
    let text = format!(
        "SELECT {place} AS place, project_id, level, severity, {}, {}, {}, sum(weight) AS count FROM",
        among("source", sources, "''"),
        among("environment", environments, "''"),
        among("release", releases, "NULL")
    );
    let values = [sources, environments, releases].into_iter().flatten();
    (text, values.cloned().collect())
}

const OCCURRENCES: &str = "SELECT o.project_id, o.level, o.severity, o.source, o.environment, \
     o.release, o.fingerprint, coalesce(o.user_key, faultbook_user_key(o.reporter)) AS person, \
     o.timestamp AS at, 1 AS weight FROM occurrences o WHERE o.project_id IN ";

/// Builds a query of a metric's events with the columns of [`kinds`], a fingerprint, a user and a weight, preceded by
/// `before` and its values. Further conditions of the outer query may follow.
fn events(
    (before, values): (&str, &[String]),
    metric: AlertMetric,
    projects: &[Uid],
    since: OffsetDateTime,
) -> Boxed {
    let (from, time) = match metric {
        // An occurrence is received at most five minutes before its own timestamp.
        AlertMetric::Occurrences => (
            OCCURRENCES,
            " AND o.id >= ? AND o.timestamp >= ? AND o.ignored = 0",
        ),
        AlertMetric::AllOccurrences => (OCCURRENCES, " AND o.id >= ? AND o.timestamp >= ?"),
        AlertMetric::OccurrencesByHour => (
            "SELECT h.project_id, h.level, h.severity, h.source, h.environment, NULL AS release, \
             h.fingerprint, NULL AS person, h.hour AS at, h.count - coalesce((SELECT i.count FROM ignored_hourly i \
             WHERE i.project_id = h.project_id AND i.fingerprint = h.fingerprint AND i.hour = h.hour \
             AND i.source = h.source AND i.environment = h.environment AND i.level = h.level \
             AND i.severity = h.severity), 0) AS weight FROM error_hourly h \
             WHERE h.project_id IN ",
            " AND h.hour >= ?",
        ),
        AlertMetric::AllOccurrencesByHour => (
            "SELECT h.project_id, h.level, h.severity, h.source, h.environment, NULL AS release, \
             h.fingerprint, NULL AS person, h.hour AS at, h.count AS weight FROM error_hourly h \
             WHERE h.project_id IN ",
            " AND h.hour >= ?",
        ),
        AlertMetric::NewErrors => (
            "SELECT e.project_id, e.level, e.severity, e.source, e.environment, e.release, \
             e.fingerprint, NULL AS person, min(e.created_at, e.first_seen) AS at, 1 AS weight \
             FROM errors e WHERE e.project_id IN ",
            " AND e.last_seen >= ? AND e.created_at >= ? AND e.first_seen >= ?",
        ),
        AlertMetric::Regressions => (
            "SELECT e.project_id, e.level, e.severity, e.source, e.environment, e.release, \
             e.fingerprint, NULL AS person, a.at AS at, 1 AS weight FROM error_activity a \
             JOIN errors e ON e.project_id = a.project_id AND e.id = a.error_id \
             WHERE a.kind = 'regressed' AND a.project_id IN ",
            " AND a.at >= ?",
        ),
    };
    let marks = vec!["?"; projects.len()].join(", ");
    let mut query = sql_query(format!("{before} ({from}({marks}){time}) x")).into_boxed();
    for value in values {
        query = query.bind::<Text, _>(value.clone());
    }
    for project in projects {
        query = query.bind::<Binary, _>(*project);
    }
    match metric {
        AlertMetric::Occurrences | AlertMetric::AllOccurrences => query
            .bind::<Binary, _>(Uid::from(OccurrenceId::first_of(since - MAX_CLOCK_SKEW).0))
            .bind::<BigInt, _>(micros(since)),
        AlertMetric::OccurrencesByHour | AlertMetric::AllOccurrencesByHour => {
            query.bind::<BigInt, _>(micros(hour_of(since)))
        }
        AlertMetric::NewErrors => query
            .bind::<BigInt, _>(micros(since))
            .bind::<BigInt, _>(micros(since))
            .bind::<BigInt, _>(micros(since)),
        AlertMetric::Regressions => query.bind::<BigInt, _>(micros(since)),
    }
}

fn admitted(mut query: Boxed, filter: &MetricFilter) -> Boxed {
    let MetricFilter {
        level,
        severity,
        source,
        environment,
        release,
    } = filter;
    let wanted = [
        ("level", level.map(|level| level.as_str().to_owned())),
        (
            "severity",
            severity.map(|severity| severity.as_str().to_owned()),
        ),
        ("source", source.clone()),
        ("environment", environment.clone()),
        ("release", release.clone()),
    ];
    for (column, wanted) in wanted {
        if let Some(wanted) = wanted {
            query = query
                .sql(format!(" AND x.{column} = ?"))
                .bind::<Text, _>(wanted);
        }
    }
    query
}

#[async_trait]
impl AlertMetricsStore for SqliteStore {
    async fn count_by_cell(
        &self,
        metric: AlertMetric,
        projects: &[ProjectId],
        since: &[OffsetDateTime],
        dimensions: &MetricDimensions,
    ) -> Result<Vec<(usize, MetricCell)>, StoreError> {
        let Some(first) = since.first().copied() else {
            return Ok(Vec::new());
        };
        let projects = stored(projects);
        let (before, values) = kinds(&place(metric, since, "x.at"), dimensions);
        self.read(async move |connection| {
            let rows: Vec<CellRow> = events((&before, &values), metric, &projects, first)
                .sql(" GROUP BY 1, 2, 3, 4, 5, 6, 7")
                .load(connection)?;
            let cells: Result<_, StoreError> = rows.into_iter().map(placed).collect();
            Ok(cells?)
        })
        .await
    }

    async fn count_users(
        &self,
        projects: &[ProjectId],
        since: &[OffsetDateTime],
        filter: &MetricFilter,
        include_ignored: bool,
    ) -> Result<Vec<u64>, StoreError> {
        let metric = if include_ignored {
            AlertMetric::AllOccurrences
        } else {
            AlertMetric::Occurrences
        };
        let Some(first) = since.first().copied() else {
            return Ok(Vec::new());
        };
        let (projects, filter) = (stored(projects), filter.clone());
        let (place, times) = (place(metric, since, "y.at"), since.len());
        self.read(async move |connection| {
            // The last time that a user was affected decides in which windows they count.
            let before = format!(
                "SELECT {place} AS place, count(*) AS count FROM (SELECT max(x.at) AS at FROM"
            );
            let query =
                events((&before, &[]), metric, &projects, first).sql(" WHERE x.person IS NOT NULL");
            let found: Vec<CountRow> = admitted(query, &filter)
                .sql(" GROUP BY x.person) y GROUP BY 1")
                .load(connection)?;
            let found = found.iter().map(|row| {
                let place = usize::try_from(row.place).unwrap_or(0);
                (place, row.count.unsigned_abs())
            });
            Ok(since_each(times, found))
        })
        .await
    }

    async fn list_top_errors(
        &self,
        metric: AlertMetric,
        projects: &[ProjectId],
        since: OffsetDateTime,
        filter: &MetricFilter,
    ) -> Result<Vec<TopError>, StoreError> {
        let (projects, filter) = (stored(projects), filter.clone());
        self.read(async move |connection| {
            let before = "SELECT e.id, e.message, sum(x.weight) AS count FROM";
            let query = events((before, &[]), metric, &projects, since).sql(
                " JOIN error_fingerprints f ON f.project_id = x.project_id \
                 AND f.fingerprint = x.fingerprint \
                 JOIN errors e ON e.project_id = f.project_id AND e.id = f.error_id WHERE true",
            );
            let rows: Vec<TopRow> = admitted(query, &filter)
                .sql(format!(
                    " GROUP BY e.id, e.message HAVING sum(x.weight) > 0 ORDER BY 3 DESC, e.id DESC LIMIT {}",
                    Notification::TOP_ERRORS
                ))
                .load(connection)?;
            let errors = rows.into_iter().map(|row| TopError {
                id: ErrorId(row.id.uuid()),
                message: row.message,
                count: row.count.unsigned_abs(),
            });
            Ok(errors.collect())
        })
        .await
    }
}

/// Returns SQL for the index of an event's time among the windows, by binary search.
fn place(metric: AlertMetric, since: &[OffsetDateTime], at: &str) -> String {
    let from = |time: &OffsetDateTime| {
        if metric.is_by_hour() {
            micros(hour_of(*time))
        } else {
            micros(*time)
        }
    };
    let times: Vec<i64> = since.iter().map(from).collect();
    place_within(&times, 0, at)
}

/// Returns SQL for the index among `times`, the first of which has the index `first`.
fn place_within(times: &[i64], first: usize, at: &str) -> String {
    let middle = times.len() / 2;
    let (before, after) = times.split_at(middle);
    match after.first() {
        Some(from) if middle > 0 => format!(
            "CASE WHEN {at} >= {from} THEN {} ELSE {} END",
            place_within(after, first + middle, at),
            place_within(before, first, at)
        ),
        _ => first.to_string(),
    }
}

fn placed(row: CellRow) -> Result<(usize, MetricCell), StoreError> {
    let place = usize::try_from(row.place).unwrap_or(0);
    Ok((place, row.try_into()?))
}

fn stored(projects: &[ProjectId]) -> Vec<Uid> {
    projects.iter().map(|project| project.0.into()).collect()
}

impl TryFrom<CellRow> for MetricCell {
    type Error = StoreError;

    fn try_from(row: CellRow) -> Result<Self, StoreError> {
        Ok(Self {
            project: ProjectId(row.project_id.uuid()),
            level: parsed("occurrences", "level", &row.level)?,
            severity: parsed("occurrences", "severity", &row.severity)?,
            source: row.source,
            environment: row.environment,
            release: row.release,
            count: row.count.unsigned_abs(),
        })
    }
}
