//! What travels: bodies that come in and views that go out.

mod batch;
mod error_view;
mod grouping;
mod occurrence_view;
mod queued;
mod report;

pub use batch::BatchItem;
pub use error_view::{BulkDone, BulkRequest, ErrorList, ErrorView, Include, Resolved};
pub use grouping::{Grouping, MergeRequest, SplitRequest};
pub use occurrence_view::{OccurrenceList, OccurrenceView};
pub use queued::{QueuedBatch, QueuedReport};
pub use report::{NewError, ReportRequest};
