//! The state of services, messages and hosts, as monitoring reports it.

use super::health_probe::ServiceMetrics;
use super::sample::{HostReading, Service, Traffic};
use time::OffsetDateTime;

/// A service, probed just now.
#[derive(Debug)]
pub struct ServiceState {
    /// Which.
    pub service: Service,
    /// What it answered; `None` when nobody can ask.
    pub answer: Option<Answer>,
    /// Share of the probes of the last 30 days that it answered, in percent; `None` without any, or
    /// when the store cannot tell.
    pub uptime_percent: Option<f64>,
}

/// What a probe found.
#[derive(Debug)]
pub struct Answer {
    /// Whether it answered.
    pub healthy: bool,
    /// How long it took.
    pub response: std::time::Duration,
    /// Its figures, where it gave any.
    pub figures: ServiceMetrics,
}

/// How well this API answered over the last hour, on all nodes.
#[derive(Debug, Clone, PartialEq)]
pub struct Performance {
    /// What was answered.
    pub traffic: Traffic,
    /// Over how many minutes: fewer than 60 where the first heartbeat is younger.
    pub minutes: f64,
    /// Share of health probes that passed, in percent; `None` without any.
    pub availability: Option<f64>,
}

/// How a tenant's messages fared.
#[derive(Debug, Clone, PartialEq)]
pub struct MessageState {
    /// Whether the latest attempt of every channel that is set up succeeded; `None` where nothing was sent.
    pub healthy: Option<bool>,
    /// Attempts of 30 days that succeeded, in percent; 100 without any.
    pub uptime_percent: f64,
    /// Mean time of the attempts of a day, or else of the latest; zero without any.
    pub response: std::time::Duration,
    /// When the latest attempt was.
    pub last_attempt: Option<OffsetDateTime>,
}

impl MessageState {
    /// The state where nothing was sent, or nothing is known.
    pub const UNKNOWN: Self = Self {
        healthy: None,
        uptime_percent: 100.0,
        response: std::time::Duration::ZERO,
        last_attempt: None,
    };
}

/// Means over a timeframe.
#[derive(Debug, Clone, PartialEq)]
pub struct HostAverages {
    /// Of the hosts.
    pub host: HostReading,
    /// Requests a minute.
    pub requests_per_minute: f64,
}

/// A word on a part of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Condition {
    /// All is well.
    Operational,
    /// It works, with less than it should.
    Degraded,
    /// It does not work.
    Outage,
}

/// The parts in a word each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServiceStatus {
    /// Taking requests.
    pub api: Condition,
    /// Keeping errors.
    pub storage: Condition,
    /// Knowing who calls.
    pub authentication: Condition,
}

impl ServiceStatus {
    /// The worst of them.
    #[must_use]
    pub fn overall(&self) -> Condition {
        self.api.max(self.storage).max(self.authentication)
    }
}
