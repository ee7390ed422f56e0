//! Health, host, traffic and delivery samples of every node, and the uptime computed from them.

mod health_probe;
mod histogram;
mod host_probe;
mod sample;
mod sample_store;
mod service;
mod status;
mod traffic_meter;
mod uptime;

pub use health_probe::{HealthProbe, ServiceMetrics};
pub use histogram::{Histogram, InvalidHistogram};
pub use host_probe::HostProbe;
pub use sample::{
    DeliverySample, HealthSample, HostReading, HostSample, RequestSample, Service, Traffic,
};
pub use sample_store::{DeliveryRecord, LastBeat, SAMPLES_KEPT, SampleStore, ServiceRecord};
pub use service::{Monitoring, Probes};
pub use status::{
    Answer, Condition, HostAverages, MessageState, Performance, ServiceState, ServiceStatus,
};
pub use traffic_meter::TrafficMeter;
pub use uptime::{ALLOWED_PAUSE, Uptime};

#[cfg(feature = "testing")]
pub use {health_probe::MockHealthProbe, host_probe::MockHostProbe, sample_store::MockSampleStore};
