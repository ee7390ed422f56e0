//! What travels: bodies that come in and views that go out.

mod alerts;
mod analytics;
mod api_key;
mod batch;
mod error_view;
mod fields;
mod grouping;
mod incident;
mod integration;
mod monitoring;
mod occurrence_view;
mod org_error;
mod queued;
mod report;

pub use alerts::{FiringList, FiringView, NewRule, RuleList, RuleView, read_rule};
pub use analytics::{DataPoint, StatsView, TrendView};
pub use api_key::{KeyList, KeyView, NewKeyRequest, NewKeyView, read_key};
pub use batch::BatchItem;
pub use error_view::{BulkDone, BulkRequest, ErrorList, ErrorView, Include, Resolved};
pub use grouping::{Grouping, MergeRequest, SplitRequest};
pub use incident::{IncidentList, IncidentView, NewIncident, read_incident};
pub use integration::{IntegrationList, IntegrationView};
pub use monitoring::{MetricsView, PerformanceView, ServiceStatusView, ServicesView, UptimeView};
pub use occurrence_view::{OccurrenceList, OccurrenceView};
pub use org_error::{NewOrgError, OrgError, OrgErrorLogged, read_org_error};
pub use queued::{QueuedBatch, QueuedReport};
pub use report::{NewError, ReportRequest};
