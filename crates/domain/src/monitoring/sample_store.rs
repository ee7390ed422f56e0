//! Samples of every node.

use super::sample::{
    DeliverySample, HealthSample, HostReading, HostSample, RequestSample, Service, Traffic,
};
use crate::store_error::StoreError;
use crate::tenancy::TenantScope;
use async_trait::async_trait;
use time::{Duration, OffsetDateTime};

/// How long samples are kept: the longest timeframe is 30 days.
pub const SAMPLES_KEPT: Duration = Duration::days(31);

/// How a service fared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServiceRecord {
    /// The service.
    pub service: Service,
    /// Probes that it answered.
    pub passed: u64,
    /// Probes.
    pub probes: u64,
}

/// How a tenant's messages fared.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DeliveryRecord {
    /// Attempts since the time that was asked about.
    pub attempts: u64,
    /// Those that succeeded.
    pub succeeded: u64,
    /// Their mean time since the later time, in microseconds; `None` without any.
    pub mean_micros: Option<f64>,
    /// The latest attempt through each channel.
    pub latest: Vec<DeliverySample>,
}

/// A heartbeat after which something was amiss: it failed, or nothing followed for too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastBeat {
    /// When it was.
    pub at: OffsetDateTime,
    /// Whether it was itself all right.
    pub healthy: bool,
    /// When any node's next heartbeat was, if there was one.
    pub next: Option<OffsetDateTime>,
}

/// Keeps samples.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait SampleStore: Send + Sync {
    /// Adds probes. MUST change nothing for one that is stored already.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails; none is added then.
    async fn record_health(&self, samples: &[HealthSample]) -> Result<(), StoreError>;

    /// Adds a host's state.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn record_host(&self, sample: &HostSample) -> Result<(), StoreError>;

    /// Writes what a node answered in a minute. MUST replace what it wrote of that minute before.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn record_requests(&self, sample: &RequestSample) -> Result<(), StoreError>;

    /// How each probed service fared since then.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_service_records(
        &self,
        since: OffsetDateTime,
    ) -> Result<Vec<ServiceRecord>, StoreError>;

    /// When the first of the database's probes was that are kept. They are the installation's
    /// heartbeats, whichever node made them.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn get_first_beat(&self) -> Result<Option<OffsetDateTime>, StoreError>;

    /// The heartbeats after which something was amiss, and the last, oldest first. A pause of more
    /// than `allowed` is amiss.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_last_beats(&self, allowed: Duration) -> Result<Vec<LastBeat>, StoreError>;

    /// The means of all hosts' readings since then; `None` without any.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn get_host_averages(
        &self,
        since: OffsetDateTime,
    ) -> Result<Option<HostReading>, StoreError>;

    /// What all nodes answered in the minutes since then.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn get_traffic(&self, since: OffsetDateTime) -> Result<Traffic, StoreError>;

    /// Adds an attempt to send a message.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn record_delivery(&self, sample: &DeliverySample) -> Result<(), StoreError>;

    /// How a tenant's messages fared since then, and how fast they were since `lately`.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn get_delivery_record(
        &self,
        tenant: TenantScope,
        since: OffsetDateTime,
        lately: OffsetDateTime,
    ) -> Result<DeliveryRecord, StoreError>;

    /// Removes samples from before that time.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn delete_samples(&self, before: OffsetDateTime) -> Result<(), StoreError>;
}
