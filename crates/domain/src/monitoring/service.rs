//! How the installation fares: measured by every node, kept in the store.

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

/// Probes kept while they cannot be stored: a day of a node's.
const UNSENT: usize = 4 * 2 * 60 * 24;

/// How long `/service_status` calls an answer of the database slow.
const SLOW: std::time::Duration = std::time::Duration::from_millis(500);

/// What is probed, and how; a service without a probe is unknown.
pub type Probes = Vec<(Service, Option<Arc<dyn HealthProbe>>)>;

/// Measures this node and what it depends on, and tells how all nodes fared.
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
    /// Measures as this node, and keeps it there.
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

    /// Counts requests.
    #[must_use]
    pub const fn meter(&self) -> &Arc<TrafficMeter> {
        &self.meter
    }

    /// Probes every service and stores the outcome. To be called every 30 s. What cannot be stored
    /// now is stored later, so that an outage of the store is seen afterwards.
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

    /// Stores the host's state. To be called every minute.
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

    /// Stores what this node answered. To be called every few seconds, and at the end.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails; nothing is forgotten then.
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

    /// Forgets what no timeframe reaches any more.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn forget(&self) -> Result<(), StoreError> {
        self.samples
            .delete_samples(self.clock.now() - SAMPLES_KEPT)
            .await
    }

    /// Every service, probed now.
    pub async fn services(&self) -> Vec<ServiceState> {
        let since = self.clock.now() - Duration::days(30);
        let records = self
            .samples
            .list_service_records(since)
            .await
            .unwrap_or_else(|error| {
                tracing::warn!(%error, "the services' past is not known");
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

    /// How a tenant's messages fared through the channels that are set up.
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

    /// How well this API answered over the last hour.
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

    /// Means over the time since then.
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

    /// When the installation was up.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn uptime(&self) -> Result<Uptime, StoreError> {
        let first = self.samples.get_first_beat().await?;
        let breaks = self.samples.list_last_beats(ALLOWED_PAUSE).await?;
        Ok(Uptime::of(first, &breaks, self.clock.now()))
    }

    /// The parts of the service in a word each, probed now.
    ///
    /// While the database is away, keys that were used lately are still accepted, and reports are if
    /// there is a queue that lives.
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
        tracing::debug!(%error, "a service does not answer");
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
