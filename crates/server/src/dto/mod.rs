//! What travels: bodies that come in and views that go out.

mod error_view;
mod grouping;
mod occurrence_view;
mod report;

pub use error_view::{BatchItem, BulkDone, BulkRequest, ErrorList, ErrorView, Include, Resolved};
pub use grouping::{Grouping, MergeRequest, SplitRequest};
pub use occurrence_view::{OccurrenceList, OccurrenceView};
pub use report::{NewError, ReportRequest};
