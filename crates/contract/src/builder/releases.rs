//! Builders of releases and deploys.

use super::{NOON, new_id};
use faultbook_domain::id::{DeployId, ProjectId};
use faultbook_domain::releases::{Announcement, Deploy, Version};
use time::Duration;

/// Builds an announcement that says all there is.
#[must_use]
pub fn an_announcement(project_id: ProjectId, version: &str) -> Announcement {
    Announcement {
        project_id,
        version: Version::new(version).unwrap(),
        git_ref: Some(Some("7d8e9fa".to_owned())),
        url: Some(Some("https://ci.example/7".to_owned())),
        released_at: Some(Some(NOON + Duration::HOUR)),
        at: NOON,
    }
}

/// Builds a deploy to production, so many minutes after [`NOON`].
#[must_use]
pub fn a_deploy(project_id: ProjectId, version: &str, minute: i64) -> Deploy {
    Deploy {
        id: DeployId(new_id()),
        project_id,
        version: Version::new(version).unwrap(),
        environment: "production".to_owned(),
        at: NOON + Duration::minutes(minute),
        url: Some("https://ci.example/deploys/7".to_owned()),
    }
}
