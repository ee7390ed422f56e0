//! Rows of the commits of releases.

use crate::schema::release_commits;
use crate::types::DbId;
use diesel::{Insertable, Queryable, Selectable};
use faultbook_domain::id::ProjectId;
use faultbook_domain::releases::{CommitSummary, ReleaseCommits, Version};
use serde_json::Value;

/// A row of `release_commits`.
#[derive(Insertable)]
#[diesel(table_name = release_commits, treat_none_as_default_value = false)]
pub struct ReleaseCommitsRow {
    pub project_id: DbId,
    pub version: String,
    pub commits: String,
    pub refs: String,
    pub count: i64,
    pub last: Option<String>,
}

impl From<&ReleaseCommits> for ReleaseCommitsRow {
    fn from(commits: &ReleaseCommits) -> Self {
        let summary = commits.summary();
        let text = |list: &[Value]| Value::from(list).to_string().replace("\\u0000", "\\ufffd");
        Self {
            project_id: DbId(commits.project_id.0),
            version: commits.version.to_string(),
            commits: text(&commits.commits),
            refs: text(&commits.refs),
            count: i64::try_from(summary.count).unwrap_or(i64::MAX),
            last: summary.last.map(|id| id.replace('\0', "\u{fffd}")),
        }
    }
}

/// A row of `release_commits`, without the commits.
#[derive(Queryable, Selectable)]
#[diesel(table_name = release_commits)]
pub struct CommitSummaryRow {
    pub project_id: DbId,
    pub version: String,
    pub count: i64,
    pub last: Option<String>,
}

impl From<CommitSummaryRow> for CommitSummary {
    fn from(row: CommitSummaryRow) -> Self {
        let CommitSummaryRow {
            project_id,
            version,
            count,
            last,
        } = row;
        Self {
            project_id: ProjectId(project_id.0),
            version: Version::from_stored(version),
            count: count.unsigned_abs(),
            last,
        }
    }
}
