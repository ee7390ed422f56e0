//! What travels: bodies that come in and views that go out.

mod analytics;
mod batch;
mod error_view;
mod grouping;
mod monitoring;
mod occurrence_view;
mod org_error;
mod queued;
mod report;

pub use analytics::{DataPoint, StatsView, TrendView};
pub use batch::BatchItem;
pub use error_view::{BulkDone, BulkRequest, ErrorList, ErrorView, Include, Resolved};
pub use grouping::{Grouping, MergeRequest, SplitRequest};
pub use monitoring::{MetricsView, PerformanceView, ServiceStatusView, ServicesView, UptimeView};
pub use occurrence_view::{OccurrenceList, OccurrenceView};
pub use org_error::{NewOrgError, OrgError, OrgErrorLogged, read_org_error};
pub use queued::{QueuedBatch, QueuedReport};
pub use report::{NewError, ReportRequest};
