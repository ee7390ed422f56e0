//! A deploy: one time that a release was put into use.

use super::version::Version;
use crate::id::{DeployId, ProjectId};
use time::OffsetDateTime;

/// One time that a release was put into use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deploy {
    /// Its id.
    pub id: DeployId,
    /// The release's project.
    pub project_id: ProjectId,
    /// The release's version.
    pub version: Version,
    /// Where it was put into use.
    pub environment: String,
    /// When it was.
    pub at: OffsetDateTime,
    /// Where people read about it: an http(s) URL.
    pub url: Option<String>,
}

impl Deploy {
    /// How many deploys of a release are shown: the newest.
    pub const SHOWN: usize = 100;
}
