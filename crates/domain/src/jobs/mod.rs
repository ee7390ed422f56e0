//! Jobs: changes of many errors that go on after their answer, on whichever node.

mod job;
mod job_store;
mod service;

pub use job::{Job, JobState, JobStep};
pub use job_store::JobStore;
pub use service::{JobWork, Jobs, StartError};

#[cfg(feature = "testing")]
pub use {job_store::MockJobStore, service::MockJobWork};
