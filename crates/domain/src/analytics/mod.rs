//! Stats and trends, read from counters and roll-ups.

mod analytics_store;
mod breakdown;
mod breakdown_store;
mod insights;
mod mark;
mod mark_store;
mod range;
mod range_trend;
mod service;

pub use analytics_store::{AnalyticsStore, Buckets, Summary, TrendFilter, TrendPoint, Window};
pub use breakdown::{Breakdown, BreakdownRow, ROWS_MAX};
pub use breakdown_store::{
    BreakdownStore, Dimension, Distinct, ERRORS_MAX, HourCount, Moments, ValueCounts,
};
pub use insights::{Insights, InsightsParts, RangeFigures};
pub use mark::{MARKS_MAX, MarkKind, TrendMark};
pub use mark_store::MarkStore;
pub use range::{HourRange, RangeError, change_percent};
pub use range_trend::{RangePoint, RangeTrend};
pub use service::{Analytics, Period, Stats, Step, spanned};

#[cfg(feature = "testing")]
pub use {
    analytics_store::MockAnalyticsStore, breakdown_store::MockBreakdownStore,
    mark_store::MockMarkStore,
};
