//! [`SampleStore`](crate::monitoring::SampleStore) in process.

use super::MemoryStore;
use crate::monitoring::{DeliveryRecord, LastBeat, SampleStore, ServiceRecord};
use crate::monitoring::{
    DeliverySample, HealthSample, HostReading, HostSample, RequestSample, Service, Traffic,
};
use crate::notifications::ChannelKind;
use crate::store_error::StoreError;
use crate::tenancy::TenantScope;
use async_trait::async_trait;
use std::collections::BTreeMap;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// Samples of all nodes.
#[derive(Default)]
pub(super) struct Samples {
    health: BTreeMap<(Service, OffsetDateTime, Uuid), HealthSample>,
    hosts: Vec<HostSample>,
    requests: BTreeMap<(OffsetDateTime, Uuid), Traffic>,
    deliveries: BTreeMap<(OffsetDateTime, Uuid), DeliverySample>,
}

impl Samples {
    fn beats(&self) -> impl Iterator<Item = &HealthSample> {
        let probes = self.health.values();
        probes.filter(|probe| probe.service == Service::Database)
    }
}

#[async_trait]
impl SampleStore for MemoryStore {
    async fn record_health(&self, samples: &[HealthSample]) -> Result<(), StoreError> {
        let health = &mut self.state().samples.health;
        for sample in samples {
            let key = (sample.service, sample.at, sample.node);
            health.entry(key).or_insert(*sample);
        }
        Ok(())
    }

    async fn record_host(&self, sample: &HostSample) -> Result<(), StoreError> {
        self.state().samples.hosts.push(*sample);
        Ok(())
    }

    async fn record_requests(&self, sample: &RequestSample) -> Result<(), StoreError> {
        let key = (sample.minute, sample.node);
        let requests = &mut self.state().samples.requests;
        requests.insert(key, sample.traffic.clone());
        Ok(())
    }

    async fn list_service_records(
        &self,
        since: OffsetDateTime,
    ) -> Result<Vec<ServiceRecord>, StoreError> {
        let state = self.state();
        let records = Service::ALL.into_iter().map(|service| {
            let probes = state.samples.health.values();
            let probes = probes.filter(|probe| probe.service == service && probe.at >= since);
            let (passed, probes) = probes.fold((0, 0), |(passed, all), probe| {
                (passed + u64::from(probe.healthy), all + 1)
            });
            ServiceRecord {
                service,
                passed,
                probes,
            }
        });
        Ok(records.filter(|record| record.probes > 0).collect())
    }

    async fn get_first_beat(&self) -> Result<Option<OffsetDateTime>, StoreError> {
        let state = self.state();
        let mut beats = state.samples.beats();
        Ok(beats.next().map(|beat| beat.at))
    }

    async fn list_last_beats(&self, allowed: Duration) -> Result<Vec<LastBeat>, StoreError> {
        let state = self.state();
        let beats: Vec<&HealthSample> = state.samples.beats().collect();
        let next = beats.iter().skip(1).map(|beat| Some(beat.at)).chain([None]);
        let breaks = beats.iter().zip(next).map(|(beat, next)| LastBeat {
            at: beat.at,
            healthy: beat.healthy,
            next,
        });
        Ok(breaks
            .filter(|one| !one.healthy || one.next.is_none_or(|next| next - one.at > allowed))
            .collect())
    }

    async fn get_host_averages(
        &self,
        since: OffsetDateTime,
    ) -> Result<Option<HostReading>, StoreError> {
        let state = self.state();
        let hosts = state
            .samples
            .hosts
            .iter()
            .filter(|sample| sample.at >= since);
        let readings: Vec<HostReading> = hosts.map(|sample| sample.reading).collect();
        if readings.is_empty() {
            return Ok(None);
        }
        let mean = |of: fn(&HostReading) -> f64| {
            readings.iter().map(of).sum::<f64>() / readings.len() as f64
        };
        let whole = |of: fn(&HostReading) -> f64| mean(of).round() as u64;
        Ok(Some(HostReading {
            cpu_percent: mean(|reading| reading.cpu_percent),
            memory_percent: mean(|reading| reading.memory_percent),
            disk_percent: mean(|reading| reading.disk_percent),
            bytes_in: whole(|reading| reading.bytes_in as f64),
            bytes_out: whole(|reading| reading.bytes_out as f64),
            connections: whole(|reading| reading.connections as f64),
        }))
    }

    async fn get_traffic(&self, since: OffsetDateTime) -> Result<Traffic, StoreError> {
        let mut traffic = Traffic::default();
        for ((minute, _), more) in &self.state().samples.requests {
            if *minute >= since {
                traffic.add(more);
            }
        }
        Ok(traffic)
    }

    async fn record_delivery(&self, sample: &DeliverySample) -> Result<(), StoreError> {
        let key = (sample.at, sample.id);
        self.state().samples.deliveries.insert(key, *sample);
        Ok(())
    }

    async fn get_delivery_record(
        &self,
        tenant: TenantScope,
        since: OffsetDateTime,
        lately: OffsetDateTime,
    ) -> Result<DeliveryRecord, StoreError> {
        let state = self.state();
        let own = state.samples.deliveries.values();
        let own: Vec<&DeliverySample> = own
            .filter(|one| one.tenant_id == tenant.id() && one.at >= since)
            .collect();
        let late: Vec<f64> = own
            .iter()
            .filter(|one| one.at >= lately)
            .map(|one| one.took_micros as f64)
            .collect();
        let latest: BTreeMap<ChannelKind, _> = own.iter().map(|one| (one.channel, one)).collect();
        Ok(DeliveryRecord {
            attempts: own.len() as u64,
            succeeded: own.iter().filter(|one| one.succeeded).count() as u64,
            mean_micros: (!late.is_empty()).then(|| late.iter().sum::<f64>() / late.len() as f64),
            latest: latest.into_values().copied().copied().collect(),
        })
    }

    async fn delete_samples(&self, before: OffsetDateTime) -> Result<(), StoreError> {
        let samples = &mut self.state().samples;
        samples.health.retain(|(_, at, _), _| *at >= before);
        samples.hosts.retain(|sample| sample.at >= before);
        samples.deliveries.retain(|(at, _), _| *at >= before);
        samples.requests.retain(|(minute, _), _| *minute >= before);
        Ok(())
    }
}
