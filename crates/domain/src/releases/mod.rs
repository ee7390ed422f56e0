//! Releases: versions of projects, which of them is newer, and what is known of each.

mod commit_store;
mod commits;
mod deploy;
mod figures;
mod order;
mod release;
mod release_store;
mod service;
mod version;

pub use commit_store::CommitStore;
pub use commits::{CommitSummary, ReleaseCommits};
pub use deploy::Deploy;
pub use figures::ReleaseFigures;
pub use order::{Known, Order, is_newer, is_same, newest, newest_first};
pub use release::{Announcement, Release, reported_releases};
pub use release_store::{Announced, ReleaseStore};
pub use service::{
    NewDeploy, ReleaseChange, ReleaseDetail, ReleaseError, ReleaseLimits, ReleasePage,
    ReleasePlace, Releases,
};
pub use version::{InvalidVersion, Semantic, Version};

#[cfg(feature = "testing")]
pub use {commit_store::MockCommitStore, release_store::MockReleaseStore};
