//! A release of a project.

use super::order::Known;
use super::version::Version;
use crate::id::ProjectId;
use time::OffsetDateTime;

/// A version in a project: known since its first occurrence, or announced before or after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// The project it belongs to.
    pub project_id: ProjectId,
    /// Its version, unique within the project.
    pub version: Version,
    /// What it was built of, such as the id of a commit.
    pub git_ref: Option<String>,
    /// Where people read about it: an http(s) URL.
    pub url: Option<String>,
    /// When it was released, as announced.
    pub released_at: Option<OffsetDateTime>,
    /// When it became known here.
    pub created_at: OffsetDateTime,
    /// Time of its earliest stored occurrence, by the client's clock.
    pub first_seen: Option<OffsetDateTime>,
    /// Time of its latest stored occurrence.
    pub last_seen: Option<OffsetDateTime>,
}

impl Release {
    /// Returns the time that orders releases: the announced one, otherwise when the release was first known or seen.
    #[must_use]
    pub fn time(&self) -> OffsetDateTime {
        let first_seen = self.first_seen.unwrap_or(self.created_at);
        self.released_at
            .unwrap_or_else(|| self.created_at.min(first_seen))
    }

    /// Returns what the order goes by.
    #[must_use]
    pub fn known(&self) -> Known<'_> {
        Known {
            version: &self.version,
            at: self.time(),
        }
    }
}
