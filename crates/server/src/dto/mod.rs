//! What travels: bodies that come in and views that go out.

mod error_view;
mod occurrence_view;
mod report;

pub use error_view::{BatchItem, BulkDone, BulkRequest, ErrorList, ErrorView, Include, Resolved};
pub use occurrence_view::{OccurrenceList, OccurrenceView};
pub use report::{NewError, ReportRequest};
