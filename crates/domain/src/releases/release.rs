//! A release of a project.

use super::order::Known;
use super::version::Version;
use crate::errors::Occurrence;
use crate::id::ProjectId;
use std::collections::BTreeSet;
use std::sync::Arc;
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

/// What is said of a release ahead of its occurrences or after them. Fields left out stay, or are empty in a new one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement {
    /// The project.
    pub project_id: ProjectId,
    /// The version.
    pub version: Version,
    /// What it was built of; `Some(None)` clears it.
    pub git_ref: Option<Option<String>>,
    /// Where people read about it; `Some(None)` clears it.
    pub url: Option<Option<String>>,
    /// When it was released; `Some(None)` clears it.
    pub released_at: Option<Option<OffsetDateTime>>,
    /// When it is announced: a new release's `created_at`.
    pub at: OffsetDateTime,
}

/// Returns the releases that occurrences are of, each once and in ascending order. A text that cannot be a version
/// makes no release.
pub fn reported_releases<'a>(
    occurrences: impl IntoIterator<Item = &'a Arc<Occurrence>>,
) -> Vec<(ProjectId, &'a str)> {
    let named = occurrences.into_iter().filter_map(|occurrence| {
        let version = occurrence.summary.release.as_deref()?;
        Some((occurrence.project_id, version))
    });
    let distinct: BTreeSet<(ProjectId, &str)> = named.collect();
    let valid = distinct.into_iter();
    valid
        .filter(|(_, version)| Version::is_valid(version))
        .collect()
}
