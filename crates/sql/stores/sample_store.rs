//! Monitoring samples over SQL.

use crate::dialect;
use crate::driver::{RunQueryDsl, Store};
use async_trait::async_trait;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Bool, Double, Nullable, Text};
use faultbook_domain::id::TenantId;
use faultbook_domain::monitoring::{DeliveryRecord, LastBeat, SampleStore, ServiceRecord};
use faultbook_domain::monitoring::{
    DeliverySample, HealthSample, HostReading, HostSample, RequestSample, Service, Traffic,
};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::TenantScope;
use faultbook_sql::row::{corrupt, parsed};
use faultbook_sql::types::{DbId, DbTime, Id, Instant};
use time::{Duration, OffsetDateTime};

const ADD_HEALTH: &str = "
INSERT INTO health_samples (service, at, node, healthy, response_us) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING";

const ADD_HOST: &str = "
INSERT INTO host_samples (at, node, cpu_percent, memory_percent, disk_percent, bytes_in, bytes_out,
  connections)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT DO NOTHING";

const PUT_REQUESTS: &str = "
INSERT INTO request_samples (minute, node, requests, server_errors, total_us, histogram)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (minute, node) DO UPDATE SET requests = excluded.requests,
  server_errors = excluded.server_errors, total_us = excluded.total_us,
  histogram = excluded.histogram";

const HEALTH: &str = "
SELECT service, count(*) FILTER (WHERE healthy) AS passed, count(*) AS probes
FROM health_samples WHERE at >= $1 GROUP BY service";

const FIRST_BEAT: &str = "SELECT min(at) AS at FROM health_samples WHERE service = 'database'";

const HOST_MEANS: &str = "
SELECT count(*) AS samples, coalesce(avg(cpu_percent), 0.0) AS cpu,
  coalesce(avg(memory_percent), 0.0) AS memory, coalesce(avg(disk_percent), 0.0) AS disk,
  CAST(coalesce(avg(bytes_in), 0) AS double precision) AS bytes_in,
  CAST(coalesce(avg(bytes_out), 0) AS double precision) AS bytes_out,
  CAST(coalesce(avg(connections), 0) AS double precision) AS connections
FROM host_samples WHERE at >= $1";

const TRAFFIC: &str = "
SELECT requests, server_errors, total_us, histogram FROM request_samples WHERE minute >= $1";

const ADD_DELIVERY: &str = "
INSERT INTO delivery_samples (tenant_id, at, id, channel, succeeded, took_us)
VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";

// SQLite numbers parameters in the order in which a statement first names them.
const DELIVERIES: &str = "
SELECT count(*) AS attempts, count(*) FILTER (WHERE succeeded) AS succeeded,
  CAST(avg(took_us) FILTER (WHERE at >= $1) AS double precision) AS mean
FROM delivery_samples WHERE tenant_id = $2 AND at >= $3";

const LATEST_DELIVERIES: &str = "
SELECT id, channel, at, succeeded, took_us FROM (
  SELECT id, channel, at, succeeded, took_us,
    row_number() OVER (PARTITION BY channel ORDER BY at DESC, id DESC) AS place
  FROM delivery_samples WHERE tenant_id = $1 AND at >= $2
) attempts
WHERE place = 1";

#[derive(QueryableByName)]
struct AttemptsRow {
    #[diesel(sql_type = BigInt)]
    attempts: i64,
    #[diesel(sql_type = BigInt)]
    succeeded: i64,
    #[diesel(sql_type = Nullable<Double>)]
    mean: Option<f64>,
}

#[derive(QueryableByName)]
struct AttemptRow {
    #[diesel(sql_type = Id)]
    id: DbId,
    #[diesel(sql_type = Text)]
    channel: String,
    #[diesel(sql_type = Instant)]
    at: DbTime,
    #[diesel(sql_type = Bool)]
    succeeded: bool,
    #[diesel(sql_type = BigInt)]
    took_us: i64,
}

impl AttemptRow {
    fn of(self, tenant_id: TenantId) -> Result<DeliverySample, StoreError> {
        Ok(DeliverySample {
            id: self.id.0,
            tenant_id,
            channel: parsed("delivery_samples", "channel", &self.channel)?,
            at: self.at.0,
            succeeded: self.succeeded,
            took_micros: self.took_us.unsigned_abs(),
        })
    }
}

#[derive(QueryableByName)]
struct RecordRow {
    #[diesel(sql_type = Text)]
    service: String,
    #[diesel(sql_type = BigInt)]
    passed: i64,
    #[diesel(sql_type = BigInt)]
    probes: i64,
}

#[derive(QueryableByName)]
struct FirstRow {
    #[diesel(sql_type = Nullable<Instant>)]
    at: Option<DbTime>,
}

#[derive(QueryableByName)]
struct BeatRow {
    #[diesel(sql_type = Instant)]
    at: DbTime,
    #[diesel(sql_type = Bool)]
    healthy: bool,
    #[diesel(sql_type = Nullable<Instant>)]
    next: Option<DbTime>,
}

#[derive(QueryableByName)]
struct MeansRow {
    #[diesel(sql_type = BigInt)]
    samples: i64,
    #[diesel(sql_type = Double)]
    cpu: f64,
    #[diesel(sql_type = Double)]
    memory: f64,
    #[diesel(sql_type = Double)]
    disk: f64,
    #[diesel(sql_type = Double)]
    bytes_in: f64,
    #[diesel(sql_type = Double)]
    bytes_out: f64,
    #[diesel(sql_type = Double)]
    connections: f64,
}

#[derive(QueryableByName)]
struct TrafficRow {
    #[diesel(sql_type = BigInt)]
    requests: i64,
    #[diesel(sql_type = BigInt)]
    server_errors: i64,
    #[diesel(sql_type = BigInt)]
    total_us: i64,
    #[diesel(sql_type = Text)]
    histogram: String,
}

#[async_trait]
impl SampleStore for Store {
    async fn record_health(&self, samples: &[HealthSample]) -> Result<(), StoreError> {
        let samples = samples.to_vec();
        self.write(async move |connection| {
            for sample in &samples {
                sql_query(ADD_HEALTH)
                    .bind::<Text, _>(sample.service.as_str())
                    .bind::<Instant, _>(DbTime(sample.at))
                    .bind::<Id, _>(DbId(sample.node))
                    .bind::<Bool, _>(sample.healthy)
                    .bind::<BigInt, _>(signed(sample.response_micros))
                    .execute(connection)
                    .await?;
            }
            Ok(())
        })
        .await
    }

    async fn record_host(&self, sample: &HostSample) -> Result<(), StoreError> {
        let HostSample { at, node, reading } = *sample;
        self.write(async move |connection| {
            sql_query(ADD_HOST)
                .bind::<Instant, _>(DbTime(at))
                .bind::<Id, _>(DbId(node))
                .bind::<Double, _>(reading.cpu_percent)
                .bind::<Double, _>(reading.memory_percent)
                .bind::<Double, _>(reading.disk_percent)
                .bind::<BigInt, _>(signed(reading.bytes_in))
                .bind::<BigInt, _>(signed(reading.bytes_out))
                .bind::<BigInt, _>(signed(reading.connections))
                .execute(connection)
                .await?;
            Ok(())
        })
        .await
    }

    async fn record_requests(&self, sample: &RequestSample) -> Result<(), StoreError> {
        let sample = sample.clone();
        self.write(async move |connection| {
            let traffic = &sample.traffic;
            sql_query(PUT_REQUESTS)
                .bind::<Instant, _>(DbTime(sample.minute))
                .bind::<Id, _>(DbId(sample.node))
                .bind::<BigInt, _>(signed(traffic.requests))
                .bind::<BigInt, _>(signed(traffic.server_errors))
                .bind::<BigInt, _>(signed(traffic.total_micros))
                .bind::<Text, _>(traffic.histogram.to_string())
                .execute(connection)
                .await?;
            Ok(())
        })
        .await
    }

    async fn list_service_records(
        &self,
        since: OffsetDateTime,
    ) -> Result<Vec<ServiceRecord>, StoreError> {
        self.read(async move |connection| {
            let rows: Vec<RecordRow> = sql_query(HEALTH)
                .bind::<Instant, _>(DbTime(since))
                .load(connection)
                .await?;
            let records = rows.into_iter().filter_map(|row| {
                Some(ServiceRecord {
                    service: Service::from_stored(&row.service)?,
                    passed: row.passed.unsigned_abs(),
                    probes: row.probes.unsigned_abs(),
                })
            });
            Ok(records.collect())
        })
        .await
    }

    async fn get_first_beat(&self) -> Result<Option<OffsetDateTime>, StoreError> {
        self.read(async move |connection| {
            let first: FirstRow = sql_query(FIRST_BEAT).get_result(connection).await?;
            Ok(first.at.map(|at| at.0))
        })
        .await
    }

    async fn list_last_beats(&self, allowed: Duration) -> Result<Vec<LastBeat>, StoreError> {
        self.read(async move |connection| {
            let rows: Vec<BeatRow> = sql_query(dialect::LAST_BEATS)
                .bind::<Double, _>(allowed.as_seconds_f64())
                .load(connection)
                .await?;
            Ok(rows.into_iter().map(LastBeat::from).collect())
        })
        .await
    }

    async fn get_host_averages(
        &self,
        since: OffsetDateTime,
    ) -> Result<Option<HostReading>, StoreError> {
        self.read(async move |connection| {
            let means: MeansRow = sql_query(HOST_MEANS)
                .bind::<Instant, _>(DbTime(since))
                .get_result(connection)
                .await?;
            Ok((means.samples > 0).then_some(HostReading {
                cpu_percent: means.cpu,
                memory_percent: means.memory,
                disk_percent: means.disk,
                bytes_in: means.bytes_in.round() as u64,
                bytes_out: means.bytes_out.round() as u64,
                connections: means.connections.round() as u64,
            }))
        })
        .await
    }

    async fn get_traffic(&self, since: OffsetDateTime) -> Result<Traffic, StoreError> {
        self.read(async move |connection| {
            let rows: Vec<TrafficRow> = sql_query(TRAFFIC)
                .bind::<Instant, _>(DbTime(since))
                .load(connection)
                .await?;
            let mut traffic = Traffic::default();
            for row in rows {
                traffic.add(&Traffic::try_from(row)?);
            }
            Ok(traffic)
        })
        .await
    }

    async fn record_delivery(&self, sample: &DeliverySample) -> Result<(), StoreError> {
        let sample = *sample;
        self.write(async move |connection| {
            sql_query(ADD_DELIVERY)
                .bind::<Id, _>(DbId(sample.tenant_id.0))
                .bind::<Instant, _>(DbTime(sample.at))
                .bind::<Id, _>(DbId(sample.id))
                .bind::<Text, _>(sample.channel.as_str())
                .bind::<Bool, _>(sample.succeeded)
                .bind::<BigInt, _>(signed(sample.took_micros))
                .execute(connection)
                .await?;
            Ok(())
        })
        .await
    }

    async fn get_delivery_record(
        &self,
        tenant: TenantScope,
        since: OffsetDateTime,
        lately: OffsetDateTime,
    ) -> Result<DeliveryRecord, StoreError> {
        self.read(async move |connection| {
            let totals: AttemptsRow = sql_query(DELIVERIES)
                .bind::<Instant, _>(DbTime(lately))
                .bind::<Id, _>(DbId(tenant.id().0))
                .bind::<Instant, _>(DbTime(since))
                .get_result(connection)
                .await?;
            let latest: Vec<AttemptRow> = sql_query(LATEST_DELIVERIES)
                .bind::<Id, _>(DbId(tenant.id().0))
                .bind::<Instant, _>(DbTime(since))
                .load(connection)
                .await?;
            let latest: Result<_, StoreError> =
                latest.into_iter().map(|row| row.of(tenant.id())).collect();
            Ok(DeliveryRecord {
                attempts: totals.attempts.unsigned_abs(),
                succeeded: totals.succeeded.unsigned_abs(),
                mean_micros: totals.mean,
                latest: latest?,
            })
        })
        .await
    }

    async fn delete_samples(&self, before: OffsetDateTime) -> Result<(), StoreError> {
        self.write(async move |connection| {
            for (table, column) in [
                ("health_samples", "at"),
                ("host_samples", "at"),
                ("request_samples", "minute"),
                ("delivery_samples", "at"),
            ] {
                sql_query(format!("DELETE FROM {table} WHERE {column} < $1"))
                    .bind::<Instant, _>(DbTime(before))
                    .execute(connection)
                    .await?;
            }
            Ok(())
        })
        .await
    }
}

impl From<BeatRow> for LastBeat {
    fn from(BeatRow { at, healthy, next }: BeatRow) -> Self {
        Self {
            at: at.0,
            healthy,
            next: next.map(|at| at.0),
        }
    }
}

impl TryFrom<TrafficRow> for Traffic {
    type Error = StoreError;

    fn try_from(row: TrafficRow) -> Result<Self, StoreError> {
        let histogram = row.histogram.parse();
        Ok(Self {
            requests: row.requests.unsigned_abs(),
            server_errors: row.server_errors.unsigned_abs(),
            total_micros: row.total_us.unsigned_abs(),
            histogram: histogram
                .map_err(|_| corrupt("request_samples", "histogram", &row.histogram))?,
        })
    }
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
