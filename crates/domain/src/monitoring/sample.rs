//! What nodes measure of themselves and of what they depend on.

use super::histogram::Histogram;
use crate::id::TenantId;
use crate::notifications::ChannelKind;
use time::OffsetDateTime;
use uuid::Uuid;

/// Something the server depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Service {
    /// The database.
    Database,
    /// The cache.
    Cache,
    /// The queue of reports that are not stored yet.
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

    /// Reads a stored name.
    #[must_use]
    pub fn from_stored(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|service| service.as_str() == name)
    }
}

/// One attempt to send a message through a channel: an alert's delivery or a test of the channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliverySample {
    /// Its id.
    pub id: Uuid,
    /// Whose channel it took.
    pub tenant_id: TenantId,
    /// Which.
    pub channel: ChannelKind,
    /// When it ended.
    pub at: OffsetDateTime,
    /// Whether the receiver accepted the message.
    pub succeeded: bool,
    /// How long it took, in microseconds.
    pub took_micros: u64,
}

/// One probe of a service. The database's are the installation's heartbeats too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HealthSample {
    /// When it was probed.
    pub at: OffsetDateTime,
    /// The node that probed.
    pub node: Uuid,
    /// What was probed.
    pub service: Service,
    /// Whether it answered.
    pub healthy: bool,
    /// How long it took, in microseconds.
    pub response_micros: u64,
}

/// The state of a node's host; traffic is that since the sample before.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct HostReading {
    /// Processor time used, in percent of what the node may use.
    pub cpu_percent: f64,
    /// Memory used, in percent of what the node may use.
    pub memory_percent: f64,
    /// Disk space used where the data lies, in percent.
    pub disk_percent: f64,
    /// Bytes received.
    pub bytes_in: u64,
    /// Bytes sent.
    pub bytes_out: u64,
    /// Open connections of clients.
    pub connections: u64,
}

/// A host reading as stored.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HostSample {
    /// When.
    pub at: OffsetDateTime,
    /// The node.
    pub node: Uuid,
    /// What was read.
    pub reading: HostReading,
}

/// Requests that were answered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Traffic {
    /// How many.
    pub requests: u64,
    /// How many of them with a status of 500 or above.
    pub server_errors: u64,
    /// What they took in all, in microseconds.
    pub total_micros: u64,
    /// How long each took.
    pub histogram: Histogram,
}

impl Traffic {
    /// Adds what somebody else answered.
    pub fn add(&mut self, other: &Self) {
        self.requests += other.requests;
        self.server_errors += other.server_errors;
        self.total_micros += other.total_micros;
        self.histogram.add(&other.histogram);
    }
}

/// What a node answered within one minute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestSample {
    /// The minute's start.
    pub minute: OffsetDateTime,
    /// The node.
    pub node: Uuid,
    /// What was answered so far.
    pub traffic: Traffic,
}
