//! Statistics on PostgreSQL, read from roll-ups and counters.

use crate::PostgresStore;
use crate::error_query::project_ids;
use async_trait::async_trait;
use diesel::QueryableByName;
use diesel::sql_query;
use diesel::sql_types::{
    Array, BigInt, Double, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::RunQueryDsl;
use faultbook_domain::analytics::{
    AnalyticsStore, Buckets, Summary, TrendFilter, TrendPoint, Window,
};
use faultbook_domain::ingest::rollup_text;
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::Scope;
use time::{Duration, OffsetDateTime};

#[derive(QueryableByName)]
struct Totals {
    #[diesel(sql_type = BigInt)]
    errors: i64,
    #[diesel(sql_type = BigInt)]
    resolved: i64,
    #[diesel(sql_type = BigInt)]
    occurrences: i64,
    #[diesel(sql_type = Nullable<Double>)]
    mean_seconds: Option<f64>,
    #[diesel(sql_type = Array<BigInt>)]
    in_windows: Vec<i64>,
}

/// A single statement, for a consistent snapshot. $1 projects, $2 and $3 the windows.
const SUMMARY: &str = "
SELECT e.*, w.in_windows FROM (
  SELECT coalesce(sum(errors), 0)::bigint AS errors, coalesce(sum(errors) FILTER (WHERE state = 3), 0)::bigint AS resolved,
    coalesce(sum(occurrences), 0)::bigint AS occurrences,
    (sum(resolution) / nullif(sum(timed), 0) / 1000000)::float8 AS mean_seconds
  FROM error_tallies WHERE project_id = ANY ($1)
) e, (
  SELECT coalesce(array_agg(counted ORDER BY place), '{}') AS in_windows FROM (
    SELECT place, (
      SELECT coalesce(sum(count), 0)::bigint FROM project_hourly
      WHERE project_id = ANY ($1) AND hour >= start AND hour < stop
    ) AS counted
    FROM unnest($2, $3) WITH ORDINALITY AS spans (start, stop, place)
  ) counts
) w";

#[derive(QueryableByName)]
struct Mean {
    #[diesel(sql_type = Nullable<Double>)]
    mean_seconds: Option<f64>,
}

/// $1 projects, $2 environment.
const MEAN_RESOLUTION: &str = "
SELECT (avg(faultbook_resolution(e)) / 1000000)::float8 AS mean_seconds
FROM errors e WHERE project_id = ANY ($1) AND resolved AND EXISTS (
  SELECT FROM tag_values v
  JOIN error_fingerprints f ON f.project_id = v.project_id AND f.error_id = e.id
  JOIN fingerprint_tags t ON t.project_id = f.project_id AND t.fingerprint = f.fingerprint
    AND t.tag_id = v.id
  WHERE v.project_id = e.project_id AND v.key = 'environment' AND v.value = $2)";

#[derive(QueryableByName)]
struct Cell {
    #[diesel(sql_type = Integer)]
    bucket: i32,
    #[diesel(sql_type = BigInt)]
    count: i64,
    #[diesel(sql_type = BigInt)]
    critical: i64,
    #[diesel(sql_type = BigInt)]
    resolved: i64,
}

/// $1 projects, $2 starts of the buckets, $3 the end, $4 level, $5 source, $6 environment, $7 error. Errors hold
/// whole texts, roll-ups cut ones.
const RESOLVED: &str = "
SELECT width_bucket(a.at, $2) AS bucket, 0::bigint AS count, 0::bigint AS critical,
  count(DISTINCT a.error_id) AS resolved
FROM error_activity a JOIN errors e ON e.project_id = a.project_id AND e.id = a.error_id
WHERE a.project_id = ANY ($1) AND a.at >= ($2)[1] AND a.at < $3 AND a.kind = 'resolved'
  AND ($4::text IS NULL OR e.level = $4) AND ($5::text IS NULL OR left(e.source, 200) = $5)
  AND ($6::text IS NULL OR left(e.environment, 200) = $6) AND ($7::uuid IS NULL OR e.id = $7)
  AND ($8::text IS NULL OR e.severity = $8) AND ($9::text IS NULL OR left(e.release, 200) = $9)
GROUP BY 1";

const OCCURRED: &str = "
SELECT width_bucket(h.hour, $2) AS bucket, sum(h.count)::bigint AS count,
  coalesce(sum(h.count) FILTER (WHERE h.severity = 'critical'), 0)::bigint AS critical,
  0::bigint AS resolved
FROM project_hourly h
WHERE h.project_id = ANY ($1) AND h.hour >= ($2)[1] AND h.hour < $3
  AND ($4::text IS NULL OR h.level = $4) AND ($5::text IS NULL OR h.source = $5)
  AND ($6::text IS NULL OR h.environment = $6) AND ($8::text IS NULL OR h.severity = $8)
GROUP BY 1";

const OCCURRED_OF_ERROR: &str = "
SELECT width_bucket(h.hour, $2) AS bucket, sum(h.count)::bigint AS count,
  coalesce(sum(h.count) FILTER (WHERE h.severity = 'critical'), 0)::bigint AS critical,
  0::bigint AS resolved
FROM error_fingerprints f
JOIN error_hourly h ON h.project_id = f.project_id AND h.fingerprint = f.fingerprint
WHERE f.project_id = ANY ($1) AND f.error_id = $7 AND h.hour >= ($2)[1] AND h.hour < $3
  AND ($4::text IS NULL OR h.level = $4) AND ($5::text IS NULL OR h.source = $5)
  AND ($6::text IS NULL OR h.environment = $6) AND ($8::text IS NULL OR h.severity = $8)
GROUP BY 1";

/// Hours are microseconds since 1970.
const OCCURRED_OF_RELEASE: &str = "
SELECT width_bucket(to_timestamp(h.hour / 1000000), $2) AS bucket, sum(h.count)::bigint AS count,
  coalesce(sum(h.count) FILTER (WHERE h.severity = 'critical'), 0)::bigint AS critical,
  0::bigint AS resolved
FROM release_hourly h
WHERE h.project_id = ANY ($1) AND h.hour >= (extract(epoch FROM ($2)[1]) * 1000000)::bigint
  AND h.hour < (extract(epoch FROM $3) * 1000000)::bigint AND h.release = $9
  AND ($4::text IS NULL OR h.level = $4) AND ($5::text IS NULL OR h.source = $5)
  AND ($6::text IS NULL OR h.environment = $6) AND ($8::text IS NULL OR h.severity = $8)
GROUP BY 1";

const OCCURRED_OF_ERROR_IN_RELEASE: &str = "
SELECT width_bucket(to_timestamp(h.hour / 1000000), $2) AS bucket, sum(h.count)::bigint AS count,
  coalesce(sum(h.count) FILTER (WHERE h.severity = 'critical'), 0)::bigint AS critical,
  0::bigint AS resolved
FROM error_fingerprints f
JOIN fingerprint_release_hourly h ON h.project_id = f.project_id AND h.fingerprint = f.fingerprint
WHERE f.project_id = ANY ($1) AND f.error_id = $7
  AND h.hour >= (extract(epoch FROM ($2)[1]) * 1000000)::bigint
  AND h.hour < (extract(epoch FROM $3) * 1000000)::bigint AND h.release = $9
  AND ($4::text IS NULL OR h.level = $4) AND ($5::text IS NULL OR h.source = $5)
  AND ($6::text IS NULL OR h.environment = $6) AND ($8::text IS NULL OR h.severity = $8)
GROUP BY 1";

#[async_trait]
impl AnalyticsStore for PostgresStore {
    async fn get_summary(&self, scope: &Scope, windows: &[Window]) -> Result<Summary, StoreError> {
        let (starts, stops): (Vec<OffsetDateTime>, Vec<OffsetDateTime>) = windows
            .iter()
            .map(|window| (window.from, window.to))
            .unzip();
        self.run(|| async {
            let mut session = self.begin_read().await?;
            let totals: Totals = sql_query(SUMMARY)
                .bind::<Array<SqlUuid>, _>(project_ids(scope))
                .bind::<Array<Timestamptz>, _>(&starts)
                .bind::<Array<Timestamptz>, _>(&stops)
                .get_result(&mut *session)
                .await?;
            session.finish().await?;
            Ok(Summary {
                errors: totals.errors.unsigned_abs(),
                resolved: totals.resolved.unsigned_abs(),
                occurrences: totals.occurrences.unsigned_abs(),
                mean_resolution: totals.mean_seconds.map(Duration::seconds_f64),
                in_windows: totals
                    .in_windows
                    .into_iter()
                    .map(i64::unsigned_abs)
                    .collect(),
            })
        })
        .await
    }

    async fn get_mean_resolution(
        &self,
        scope: &Scope,
        environment: &str,
    ) -> Result<Option<Duration>, StoreError> {
        let environment = rollup_text(environment);
        if environment.contains('\0') {
            return Ok(None);
        }
        self.run(|| async {
            let mut session = self.begin_read().await?;
            let mean: Mean = sql_query(MEAN_RESOLUTION)
                .bind::<Array<SqlUuid>, _>(project_ids(scope))
                .bind::<Text, _>(environment)
                .get_result(&mut *session)
                .await?;
            session.finish().await?;
            Ok(mean.mean_seconds.map(Duration::seconds_f64))
        })
        .await
    }

    async fn get_trend(
        &self,
        scope: &Scope,
        filter: &TrendFilter,
        buckets: &Buckets,
    ) -> Result<Vec<TrendPoint>, StoreError> {
        let mut points = vec![TrendPoint::default(); buckets.starts.len()];
        let text = |wanted: &Option<String>| wanted.as_deref().map(rollup_text).map(str::to_owned);
        let (source, environment) = (text(&filter.source), text(&filter.environment));
        let release = text(&filter.release);
        // No stored text holds NUL, and PostgreSQL rejects it as a parameter.
        if [&source, &environment, &release]
            .into_iter()
            .flatten()
            .any(|text| text.contains('\0'))
        {
            return Ok(points);
        }
        let occurred = match (filter.error, &release) {
            (Some(_), None) => OCCURRED_OF_ERROR,
            (None, None) => OCCURRED,
            (Some(_), Some(_)) => OCCURRED_OF_ERROR_IN_RELEASE,
            (None, Some(_)) => OCCURRED_OF_RELEASE,
        };
        let statement = format!("{occurred} UNION ALL {RESOLVED}");
        let cells = self.run(|| async {
            let mut session = self.begin_read().await?;
            let cells: Vec<Cell> = sql_query(&statement)
                .bind::<Array<SqlUuid>, _>(project_ids(scope))
                .bind::<Array<Timestamptz>, _>(&buckets.starts)
                .bind::<Timestamptz, _>(buckets.end)
                .bind::<Nullable<Text>, _>(filter.level.map(|level| level.as_str()))
                .bind::<Nullable<Text>, _>(&source)
                .bind::<Nullable<Text>, _>(&environment)
                .bind::<Nullable<SqlUuid>, _>(filter.error.map(|error| error.0))
                .bind::<Nullable<Text>, _>(filter.severity.map(|severity| severity.as_str()))
                .bind::<Nullable<Text>, _>(&release)
                .load(&mut *session)
                .await?;
            session.finish().await?;
            Ok(cells)
        });
        for cell in cells.await? {
            // `width_bucket` counts from 1.
            let place = usize::try_from(cell.bucket - 1).ok();
            if let Some(point) = place.and_then(|place| points.get_mut(place)) {
                point.occurrences += cell.count.unsigned_abs();
                point.critical += cell.critical.unsigned_abs();
                point.resolved += cell.resolved.unsigned_abs();
            }
        }
        Ok(points)
    }
}
