//! Samples of every node.

use crate::SqliteStore;
use crate::failure::corrupt;
use crate::row::{Uid, micros, named, time};
use crate::statement::{Bind, run, statement};
use async_trait::async_trait;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Binary, Bool, Double, Nullable, Text};
use faultbook_domain::id::TenantId;
use faultbook_domain::monitoring::{DeliveryRecord, LastBeat, SampleStore, ServiceRecord};
use faultbook_domain::monitoring::{
    DeliverySample, HealthSample, HostReading, HostSample, RequestSample, Service, Traffic,
};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::TenantScope;
use time::{Duration, OffsetDateTime};

statement!(
    AddHealth,
    "INSERT INTO health_samples (service, at, node, healthy, response_us) VALUES (?, ?, ?, ?, ?) \
     ON CONFLICT DO NOTHING"
);

const ADD_HOST: &str = "INSERT INTO host_samples (at, node, cpu_percent, memory_percent, \
     disk_percent, bytes_in, bytes_out, connections) VALUES (?, ?, ?, ?, ?, ?, ?, ?) \
     ON CONFLICT DO NOTHING";

const PUT_REQUESTS: &str = "INSERT INTO request_samples (minute, node, requests, server_errors, \
     total_us, histogram) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET \
     requests = excluded.requests, server_errors = excluded.server_errors, \
     total_us = excluded.total_us, histogram = excluded.histogram";

const ADD_DELIVERY: &str = "INSERT INTO delivery_samples (tenant_id, at, id, channel, succeeded, \
     took_us) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";

const DELIVERIES: &str = "SELECT count(*) AS attempts, count(*) FILTER (WHERE succeeded) AS succeeded, \
     avg(took_us) FILTER (WHERE at >= ?3) AS mean FROM delivery_samples \
     WHERE tenant_id = ?1 AND at >= ?2";

/// SQLite takes the other columns from the row that has the greatest.
const LATEST_DELIVERIES: &str = "SELECT id, channel, max(at) AS at, succeeded, took_us \
     FROM delivery_samples WHERE tenant_id = ? AND at >= ? GROUP BY channel";

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
    #[diesel(sql_type = Binary)]
    id: Uid,
    #[diesel(sql_type = Text)]
    channel: String,
    #[diesel(sql_type = BigInt)]
    at: i64,
    #[diesel(sql_type = Bool)]
    succeeded: bool,
    #[diesel(sql_type = BigInt)]
    took_us: i64,
}

impl AttemptRow {
    fn of(self, tenant_id: TenantId) -> Result<DeliverySample, StoreError> {
        Ok(DeliverySample {
            id: self.id.uuid(),
            tenant_id,
            channel: named("delivery_samples", "channel", &self.channel)?,
            at: time("delivery_samples", "at", self.at)?,
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
    #[diesel(sql_type = Nullable<BigInt>)]
    at: Option<i64>,
}

#[derive(QueryableByName)]
struct BeatRow {
    #[diesel(sql_type = BigInt)]
    at: i64,
    #[diesel(sql_type = Bool)]
    healthy: bool,
    #[diesel(sql_type = Nullable<BigInt>)]
    next: Option<i64>,
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
impl SampleStore for SqliteStore {
    async fn record_health(&self, samples: &[HealthSample]) -> Result<(), StoreError> {
        let samples = samples.to_vec();
        self.write(move |connection| {
            for sample in samples {
                let binds = [
                    Bind::Text(sample.service.as_str()),
                    Bind::Int(micros(sample.at)),
                    Bind::Blob(sample.node.as_bytes()),
                    Bind::Int(sample.healthy.into()),
                    Bind::Int(signed(sample.response_micros)),
                ];
                run(connection, AddHealth, &binds)?;
            }
            Ok(())
        })
        .await
    }

    async fn record_host(&self, sample: &HostSample) -> Result<(), StoreError> {
        let HostSample { at, node, reading } = *sample;
        self.write(move |connection| {
            sql_query(ADD_HOST)
                .bind::<BigInt, _>(micros(at))
                .bind::<Binary, _>(Uid::from(node))
                .bind::<Double, _>(reading.cpu_percent)
                .bind::<Double, _>(reading.memory_percent)
                .bind::<Double, _>(reading.disk_percent)
                .bind::<BigInt, _>(signed(reading.bytes_in))
                .bind::<BigInt, _>(signed(reading.bytes_out))
                .bind::<BigInt, _>(signed(reading.connections))
                .execute(connection)?;
            Ok(())
        })
        .await
    }

    async fn record_requests(&self, sample: &RequestSample) -> Result<(), StoreError> {
        let sample = sample.clone();
        self.write(move |connection| {
            sql_query(PUT_REQUESTS)
                .bind::<BigInt, _>(micros(sample.minute))
                .bind::<Binary, _>(Uid::from(sample.node))
                .bind::<BigInt, _>(signed(sample.traffic.requests))
                .bind::<BigInt, _>(signed(sample.traffic.server_errors))
                .bind::<BigInt, _>(signed(sample.traffic.total_micros))
                .bind::<Text, _>(sample.traffic.histogram.to_string())
                .execute(connection)?;
            Ok(())
        })
        .await
    }

    async fn health(&self, since: OffsetDateTime) -> Result<Vec<ServiceRecord>, StoreError> {
        self.read(move |connection| {
            let rows: Vec<RecordRow> = sql_query(
                "SELECT service, sum(healthy) AS passed, count(*) AS probes FROM health_samples \
                 WHERE at >= ? GROUP BY service",
            )
            .bind::<BigInt, _>(micros(since))
            .load(connection)?;
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
        self.read(|connection| {
            let first: FirstRow =
                sql_query("SELECT min(at) AS at FROM health_samples WHERE service = 'database'")
                    .get_result(connection)?;
            Ok(first
                .at
                .map(|at| time("health_samples", "at", at))
                .transpose()?)
        })
        .await
    }

    async fn last_beats(&self, allowed: Duration) -> Result<Vec<LastBeat>, StoreError> {
        let allowed = i64::try_from(allowed.whole_microseconds()).unwrap_or(i64::MAX);
        self.read(move |connection| {
            let rows: Vec<BeatRow> = sql_query(
                "SELECT at, healthy, next FROM (SELECT at, healthy, \
                 lead(at) OVER (ORDER BY at, node) AS next FROM health_samples \
                 WHERE service = 'database') \
                 WHERE NOT healthy OR next IS NULL OR next - at > ? ORDER BY at",
            )
            .bind::<BigInt, _>(allowed)
            .load(connection)?;
            let beats: Result<_, StoreError> = rows.into_iter().map(LastBeat::try_from).collect();
            Ok(beats?)
        })
        .await
    }

    async fn host_means(&self, since: OffsetDateTime) -> Result<Option<HostReading>, StoreError> {
        self.read(move |connection| {
            let means: MeansRow = sql_query(
                "SELECT count(*) AS samples, coalesce(avg(cpu_percent), 0.0) AS cpu, \
                 coalesce(avg(memory_percent), 0.0) AS memory, \
                 coalesce(avg(disk_percent), 0.0) AS disk, \
                 coalesce(avg(bytes_in), 0.0) AS bytes_in, \
                 coalesce(avg(bytes_out), 0.0) AS bytes_out, \
                 coalesce(avg(connections), 0.0) AS connections FROM host_samples WHERE at >= ?",
            )
            .bind::<BigInt, _>(micros(since))
            .get_result(connection)?;
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
        self.read(move |connection| {
            let rows: Vec<TrafficRow> = sql_query(
                "SELECT requests, server_errors, total_us, histogram FROM request_samples \
                 WHERE minute >= ?",
            )
            .bind::<BigInt, _>(micros(since))
            .load(connection)?;
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
        self.write(move |connection| {
            sql_query(ADD_DELIVERY)
                .bind::<Binary, _>(Uid::from(sample.tenant_id.0))
                .bind::<BigInt, _>(micros(sample.at))
                .bind::<Binary, _>(Uid::from(sample.id))
                .bind::<Text, _>(sample.channel.as_str())
                .bind::<Bool, _>(sample.succeeded)
                .bind::<BigInt, _>(signed(sample.took_micros))
                .execute(connection)?;
            Ok(())
        })
        .await
    }

    async fn deliveries(
        &self,
        tenant: TenantScope,
        since: OffsetDateTime,
        lately: OffsetDateTime,
    ) -> Result<DeliveryRecord, StoreError> {
        let id = Uid::from(tenant.id().0);
        self.read(move |connection| {
            let totals: AttemptsRow = sql_query(DELIVERIES)
                .bind::<Binary, _>(id)
                .bind::<BigInt, _>(micros(since))
                .bind::<BigInt, _>(micros(lately))
                .get_result(connection)?;
            let latest: Vec<AttemptRow> = sql_query(LATEST_DELIVERIES)
                .bind::<Binary, _>(id)
                .bind::<BigInt, _>(micros(since))
                .load(connection)?;
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
        self.write(move |connection| {
            for (table, column) in [
                ("health_samples", "at"),
                ("host_samples", "at"),
                ("request_samples", "minute"),
                ("delivery_samples", "at"),
            ] {
                sql_query(format!("DELETE FROM {table} WHERE {column} < ?"))
                    .bind::<BigInt, _>(micros(before))
                    .execute(connection)?;
            }
            Ok(())
        })
        .await
    }
}

impl TryFrom<BeatRow> for LastBeat {
    type Error = StoreError;

    fn try_from(row: BeatRow) -> Result<Self, StoreError> {
        let at = |at| time("health_samples", "at", at);
        Ok(Self {
            at: at(row.at)?,
            healthy: row.healthy,
            next: row.next.map(at).transpose()?,
        })
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
