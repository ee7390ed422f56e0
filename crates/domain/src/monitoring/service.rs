//! Service: samples this node and its dependencies, and computes status, uptime and performance of all nodes.

use super::health_probe::{HealthProbe, ServiceMetrics};
use super::host_probe::HostProbe;
use super::sample::{HealthSample, HostSample, Service};
use super::sample_store::{SAMPLES_KEPT, SampleStore};
use super::status::{
    Answer, Condition, HostAverages, MessageState, Performance, ServiceState, ServiceStatus,
};
use super::traffic_meter::TrafficMeter;
use super::uptime::{ALLOWED_PAUSE, Uptime};
use crate::clock::Clock;
use crate::notifications::ChannelKind;
use crate::store_error::StoreError;
use crate::sync::lock;
use crate::tenancy::TenantScope;
use std::sync::{Arc, Mutex};
use std::time::Instant;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// Maximum health samples kept in memory while the store is unavailable: one day of a node.
const UNSENT: usize = 4 * 2 * 60 * 24;

/// Response time above which `/service_status` calls the database slow.
const SLOW: std::time::Duration = std::time::Duration::from_millis(500);

/// The probe of each service; a service without a probe has an unknown state.
pub type Probes = Vec<(Service, Option<Arc<dyn HealthProbe>>)>;

/// Samples this node and its dependencies, and computes statistics of all nodes.
pub struct Monitoring {
    samples: Arc<dyn SampleStore>,
    host: Arc<dyn HostProbe>,
    probes: Probes,
    clock: Arc<dyn Clock>,
    node: Uuid,
    meter: Arc<TrafficMeter>,
    unsent: Mutex<Vec<HealthSample>>,
}

impl Monitoring {
    /// Creates the service for this node.
    #[must_use]
    pub fn new(
        samples: Arc<dyn SampleStore>,
        host: Arc<dyn HostProbe>,
        probes: Probes,
        clock: Arc<dyn Clock>,
        node: Uuid,
    ) -> Self {
        let meter = Arc::new(TrafficMeter::new(node));
        Self {
            samples,
            host,
            probes,
            clock,
            node,
            meter,
            unsent: Mutex::default(),
        }
    }

    /// Returns the request counter.
    #[must_use]
    pub const fn meter(&self) -> &Arc<TrafficMeter> {
        &self.meter
    }

    /// Checks every service and stores the results. Call it every 30 s. Results that cannot be stored now are stored
    /// later, so that an outage of the store is recorded.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn beat(&self) -> Result<(), StoreError> {
        let mut beats = Vec::with_capacity(self.probes.len());
        for (service, probe) in &self.probes {
            let Some(probe) = probe else { continue };
            let at = self.clock.now();
            let (healthy, response) = ping(&**probe).await;
            beats.push(HealthSample {
                at,
                node: self.node,
                service: *service,
                healthy,
                response_micros: u64::try_from(response.as_micros()).unwrap_or(u64::MAX),
            });
        }
        let mut unsent = std::mem::take(&mut *lock(&self.unsent));
        unsent.extend(beats);
        let surplus = unsent.len().saturating_sub(UNSENT);
        unsent.drain(..surplus);
        let stored = self.samples.record_health(&unsent).await;
        if stored.is_err() {
            *lock(&self.unsent) = unsent;
        }
        stored
    }

    /// Stores a host sample. Call it every minute.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn measure_host(&self) -> Result<(), StoreError> {
        let reading = self.host.read_host().await;
        let sample = HostSample {
            at: self.clock.now(),
            node: self.node,
            reading,
        };
        self.samples.record_host(&sample).await
    }

    /// Stores the requests that this node served. Call it every few seconds, and on shutdown.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails; nothing is lost then.
    pub async fn store_traffic(&self) -> Result<(), StoreError> {
        let mut samples = self.meter.take().into_iter();
        while let Some(sample) = samples.next() {
            if let Err(error) = self.samples.record_requests(&sample).await {
                self.meter
                    .give_back([sample].into_iter().chain(samples).collect());
                return Err(error);
            }
        }
        Ok(())
    }

    /// Deletes samples older than the longest timeframe.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn forget(&self) -> Result<(), StoreError> {
        self.samples
            .delete_samples(self.clock.now() - SAMPLES_KEPT)
            .await
    }

    /// Checks every service now.
    pub async fn services(&self) -> Vec<ServiceState> {
        let since = self.clock.now() - Duration::days(30);
        let records = self
            .samples
            .list_service_records(since)
            .await
            .unwrap_or_else(|error| {
                tracing::warn!(%error, "the uptime of services is not known");
                Vec::new()
            });
        let mut services = Vec::with_capacity(self.probes.len());
        for (service, probe) in &self.probes {
            let answer = match probe {
                Some(probe) => Some(ask(&**probe).await),
                None => None,
            };
            let record = records.iter().find(|record| record.service == *service);
            let percent = record.map(|record| percent_of(record.passed, record.probes));
            services.push(ServiceState {
                service: *service,
                answer,
                uptime_percent: percent,
            });
        }
        services
    }

    /// Returns the state of a tenant's notifications through its configured channels.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn messages(
        &self,
        tenant: TenantScope,
        set_up: &[ChannelKind],
    ) -> Result<MessageState, StoreError> {
        let now = self.clock.now();
        let (month, day) = (now - Duration::days(30), now - Duration::DAY);
        let record = self.samples.get_delivery_record(tenant, month, day).await?;
        let Some(latest) = record.latest.iter().max_by_key(|one| (one.at, one.id)) else {
            return Ok(MessageState::UNKNOWN);
        };
        let mut used = record.latest.iter();
        let micros = record.mean_micros.unwrap_or(latest.took_micros as f64);
        Ok(MessageState {
            healthy: Some(used.all(|one| one.succeeded || !set_up.contains(&one.channel))),
            uptime_percent: percent_of(record.succeeded, record.attempts),
            response: std::time::Duration::from_micros(micros as u64),
            last_attempt: Some(latest.at),
        })
    }

    /// Returns the performance of the API over the last hour.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn performance(&self) -> Result<Performance, StoreError> {
        let now = self.clock.now();
        let since = now - Duration::HOUR;
        self.store_traffic().await?;
        let records = self.samples.list_service_records(since).await?;
        let (passed, probes) = records.iter().fold((0, 0), |(passed, probes), record| {
            (passed + record.passed, probes + record.probes)
        });
        Ok(Performance {
            traffic: self.samples.get_traffic(since).await?,
            minutes: self.minutes_since(since, now).await?,
            availability: (probes > 0).then(|| percent_of(passed, probes)),
        })
    }

    /// Returns averages over the last `span`.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn means(&self, span: Duration) -> Result<HostAverages, StoreError> {
        let now = self.clock.now();
        let since = now - span;
        self.store_traffic().await?;
        let traffic = self.samples.get_traffic(since).await?;
        let minutes = self.minutes_since(since, now).await?;
        let host = match self.samples.get_host_averages(since).await? {
            Some(means) => means,
            None => self.host.read_host().await,
        };
        Ok(HostAverages {
            host,
            requests_per_minute: traffic.requests as f64 / minutes,
        })
    }

    /// Returns the uptime of the installation.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn uptime(&self) -> Result<Uptime, StoreError> {
        let first = self.samples.get_first_beat().await?;
        let breaks = self.samples.list_last_beats(ALLOWED_PAUSE).await?;
        Ok(Uptime::of(first, &breaks, self.clock.now()))
    }

    /// Checks every service now and rates the parts of the installation.
    ///
    /// While the database is unavailable, recently used keys are still accepted, and so are reports if there is a
    /// working queue.
    pub async fn status(&self) -> ServiceStatus {
        let mut storage = Condition::Operational;
        let mut extras = Condition::Operational;
        let mut has_queue = false;
        for (service, probe) in &self.probes {
            let Some(probe) = probe else { continue };
            let (healthy, response) = ping(&**probe).await;
            match service {
                Service::Database if !healthy => storage = Condition::Outage,
                Service::Database if response > SLOW => storage = Condition::Degraded,
                Service::Database => {}
                _ if !healthy => extras = Condition::Degraded,
                Service::IngestQueue => has_queue = true,
                _ => {}
            }
        }
        let outage = storage == Condition::Outage;
        ServiceStatus {
            api: match (outage, has_queue) {
                (true, false) => Condition::Outage,
                (true, true) => Condition::Degraded,
                (false, _) => extras,
            },
            storage,
            authentication: if outage {
                Condition::Degraded
            } else {
                Condition::Operational
            },
        }
    }

    async fn minutes_since(
        &self,
        since: OffsetDateTime,
        now: OffsetDateTime,
    ) -> Result<f64, StoreError> {
        let first = self.samples.get_first_beat().await?;
        let from = first.map_or(since, |first| first.max(since));
        Ok(((now - from).as_seconds_f64() / 60.0).max(1.0))
    }
}

fn percent_of(part: u64, whole: u64) -> f64 {
    part as f64 / whole as f64 * 100.0
}

async fn ping(probe: &dyn HealthProbe) -> (bool, std::time::Duration) {
    let asked = Instant::now();
    let answer = probe.ping().await;
    if let Err(error) = &answer {
        tracing::debug!(%error, "a health check failed");
    }
    (answer.is_ok(), asked.elapsed())
}

async fn ask(probe: &dyn HealthProbe) -> Answer {
    let (healthy, response) = ping(probe).await;
    let figures = if healthy {
        probe.read_metrics().await.unwrap_or_default()
    } else {
        ServiceMetrics::new()
    };
    Answer {
        healthy,
        response,
        figures,
    }
}
