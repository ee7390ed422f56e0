//! Samples that nodes take of themselves and of their dependencies.

use super::histogram::Histogram;
use crate::id::TenantId;
use crate::notifications::ChannelKind;
use time::OffsetDateTime;
use uuid::Uuid;

/// A dependency of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Service {
    /// The database.
    Database,
    /// The cache.
    Cache,
    /// The ingest queue.
    IngestQueue,
    /// Sending notifications.
    Notifications,
}

impl Service {
    /// Every service, the essential one first.
    pub const ALL: [Self; 4] = [
        Self::Database,
        Self::Cache,
        Self::IngestQueue,
        Self::Notifications,
    ];

    /// The name in storage.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Cache => "cache",
            Self::IngestQueue => "ingest_queue",
            Self::Notifications => "notifications",
        }
    }

    /// Parses a stored name.
    #[must_use]
    pub fn from_stored(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|service| service.as_str() == name)
    }
}

/// One attempt to send a message: an alert's delivery or a test of a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliverySample {
    /// Its id.
    pub id: Uuid,
    /// The tenant.
    pub tenant_id: TenantId,
    /// The channel.
    pub channel: ChannelKind,
    /// When it ended.
    pub at: OffsetDateTime,
    /// Whether the receiver accepted the message.
    pub succeeded: bool,
    /// Duration in microseconds.
    pub took_micros: u64,
}

/// One health check of a service. Those of the database are also the installation's heartbeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HealthSample {
    /// When it was checked.
    pub at: OffsetDateTime,
    /// The node that checked it.
    pub node: Uuid,
    /// The service.
    pub service: Service,
    /// Whether it responded.
    pub healthy: bool,
    /// Response time in microseconds.
    pub response_micros: u64,
}

/// State of a node's host; traffic is the difference to the previous sample.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct HostReading {
    /// CPU usage in percent of what the node may use.
    pub cpu_percent: f64,
    /// Memory usage in percent of what the node may use.
    pub memory_percent: f64,
    /// Usage of the data directory's disk, in percent.
    pub disk_percent: f64,
    /// Bytes received.
    pub bytes_in: u64,
    /// Bytes sent.
    pub bytes_out: u64,
    /// Open client connections.
    pub connections: u64,
}

/// A stored host reading.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HostSample {
    /// When it was read.
    pub at: OffsetDateTime,
    /// The node.
    pub node: Uuid,
    /// The reading.
    pub reading: HostReading,
}

/// Counts of served requests.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Traffic {
    /// Number of requests.
    pub requests: u64,
    /// Number of responses with a status of 500 or above.
    pub server_errors: u64,
    /// Total response time in microseconds.
    pub total_micros: u64,
    /// Histogram of response times.
    pub histogram: Histogram,
}

impl Traffic {
    /// Adds the counts of other requests.
    pub fn add(&mut self, other: &Self) {
        self.requests += other.requests;
        self.server_errors += other.server_errors;
        self.total_micros += other.total_micros;
        self.histogram.add(&other.histogram);
    }
}

/// Requests that a node served within one minute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestSample {
    /// Start of the minute.
    pub minute: OffsetDateTime,
    /// The node.
    pub node: Uuid,
    /// The counts so far.
    pub traffic: Traffic,
}
