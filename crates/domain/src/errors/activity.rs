//! The history of an error.

use crate::id::{ActivityId, ErrorId, KeyId, ProjectId, SystemUserId, UserId};
use time::OffsetDateTime;

/// What happened to an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "lowercase")
)]
pub enum ActivityKind {
    /// Somebody marked it resolved.
    Resolved,
    /// Somebody took that mark away.
    Unresolved,
    /// It occurred again after it had been resolved.
    Regressed,
    /// Another error was merged into it.
    Merged,
    /// A fingerprint was split off it, or it came out of such a split.
    Split,
}

impl ActivityKind {
    /// The name in storage.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Resolved => "resolved",
            Self::Unresolved => "unresolved",
            Self::Regressed => "regressed",
            Self::Merged => "merged",
            Self::Split => "split",
        }
    }

    /// Reads a stored name.
    #[must_use]
    pub fn from_stored(name: &str) -> Option<Self> {
        [
            Self::Resolved,
            Self::Unresolved,
            Self::Regressed,
            Self::Merged,
            Self::Split,
        ]
        .into_iter()
        .find(|kind| kind.as_str() == name)
    }
}

/// Who did something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// The holder of an API key.
    Key(KeyId),
    /// A logged-in person.
    User(UserId),
    /// A program with a token of its own.
    SystemUser(SystemUserId),
    /// Faultbook itself.
    System,
}

impl std::fmt::Display for Actor {
    /// As stored: `key:<id>`, `user:<id>`, `system_user:<id>` or `system`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Key(id) => write!(f, "key:{id}"),
            Self::User(id) => write!(f, "user:{id}"),
            Self::SystemUser(id) => write!(f, "system_user:{id}"),
            Self::System => f.write_str("system"),
        }
    }
}

/// One entry of an error's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    /// Its id.
    pub id: ActivityId,
    /// The error's project.
    pub project_id: ProjectId,
    /// The error.
    pub error_id: ErrorId,
    /// What happened.
    pub kind: ActivityKind,
    /// Who did it, as [`Actor`] writes itself.
    pub actor: String,
    /// When.
    pub at: OffsetDateTime,
    /// The other error's id for a merge, the fingerprint for a split.
    pub detail: Option<String>,
}
