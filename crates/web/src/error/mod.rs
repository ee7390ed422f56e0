//! One error: what was reported, how often, what was decided.

pub mod activity;
pub mod breadcrumbs;
pub mod code;
pub mod markdown;
pub mod merge;
pub mod occurrence;
mod page;
pub mod request;
pub mod tags;
pub mod trace;
pub mod tree;

pub use activity::{Entry, Talk};
pub use merge::{Candidate, MergePage};
pub use page::{ErrorPage, Neighbors, Shown};
pub use trace::Frames;
