//! Metrics of alert rules on PostgreSQL.

use crate::PostgresStore;
use crate::error_query::minute_of;
use crate::failure::Failure;
use crate::session::Session;
use async_trait::async_trait;
use diesel::sql_types::{Array, BigInt, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel::{QueryableByName, sql_query};
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use faultbook_domain::alerts::{
    AlertMetric, AlertMetricsStore, MetricCell, MetricDimensions, MetricFilter, since_each,
};
use faultbook_domain::id::{ErrorId, OccurrenceId, ProjectId};
use faultbook_domain::ingest::MAX_CLOCK_SKEW;
use faultbook_domain::ingest::hour_of;
use faultbook_domain::notifications::{Notification, TopError};
use faultbook_domain::store_error::StoreError;
use faultbook_sql::row::corrupt;
use std::collections::BTreeSet;
use time::OffsetDateTime;
use uuid::Uuid;

/// Time limit of a metric query.
const TIMEOUT_MILLIS: u32 = 15_000;

#[derive(QueryableByName)]
struct CellRow {
    #[diesel(sql_type = Integer)]
    place: i32,
    #[diesel(sql_type = SqlUuid)]
    project_id: Uuid,
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
    #[diesel(sql_type = Integer)]
    place: i32,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(QueryableByName)]
struct TopRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    message: String,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Returns SQL that selects the events of a metric with the columns of [`kind`]. $1 projects, $2 since, $3 the
/// smallest id of that time (an occurrence is received at most five minutes before its own timestamp), $4 its hour,
/// $5 its minute.
fn events(metric: AlertMetric) -> String {
    let text = match metric {
        AlertMetric::Occurrences | AlertMetric::AllOccurrences => {
            "SELECT o.project_id, o.level, o.severity, o.source, o.environment, o.release, \
             o.fingerprint, coalesce(o.user_key, faultbook_user_key(o.reporter)) AS person, \
             o.timestamp AS at, 1::bigint AS weight FROM occurrences o \
             WHERE o.project_id = ANY ($1) AND o.id >= $3 AND o.timestamp >= $2"
        }
        AlertMetric::OccurrencesByHour => {
            "SELECT h.project_id, h.level, h.severity, h.source, h.environment, NULL::text AS release, \
             h.fingerprint, NULL::uuid AS person, h.hour AS at, h.count - coalesce((SELECT i.count FROM ignored_hourly i \
             WHERE i.project_id = h.project_id AND i.fingerprint = h.fingerprint AND i.hour = h.hour \
             AND i.source = h.source AND i.environment = h.environment AND i.level = h.level \
             AND i.severity = h.severity), 0) AS weight FROM error_hourly h \
             WHERE h.project_id = ANY ($1) AND h.hour >= $4"
        }
        AlertMetric::AllOccurrencesByHour => {
            "SELECT h.project_id, h.level, h.severity, h.source, h.environment, NULL::text AS release, \
             h.fingerprint, NULL::uuid AS person, h.hour AS at, h.count AS weight FROM error_hourly h \
             WHERE h.project_id = ANY ($1) AND h.hour >= $4"
        }
        AlertMetric::NewErrors => {
            "SELECT e.project_id, e.level, e.severity, e.source, e.environment, e.release, \
             e.fingerprint, NULL::uuid AS person, least(e.created_at, e.first_seen) AS at, \
             1::bigint AS weight FROM errors e \
             WHERE e.project_id = ANY ($1) AND e.last_seen_minute >= $5 AND e.created_at >= $2 \
             AND e.first_seen >= $2"
        }
        AlertMetric::Regressions => {
            "SELECT e.project_id, e.level, e.severity, e.source, e.environment, e.release, \
             e.fingerprint, NULL::uuid AS person, a.at, 1::bigint AS weight FROM error_activity a \
             JOIN errors e ON e.project_id = a.project_id AND e.id = a.error_id \
             WHERE a.project_id = ANY ($1) AND a.at >= $2 AND a.kind = 'regressed'"
        }
    };
    let unignored = if metric == AlertMetric::Occurrences {
        " AND NOT o.ignored"
    } else {
        ""
    };
    format!("{text}{unignored}")
}

/// Returns SQL for the dimensions of a cell, reduced to the values in these parameters: sources, environments and
/// releases.
fn kind([sources, environments, releases]: [&str; 3]) -> String {
    format!(
        "project_id, level, severity, \
         CASE WHEN source = ANY ({sources}) THEN source ELSE '' END AS source, \
         CASE WHEN environment = ANY ({environments}) THEN environment ELSE '' END AS environment, \
         CASE WHEN release = ANY ({releases}) THEN release END AS release"
    )
}

/// The filter: $6 to $10; $11 holds all times.
const FILTER: &str = "($6::text IS NULL OR level = $6) AND ($7::text IS NULL OR severity = $7) \
     AND ($8::text IS NULL OR source = $8) AND ($9::text IS NULL OR environment = $9) \
     AND ($10::text IS NULL OR release = $10)";

/// References every parameter, since PostgreSQL must infer the type of each.
const TYPED: &str = "$2::timestamptz IS NOT NULL AND $3::uuid IS NOT NULL \
     AND $4::timestamptz IS NOT NULL AND $5::timestamptz IS NOT NULL";

/// Counts from the project's roll-up, which holds the same counts in fewer rows.
fn by_hour(metric: AlertMetric) -> String {
    let ignored = if metric == AlertMetric::OccurrencesByHour {
        "UNION ALL \
         SELECT i.project_id, i.hour, i.source, i.environment, i.level, i.severity, -i.count, \
           NULL::text FROM ignored_hourly i \
         WHERE i.project_id = ANY ($1) AND i.hour >= ($2)[1]"
    } else {
        ""
    };
    format!(
        "SELECT {}, width_bucket(hour, $2) AS place, sum(count)::bigint AS count FROM (\
           SELECT h.*, NULL::text AS release FROM project_hourly h \
           WHERE h.project_id = ANY ($1) AND h.hour >= ($2)[1] {ignored}\
         ) x GROUP BY 1, 2, 3, 4, 5, 6, 7",
        kind(["$3", "$4", "$5"])
    )
}

#[async_trait]
impl AlertMetricsStore for PostgresStore {
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
        let hours: Vec<OffsetDateTime> = since.iter().copied().map(hour_of).collect();
        let events = events(metric);
        let statement = format!(
            "SELECT {}, width_bucket(at, $6) AS place, sum(weight)::bigint AS count \
             FROM ({events}) x WHERE {TYPED} GROUP BY 1, 2, 3, 4, 5, 6, 7",
            kind(["$7", "$8", "$9"])
        );
        let by_hour = by_hour(metric);
        let values = |of: &BTreeSet<String>| of.iter().cloned().collect::<Vec<String>>();
        let (sources, environments) = (
            values(&dimensions.sources),
            values(&dimensions.environments),
        );
        let releases = values(&dimensions.releases);
        let ids: Vec<Uuid> = projects.iter().map(|project| project.0).collect();
        let rows: Vec<CellRow> = self
            .run(|| async {
                let mut session = self.begin_metric_query().await?;
                let rows = if metric.is_by_hour() {
                    sql_query(&by_hour)
                        .bind::<Array<SqlUuid>, _>(&ids)
                        .bind::<Array<Timestamptz>, _>(&hours)
                        .bind::<Array<Text>, _>(&sources)
                        .bind::<Array<Text>, _>(&environments)
                        .bind::<Array<Text>, _>(&releases)
                        .load(&mut *session)
                        .await?
                } else {
                    sql_query(&statement)
                        .bind::<Array<SqlUuid>, _>(&ids)
                        .bind::<Timestamptz, _>(first)
                        .bind::<SqlUuid, _>(OccurrenceId::first_of(first - MAX_CLOCK_SKEW).0)
                        .bind::<Timestamptz, _>(hour_of(first))
                        .bind::<Timestamptz, _>(minute_of(first))
                        .bind::<Array<Timestamptz>, _>(since)
                        .bind::<Array<Text>, _>(&sources)
                        .bind::<Array<Text>, _>(&environments)
                        .bind::<Array<Text>, _>(&releases)
                        .load(&mut *session)
                        .await?
                };
                session.finish().await?;
                Ok(rows)
            })
            .await?;
        let placed = |row: CellRow| {
            // `width_bucket` counts from 1.
            let place = usize::try_from(row.place - 1).unwrap_or(0);
            Ok((place, row.try_into()?))
        };
        rows.into_iter().map(placed).collect()
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
        // The last time that a user was affected decides in which windows they count.
        let statement = format!(
            "SELECT width_bucket(at, $11) AS place, count(*) AS count FROM (\
               SELECT max(at) AS at FROM ({}) x WHERE person IS NOT NULL AND {FILTER} AND {TYPED} \
               GROUP BY person\
             ) y GROUP BY place",
            events(metric)
        );
        let found: Vec<CountRow> = self.filtered(&statement, projects, since, filter).await?;
        // `width_bucket` counts from 1.
        let found = found.iter().map(|row| {
            let place = usize::try_from(row.place - 1).unwrap_or(0);
            (place, row.count.unsigned_abs())
        });
        Ok(since_each(since.len(), found))
    }

    async fn list_top_errors(
        &self,
        metric: AlertMetric,
        projects: &[ProjectId],
        since: OffsetDateTime,
        filter: &MetricFilter,
    ) -> Result<Vec<TopError>, StoreError> {
        let statement = format!(
            "SELECT e.id, e.message, t.count FROM (\
               SELECT f.project_id, f.error_id, sum(x.weight)::bigint AS count FROM ({}) x \
               JOIN error_fingerprints f ON f.project_id = x.project_id \
                 AND f.fingerprint = x.fingerprint \
               WHERE {FILTER} AND {TYPED} AND $11::timestamptz[] IS NOT NULL \
               GROUP BY f.project_id, f.error_id HAVING sum(x.weight) > 0 \
               ORDER BY 3 DESC, f.error_id DESC LIMIT {}\
             ) t JOIN errors e ON e.project_id = t.project_id AND e.id = t.error_id \
             ORDER BY t.count DESC, e.id DESC",
            events(metric),
            Notification::TOP_ERRORS
        );
        let rows: Vec<TopRow> = self
            .filtered(&statement, projects, &[since], filter)
            .await?;
        let errors = rows.into_iter().map(|row| TopError {
            id: ErrorId(row.id),
            message: row.message,
            count: row.count.unsigned_abs(),
        });
        Ok(errors.collect())
    }
}

impl PostgresStore {
    /// Begins a read session whose statements the server cancels after a time limit.
    async fn begin_metric_query(&self) -> Result<Session, Failure> {
        let mut session = self.begin_write().await?;
        session
            .batch_execute(&format!("SET LOCAL statement_timeout = {TIMEOUT_MILLIS}"))
            .await?;
        Ok(session)
    }

    async fn filtered<R>(
        &self,
        statement: &str,
        projects: &[ProjectId],
        times: &[OffsetDateTime],
        filter: &MetricFilter,
    ) -> Result<Vec<R>, StoreError>
    where
        R: QueryableByName<diesel::pg::Pg> + Send + 'static,
    {
        let Some(since) = times.first().copied() else {
            return Ok(Vec::new());
        };
        let ids: Vec<Uuid> = projects.iter().map(|project| project.0).collect();
        self.run(|| async {
            let mut session = self.begin_metric_query().await?;
            let rows = sql_query(statement)
                .bind::<Array<SqlUuid>, _>(&ids)
                .bind::<Timestamptz, _>(since)
                .bind::<SqlUuid, _>(OccurrenceId::first_of(since - MAX_CLOCK_SKEW).0)
                .bind::<Timestamptz, _>(hour_of(since))
                .bind::<Timestamptz, _>(minute_of(since))
                .bind::<Nullable<Text>, _>(filter.level.map(|level| level.as_str()))
                .bind::<Nullable<Text>, _>(filter.severity.map(|severity| severity.as_str()))
                .bind::<Nullable<Text>, _>(&filter.source)
                .bind::<Nullable<Text>, _>(&filter.environment)
                .bind::<Nullable<Text>, _>(&filter.release)
                .bind::<Array<Timestamptz>, _>(times)
                .load(&mut *session)
                .await?;
            session.finish().await?;
            Ok(rows)
        })
        .await
    }
}

impl TryFrom<CellRow> for MetricCell {
    type Error = StoreError;

    fn try_from(row: CellRow) -> Result<Self, StoreError> {
        let unknown = |column, text: &String| corrupt("occurrences", column, text);
        Ok(Self {
            project: ProjectId(row.project_id),
            level: row
                .level
                .parse()
                .map_err(|_| unknown("level", &row.level))?,
            severity: row
                .severity
                .parse()
                .map_err(|_| unknown("severity", &row.severity))?,
            source: row.source,
            environment: row.environment,
            release: row.release,
            count: row.count.unsigned_abs(),
        })
    }
}
