//! Rows of releases and deploys.

use crate::schema::{deploys, releases};
use crate::types::{DbId, DbTime};
use diesel::{Insertable, Queryable, QueryableByName, Selectable};
use faultbook_domain::id::{DeployId, ProjectId};
use faultbook_domain::releases::{Announcement, Deploy, Release, Version};
use time::OffsetDateTime;

/// A row of `releases`.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = releases, treat_none_as_default_value = false)]
pub struct ReleaseRow {
    pub project_id: DbId,
    pub version: String,
    pub git_ref: Option<String>,
    pub url: Option<String>,
    pub released_at: Option<DbTime>,
    pub created_at: DbTime,
}

impl From<&Announcement> for ReleaseRow {
    /// The row of a new release.
    fn from(announcement: &Announcement) -> Self {
        let Announcement {
            project_id,
            version,
            git_ref,
            url,
            released_at,
            at,
        } = announcement;
        Self {
            project_id: DbId(project_id.0),
            version: version.to_string(),
            git_ref: git_ref.clone().flatten(),
            url: url.clone().flatten(),
            released_at: released_at.flatten().map(DbTime),
            created_at: DbTime(*at),
        }
    }
}

impl ReleaseRow {
    /// Converts the row, with the times of the earliest and the latest of the release's occurrences.
    #[must_use]
    pub fn seen(self, times: Option<(OffsetDateTime, OffsetDateTime)>) -> Release {
        let Self {
            project_id,
            version,
            git_ref,
            url,
            released_at,
            created_at,
        } = self;
        Release {
            project_id: ProjectId(project_id.0),
            version: Version::from_stored(version),
            git_ref,
            url,
            released_at: released_at.map(|at| at.0),
            created_at: created_at.0,
            first_seen: times.map(|(first, _)| first),
            last_seen: times.map(|(_, last)| last),
        }
    }
}

/// A row of `deploys`.
#[derive(Queryable, QueryableByName, Selectable, Insertable)]
#[diesel(table_name = deploys, treat_none_as_default_value = false)]
pub struct DeployRow {
    pub id: DbId,
    pub project_id: DbId,
    pub version: String,
    pub environment: String,
    pub at: DbTime,
    pub url: Option<String>,
}

impl From<&Deploy> for DeployRow {
    fn from(deploy: &Deploy) -> Self {
        let Deploy {
            id,
            project_id,
            version,
            environment,
            at,
            url,
        } = deploy;
        Self {
            id: DbId(id.0),
            project_id: DbId(project_id.0),
            version: version.to_string(),
            environment: environment.clone(),
            at: DbTime(*at),
            url: url.clone(),
        }
    }
}

impl From<DeployRow> for Deploy {
    fn from(row: DeployRow) -> Self {
        let DeployRow {
            id,
            project_id,
            version,
            environment,
            at,
            url,
        } = row;
        Self {
            id: DeployId(id.0),
            project_id: ProjectId(project_id.0),
            version: Version::from_stored(version),
            environment,
            at: at.0,
            url,
        }
    }
}
