//! Port: monitoring samples of all nodes.

use super::sample::{
    DeliverySample, HealthSample, HostReading, HostSample, RequestSample, Service, Traffic,
};
use crate::store_error::StoreError;
use crate::tenancy::TenantScope;
use async_trait::async_trait;
use time::{Duration, OffsetDateTime};

/// How long samples are kept: the longest timeframe is 30 days.
pub const SAMPLES_KEPT: Duration = Duration::days(31);

/// Health checks of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServiceRecord {
    /// The service.
    pub service: Service,
    /// Number of passed checks.
    pub passed: u64,
    /// Number of checks.
    pub probes: u64,
}

/// Delivery statistics of a tenant.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DeliveryRecord {
    /// Number of attempts in the timeframe.
    pub attempts: u64,
    /// Number of successful attempts.
    pub succeeded: u64,
    /// Mean duration of recent attempts, in microseconds; `None` without any.
    pub mean_micros: Option<f64>,
    /// The latest attempt per channel.
    pub latest: Vec<DeliverySample>,
}

/// A heartbeat at the start of a possible downtime: it failed, or none followed in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastBeat {
    /// When it was.
    pub at: OffsetDateTime,
    /// Whether it succeeded.
    pub healthy: bool,
    /// Time of the next heartbeat of any node.
    pub next: Option<OffsetDateTime>,
}

/// Stores monitoring samples.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait SampleStore: Send + Sync {
    /// Adds health samples. MUST ignore those that are stored already.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails; none is added.
    async fn record_health(&self, samples: &[HealthSample]) -> Result<(), StoreError>;

    /// Adds a host sample.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn record_host(&self, sample: &HostSample) -> Result<(), StoreError>;

    /// Stores the requests that a node served in a minute. MUST replace what it stored for that minute before.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn record_requests(&self, sample: &RequestSample) -> Result<(), StoreError>;

    /// Counts health checks by service since a time.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_service_records(
        &self,
        since: OffsetDateTime,
    ) -> Result<Vec<ServiceRecord>, StoreError>;

    /// Returns the time of the first heartbeat still stored. Health checks of the database by any node are the
    /// installation's heartbeats.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn get_first_beat(&self) -> Result<Option<OffsetDateTime>, StoreError>;

    /// Lists the last heartbeat, and those that failed or were followed by a pause longer than `allowed`, oldest
    /// first.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_last_beats(&self, allowed: Duration) -> Result<Vec<LastBeat>, StoreError>;

    /// Returns the means of all hosts' readings since a time; `None` without any.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn get_host_averages(
        &self,
        since: OffsetDateTime,
    ) -> Result<Option<HostReading>, StoreError>;

    /// Returns the traffic of all nodes in the minutes since a time.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn get_traffic(&self, since: OffsetDateTime) -> Result<Traffic, StoreError>;

    /// Adds an attempt to send a message.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn record_delivery(&self, sample: &DeliverySample) -> Result<(), StoreError>;

    /// Returns a tenant's delivery statistics since a time, with the mean duration since `lately`.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn get_delivery_record(
        &self,
        tenant: TenantScope,
        since: OffsetDateTime,
        lately: OffsetDateTime,
    ) -> Result<DeliveryRecord, StoreError>;

    /// Deletes samples from before a time.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn delete_samples(&self, before: OffsetDateTime) -> Result<(), StoreError>;
}
