//! Response types of monitoring.

use crate::api::analytics::rounded;
use faultbook_domain::monitoring::{
    Condition, HostAverages, HostReading, MessageState, Performance, Service, ServiceState,
    ServiceStatus, Uptime,
};
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;
use time::OffsetDateTime;
use utoipa::ToSchema;

/// Up to this 95th percentile the speed counts in full in the performance score, in milliseconds.
const FAST: f64 = 250.0;

/// How well this API answered over the last hour, on all nodes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Performance)]
pub struct PerformanceView {
    /// Mean time of an answer, in milliseconds.
    #[schema(example = 245)]
    avg_response_time: f64,
    /// Answers with a status of 500 or above, in percent.
    #[schema(example = 0.8)]
    error_rate_percent: f64,
    /// Requests a minute.
    #[schema(example = 1200)]
    throughput_rpm: f64,
    /// Health probes that passed, in percent; null before the first.
    #[schema(example = 99.95)]
    availability_percent: Option<f64>,
    /// 0 to 10: 10 x share of probes that passed x share of answers below 500 x speed, where speed is
    /// 1 up to a `p95_ms` of 250 and 250 / `p95_ms` above.
    #[schema(example = 8.7)]
    performance_score: f64,
    /// Half of the answers took no longer, in milliseconds; null without any.
    p50_ms: Option<f64>,
    /// 95 of 100 answers took no longer.
    p95_ms: Option<f64>,
    /// 99 of 100 answers took no longer.
    p99_ms: Option<f64>,
}

impl PerformanceView {
    /// The view of these figures.
    #[must_use]
    pub fn of(performance: &Performance) -> Self {
        let traffic = &performance.traffic;
        let each = traffic.requests.max(1) as f64;
        let failed = traffic.server_errors as f64 / each;
        let quantile = |share| traffic.histogram.quantile(share).map(millis);
        let p95 = quantile(0.95);
        let speed = p95.map_or(1.0, |p95| (FAST / p95).min(1.0));
        let available = performance.availability.unwrap_or(100.0) / 100.0;
        Self {
            avg_response_time: rounded(traffic.total_micros as f64 / each / 1_000.0, 2),
            error_rate_percent: rounded(failed * 100.0, 2),
            throughput_rpm: rounded(traffic.requests as f64 / performance.minutes, 2),
            availability_percent: performance.availability.map(|percent| rounded(percent, 2)),
            performance_score: rounded(10.0 * available * (1.0 - failed) * speed, 1),
            p50_ms: quantile(0.5),
            p95_ms: p95,
            p99_ms: quantile(0.99),
        }
    }
}

/// The services' state.
#[derive(Debug, Serialize, ToSchema)]
pub struct ServicesView {
    services: Vec<ServiceView>,
    /// healthy; degraded when a service other than the database is down; unhealthy when it is.
    #[schema(example = "healthy")]
    overall_health: &'static str,
}

/// A service's state.
#[derive(Debug, Serialize, ToSchema)]
pub struct ServiceView {
    #[schema(example = "Database")]
    name: &'static str,
    /// healthy, unhealthy or unknown. Notifications are healthy while the latest attempt through every channel
    /// that is set up succeeded, and unknown where nothing was sent.
    #[schema(example = "healthy")]
    status: &'static str,
    /// Probes of the last 30 days that passed, in percent; null without any. Of Notifications: attempts to
    /// send through the tenant's channels, 100 without any.
    #[schema(example = 99.8)]
    uptime_percent: Option<f64>,
    /// How long a probe took just now; null where there is none. Of Notifications: the mean of a day's
    /// attempts, or else of the latest; 0 without any.
    #[schema(example = 12)]
    response_time_ms: Option<f64>,
    /// Now; of Notifications the latest attempt.
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    last_checked: OffsetDateTime,
    /// Figures of the server and of our connections to it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = Object)]
    details: BTreeMap<&'static str, i64>,
}

/// What a service is called.
#[must_use]
pub const fn name_of(service: Service) -> &'static str {
    match service {
        Service::Database => "Database",
        Service::Cache => "Cache Service",
        Service::IngestQueue => "Ingest Queue",
        Service::Notifications => "Notifications",
    }
}

impl ServicesView {
    /// The view of these states, and of how the tenant's messages fare.
    #[must_use]
    pub fn of(states: Vec<ServiceState>, messages: &MessageState, now: OffsetDateTime) -> Self {
        let is_down = |state: &ServiceState| {
            if state.service == Service::Notifications {
                return messages.healthy == Some(false);
            }
            let answer = state.answer.as_ref();
            answer.is_some_and(|answer| !answer.healthy)
        };
        let down = |state: &&ServiceState| is_down(state);
        let overall_health = match states.iter().filter(down).map(|state| state.service).min() {
            None => "healthy",
            Some(Service::Database) => "unhealthy",
            Some(_) => "degraded",
        };
        let services = states.into_iter().map(|state| match state.service {
            Service::Notifications => ServiceView::of_messages(messages, now),
            _ => ServiceView::of(state, now),
        });
        Self {
            services: services.collect(),
            overall_health,
        }
    }
}

impl ServiceView {
    fn of_messages(messages: &MessageState, now: OffsetDateTime) -> Self {
        Self {
            name: name_of(Service::Notifications),
            status: match messages.healthy {
                None => "unknown",
                Some(true) => "healthy",
                Some(false) => "unhealthy",
            },
            uptime_percent: Some(rounded(messages.uptime_percent, 2)),
            response_time_ms: Some(millis(messages.response)),
            last_checked: messages.last_attempt.unwrap_or(now),
            details: BTreeMap::new(),
        }
    }

    fn of(state: ServiceState, now: OffsetDateTime) -> Self {
        let status = match &state.answer {
            None => "unknown",
            Some(answer) if answer.healthy => "healthy",
            Some(_) => "unhealthy",
        };
        Self {
            name: name_of(state.service),
            status,
            uptime_percent: state.uptime_percent.map(|percent| rounded(percent, 2)),
            response_time_ms: state.answer.as_ref().map(|answer| millis(answer.response)),
            last_checked: now,
            details: state
                .answer
                .map(|answer| answer.figures.into_iter().collect())
                .unwrap_or_default(),
        }
    }
}

/// Means over a timeframe.
#[derive(Debug, Serialize, ToSchema)]
pub struct MetricsView {
    #[schema(example = 65.2)]
    cpu_usage_percent: f64,
    #[schema(example = 78.1)]
    memory_usage_percent: f64,
    #[schema(example = 45.7)]
    disk_usage_percent: f64,
    network_io: NetworkView,
    /// Open connections of clients.
    #[schema(example = 45)]
    active_connections: u64,
    #[schema(example = 1200)]
    requests_per_minute: f64,
}

/// Traffic of a host's network interfaces.
#[derive(Debug, Serialize, ToSchema)]
pub struct NetworkView {
    /// Bytes received a minute.
    #[schema(example = 1_024_000)]
    bytes_in: u64,
    /// Bytes sent a minute.
    #[schema(example = 2_048_000)]
    bytes_out: u64,
}

impl MetricsView {
    /// The view of these means.
    #[must_use]
    pub fn of(means: &HostAverages) -> Self {
        let HostReading {
            cpu_percent,
            memory_percent,
            disk_percent,
            bytes_in,
            bytes_out,
            connections,
        } = means.host;
        Self {
            cpu_usage_percent: rounded(cpu_percent, 1),
            memory_usage_percent: rounded(memory_percent, 1),
            disk_usage_percent: rounded(disk_percent, 1),
            network_io: NetworkView {
                bytes_in,
                bytes_out,
            },
            active_connections: connections,
            requests_per_minute: rounded(means.requests_per_minute, 2),
        }
    }
}

/// When the installation was up.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Uptime)]
pub struct UptimeView {
    /// Hours since the last downtime, or since the first start.
    #[schema(example = 720.5)]
    current_uptime_hours: f64,
    #[schema(example = 100.0)]
    uptime_percent_24h: f64,
    #[schema(example = 99.8)]
    uptime_percent_7d: f64,
    #[schema(example = 99.95)]
    uptime_percent_30d: f64,
    /// Downtimes of the last 30 days.
    #[schema(example = 2)]
    incidents_count: u64,
    /// When the last downtime began; null if there was none.
    #[serde(serialize_with = "crate::http::rfc3339::option::serialize")]
    last_downtime: Option<OffsetDateTime>,
}

impl UptimeView {
    /// The view of it.
    #[must_use]
    pub fn of(uptime: &Uptime) -> Self {
        Self {
            current_uptime_hours: rounded(uptime.current.as_seconds_f64() / 3_600.0, 2),
            uptime_percent_24h: rounded(uptime.percent_24h, 2),
            uptime_percent_7d: rounded(uptime.percent_7d, 2),
            uptime_percent_30d: rounded(uptime.percent_30d, 2),
            incidents_count: uptime.incidents,
            last_downtime: uptime.last_downtime,
        }
    }
}

/// The parts of the service in a word each.
#[derive(Debug, Serialize, ToSchema)]
pub struct ServiceStatusView {
    /// The worst of the services: Operational, Degraded Performance or Outage.
    #[schema(example = "Operational")]
    status: &'static str,
    services: StatusOfServices,
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    timestamp: OffsetDateTime,
}

/// Operational, Degraded Performance or Outage.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatusOfServices {
    #[schema(example = "Operational")]
    api: &'static str,
    #[schema(example = "Degraded Performance")]
    storage: &'static str,
    #[schema(example = "Operational")]
    authentication: &'static str,
}

impl ServiceStatusView {
    /// The view of it.
    #[must_use]
    pub fn of(status: &ServiceStatus, now: OffsetDateTime) -> Self {
        Self {
            status: words(status.overall()),
            services: StatusOfServices {
                api: words(status.api),
                storage: words(status.storage),
                authentication: words(status.authentication),
            },
            timestamp: now,
        }
    }
}

/// A condition in words.
#[must_use]
pub const fn words(condition: Condition) -> &'static str {
    match condition {
        Condition::Operational => "Operational",
        Condition::Degraded => "Degraded Performance",
        Condition::Outage => "Outage",
    }
}

/// A time in milliseconds.
#[must_use]
pub fn millis(time: Duration) -> f64 {
    rounded(time.as_secs_f64() * 1_000.0, 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use faultbook_domain::monitoring::Traffic;

    fn score(took: &[u64], server_errors: u64, availability: Option<f64>) -> f64 {
        let mut traffic = Traffic {
            requests: took.len() as u64,
            server_errors,
            ..Traffic::default()
        };
        for millis in took {
            traffic.histogram.record(Duration::from_millis(*millis));
        }
        let performance = Performance {
            traffic,
            minutes: 60.0,
            availability,
        };
        PerformanceView::of(&performance).performance_score
    }

    #[test]
    fn the_score_follows_its_formula() {
        assert_eq!(score(&[], 0, None), 10.0);
        assert_eq!(score(&[10; 10], 0, Some(100.0)), 10.0);
        assert_eq!(score(&[10; 10], 1, Some(100.0)), 9.0);
        assert_eq!(score(&[10; 10], 5, Some(50.0)), 2.5);
        assert!((4.5..=5.5).contains(&score(&[500; 10], 0, Some(100.0))));
    }
}
