//! Stats and trends, read from counters and roll-ups.

mod analytics_store;
mod service;

pub use analytics_store::{AnalyticsStore, Buckets, Summary, TrendFilter, TrendPoint, Window};
pub use service::{Analytics, Period, Stats, Step};

#[cfg(feature = "testing")]
pub use analytics_store::MockAnalyticsStore;
