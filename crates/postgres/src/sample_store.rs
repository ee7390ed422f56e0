//! Samples of every node.

use crate::PostgresStore;
use crate::failure::corrupt;
use crate::row::parsed;
use async_trait::async_trait;
use diesel::QueryableByName;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Bool, Double, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use faultbook_domain::id::TenantId;
use faultbook_domain::monitoring::{DeliveryRecord, LastBeat, SampleStore, ServiceRecord};
use faultbook_domain::monitoring::{
    DeliverySample, HealthSample, HostReading, HostSample, RequestSample, Service, Traffic,
};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::TenantScope;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

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

const LAST_BEATS: &str = "
SELECT at, healthy, next FROM (
  SELECT at, healthy, lead(at) OVER (ORDER BY at, node) AS next
  FROM health_samples WHERE service = 'database'
) beats
WHERE NOT healthy OR next IS NULL OR next - at > make_interval(secs => $1)
ORDER BY at";

const HOST_MEANS: &str = "
SELECT count(*) AS samples, coalesce(avg(cpu_percent), 0) AS cpu,
  coalesce(avg(memory_percent), 0) AS memory, coalesce(avg(disk_percent), 0) AS disk,
  coalesce(avg(bytes_in), 0)::float8 AS bytes_in, coalesce(avg(bytes_out), 0)::float8 AS bytes_out,
  coalesce(avg(connections), 0)::float8 AS connections
FROM host_samples WHERE at >= $1";

const TRAFFIC: &str = "
SELECT requests, server_errors, total_us, histogram FROM request_samples WHERE minute >= $1";

const ADD_DELIVERY: &str = "
INSERT INTO delivery_samples (tenant_id, at, id, channel, succeeded, took_us)
VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";

const DELIVERIES: &str = "
SELECT count(*) AS attempts, count(*) FILTER (WHERE succeeded) AS succeeded,
  avg(took_us) FILTER (WHERE at >= $3)::float8 AS mean
FROM delivery_samples WHERE tenant_id = $1 AND at >= $2";

const LATEST_DELIVERIES: &str = "
SELECT DISTINCT ON (channel) id, channel, at, succeeded, took_us
FROM delivery_samples WHERE tenant_id = $1 AND at >= $2 ORDER BY channel, at DESC, id DESC";

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
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    channel: String,
    #[diesel(sql_type = Timestamptz)]
    at: OffsetDateTime,
    #[diesel(sql_type = Bool)]
    succeeded: bool,
    #[diesel(sql_type = BigInt)]
    took_us: i64,
}

impl AttemptRow {
    fn of(self, tenant_id: TenantId) -> Result<DeliverySample, StoreError> {
        Ok(DeliverySample {
            id: self.id,
            tenant_id,
            channel: parsed("delivery_samples", "channel", &self.channel)?,
            at: self.at,
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
    #[diesel(sql_type = Nullable<Timestamptz>)]
    at: Option<OffsetDateTime>,
}

#[derive(QueryableByName)]
struct BeatRow {
    #[diesel(sql_type = Timestamptz)]
    at: OffsetDateTime,
    #[diesel(sql_type = Bool)]
    healthy: bool,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    next: Option<OffsetDateTime>,
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
impl SampleStore for PostgresStore {
    async fn record_health(&self, samples: &[HealthSample]) -> Result<(), StoreError> {
        self.run(|| async {
            let mut session = self.change().await?;
            for sample in samples {
                sql_query(ADD_HEALTH)
                    .bind::<Text, _>(sample.service.as_str())
                    .bind::<Timestamptz, _>(sample.at)
                    .bind::<SqlUuid, _>(sample.node)
                    .bind::<Bool, _>(sample.healthy)
                    .bind::<BigInt, _>(signed(sample.response_micros))
                    .execute(&mut *session)
                    .await?;
            }
            session.finish().await
        })
        .await
    }

    async fn record_host(&self, sample: &HostSample) -> Result<(), StoreError> {
        let HostSample { at, node, reading } = *sample;
        self.run(|| async {
            let mut session = self.change().await?;
            sql_query(ADD_HOST)
                .bind::<Timestamptz, _>(at)
                .bind::<SqlUuid, _>(node)
                .bind::<Double, _>(reading.cpu_percent)
                .bind::<Double, _>(reading.memory_percent)
                .bind::<Double, _>(reading.disk_percent)
                .bind::<BigInt, _>(signed(reading.bytes_in))
                .bind::<BigInt, _>(signed(reading.bytes_out))
                .bind::<BigInt, _>(signed(reading.connections))
                .execute(&mut *session)
                .await?;
            session.finish().await
        })
        .await
    }

    async fn record_requests(&self, sample: &RequestSample) -> Result<(), StoreError> {
        let traffic = &sample.traffic;
        self.run(|| async {
            let mut session = self.change().await?;
            sql_query(PUT_REQUESTS)
                .bind::<Timestamptz, _>(sample.minute)
                .bind::<SqlUuid, _>(sample.node)
                .bind::<BigInt, _>(signed(traffic.requests))
                .bind::<BigInt, _>(signed(traffic.server_errors))
                .bind::<BigInt, _>(signed(traffic.total_micros))
                .bind::<Text, _>(traffic.histogram.to_string())
                .execute(&mut *session)
                .await?;
            session.finish().await
        })
        .await
    }

    async fn health(&self, since: OffsetDateTime) -> Result<Vec<ServiceRecord>, StoreError> {
        self.run(|| async {
            let mut session = self.look().await?;
            let rows: Vec<RecordRow> = sql_query(HEALTH)
                .bind::<Timestamptz, _>(since)
                .load(&mut *session)
                .await?;
            session.finish().await?;
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

    async fn first_beat(&self) -> Result<Option<OffsetDateTime>, StoreError> {
        self.run(|| async {
            let mut session = self.look().await?;
            let first: FirstRow = sql_query(FIRST_BEAT).get_result(&mut *session).await?;
            session.finish().await?;
            Ok(first.at)
        })
        .await
    }

    async fn last_beats(&self, allowed: Duration) -> Result<Vec<LastBeat>, StoreError> {
        self.run(|| async {
            let mut session = self.look().await?;
            let rows: Vec<BeatRow> = sql_query(LAST_BEATS)
                .bind::<Double, _>(allowed.as_seconds_f64())
                .load(&mut *session)
                .await?;
            session.finish().await?;
            Ok(rows.into_iter().map(LastBeat::from).collect())
        })
        .await
    }

    async fn host_means(&self, since: OffsetDateTime) -> Result<Option<HostReading>, StoreError> {
        self.run(|| async {
            let mut session = self.look().await?;
            let means: MeansRow = sql_query(HOST_MEANS)
                .bind::<Timestamptz, _>(since)
                .get_result(&mut *session)
                .await?;
            session.finish().await?;
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

    async fn traffic(&self, since: OffsetDateTime) -> Result<Traffic, StoreError> {
        self.run(|| async {
            let mut session = self.look().await?;
            let rows: Vec<TrafficRow> = sql_query(TRAFFIC)
                .bind::<Timestamptz, _>(since)
                .load(&mut *session)
                .await?;
            session.finish().await?;
            let mut traffic = Traffic::default();
            for row in rows {
                traffic.add(&Traffic::try_from(row)?);
            }
            Ok(traffic)
        })
        .await
    }

    async fn record_delivery(&self, sample: &DeliverySample) -> Result<(), StoreError> {
        let took = i64::try_from(sample.took_micros).unwrap_or(i64::MAX);
        self.run(|| async {
            let mut session = self.change().await?;
            sql_query(ADD_DELIVERY)
                .bind::<SqlUuid, _>(sample.tenant_id.0)
                .bind::<Timestamptz, _>(sample.at)
                .bind::<SqlUuid, _>(sample.id)
                .bind::<Text, _>(sample.channel.as_str())
                .bind::<Bool, _>(sample.succeeded)
                .bind::<BigInt, _>(took)
                .execute(&mut *session)
                .await?;
            session.finish().await
        })
        .await
    }

    async fn deliveries(
        &self,
        tenant: TenantScope,
        since: OffsetDateTime,
        lately: OffsetDateTime,
    ) -> Result<DeliveryRecord, StoreError> {
        self.run(|| async {
            let mut session = self.look().await?;
            let totals: AttemptsRow = sql_query(DELIVERIES)
                .bind::<SqlUuid, _>(tenant.id().0)
                .bind::<Timestamptz, _>(since)
                .bind::<Timestamptz, _>(lately)
                .get_result(&mut *session)
                .await?;
            let latest: Vec<AttemptRow> = sql_query(LATEST_DELIVERIES)
                .bind::<SqlUuid, _>(tenant.id().0)
                .bind::<Timestamptz, _>(since)
                .load(&mut *session)
                .await?;
            session.finish().await?;
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

    async fn forget_samples(&self, before: OffsetDateTime) -> Result<(), StoreError> {
        self.run(|| async {
            let mut session = self.change().await?;
            for (table, column) in [
                ("health_samples", "at"),
                ("host_samples", "at"),
                ("request_samples", "minute"),
                ("delivery_samples", "at"),
            ] {
                sql_query(format!("DELETE FROM {table} WHERE {column} < $1"))
                    .bind::<Timestamptz, _>(before)
                    .execute(&mut *session)
                    .await?;
            }
            session.finish().await
        })
        .await
    }
}

impl From<BeatRow> for LastBeat {
    fn from(BeatRow { at, healthy, next }: BeatRow) -> Self {
        Self { at, healthy, next }
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
