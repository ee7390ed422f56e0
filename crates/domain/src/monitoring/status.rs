//! State of services, notifications and hosts, as monitoring reports it.

use super::health_probe::ServiceMetrics;
use super::sample::{HostReading, Service, Traffic};
use time::OffsetDateTime;

/// State of a service, just checked.
#[derive(Debug)]
pub struct ServiceState {
    /// The service.
    pub service: Service,
    /// Result of the check; `None` without a probe.
    pub answer: Option<Answer>,
    /// Passed checks of the last 30 days in percent; `None` without any, or when the store is unavailable.
    pub uptime_percent: Option<f64>,
}

/// Result of a health check.
#[derive(Debug)]
pub struct Answer {
    /// Whether it responded.
    pub healthy: bool,
    /// Response time.
    pub response: std::time::Duration,
    /// Metrics of the service, if it has any.
    pub figures: ServiceMetrics,
}

/// Performance of the API over the last hour, on all nodes.
#[derive(Debug, Clone, PartialEq)]
pub struct Performance {
    /// Requests served.
    pub traffic: Traffic,
    /// Length of the timeframe in minutes: fewer than 60 after the first heartbeat.
    pub minutes: f64,
    /// Passed health checks in percent; `None` without any.
    pub availability: Option<f64>,
}

/// State of a tenant's notifications.
#[derive(Debug, Clone, PartialEq)]
pub struct MessageState {
    /// Whether the latest attempt of every configured channel succeeded; `None` without attempts.
    pub healthy: Option<bool>,
    /// Successful attempts of 30 days in percent; 100 without any.
    pub uptime_percent: f64,
    /// Mean duration of the attempts of a day, or else of the latest; zero without any.
    pub response: std::time::Duration,
    /// Time of the latest attempt.
    pub last_attempt: Option<OffsetDateTime>,
}

impl MessageState {
    /// The state without attempts or data.
    pub const UNKNOWN: Self = Self {
        healthy: None,
        uptime_percent: 100.0,
        response: std::time::Duration::ZERO,
        last_attempt: None,
    };
}

/// Averages over a timeframe.
#[derive(Debug, Clone, PartialEq)]
pub struct HostAverages {
    /// Averages of all hosts.
    pub host: HostReading,
    /// Requests per minute.
    pub requests_per_minute: f64,
}

/// Condition of a part of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Condition {
    /// Works.
    Operational,
    /// Works with restrictions.
    Degraded,
    /// Does not work.
    Outage,
}

/// Condition of each part of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServiceStatus {
    /// Accepting requests.
    pub api: Condition,
    /// Storing errors.
    pub storage: Condition,
    /// Authenticating callers.
    pub authentication: Condition,
}

impl ServiceStatus {
    /// Returns the worst condition.
    #[must_use]
    pub fn overall(&self) -> Condition {
        self.api.max(self.storage).max(self.authentication)
    }
}
