//! What a release did.

use super::version::Version;
use crate::id::ProjectId;

/// Figures of a release, all of its stored occurrences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseFigures {
    /// The project.
    pub project_id: ProjectId,
    /// The version.
    pub version: Version,
    /// Occurrences.
    pub occurrences: u64,
    /// Errors that have one of them.
    pub errors: u64,
    /// Errors whose earliest occurrence is one of them.
    pub new_errors: u64,
    /// Times that one of them reopened a resolved error.
    pub regressions: u64,
    /// Users who had one of them.
    pub users: u64,
}

impl ReleaseFigures {
    /// The figures of a release without occurrences.
    #[must_use]
    pub const fn none(project_id: ProjectId, version: Version) -> Self {
        Self {
            project_id,
            version,
            occurrences: 0,
            errors: 0,
            new_errors: 0,
            regressions: 0,
            users: 0,
        }
    }
}
