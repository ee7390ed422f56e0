//! An error's activity log and its actors.

use crate::id::{ActivityId, ErrorId, KeyId, ProjectId, SystemUserId, UserId};
use time::OffsetDateTime;
use uuid::Uuid;

/// Kind of an activity log entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "lowercase")
)]
pub enum ActivityKind {
    /// The error was resolved.
    Resolved,
    /// The error was reopened by hand.
    Unresolved,
    /// The error occurred again after it had been resolved.
    Regressed,
    /// Another error was merged into it.
    Merged,
    /// A fingerprint was split off it, or it was created by such a split.
    Split,
}

impl ActivityKind {
    /// Returns the name in storage.
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

    /// Parses a stored name.
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

/// The author of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// An API key.
    Key(KeyId),
    /// A logged-in user.
    User(UserId),
    /// A system user.
    SystemUser(SystemUserId),
    /// Faultbook itself.
    System,
}

impl std::fmt::Display for Actor {
    /// Formats the stored form: `key:<id>`, `user:<id>`, `system_user:<id>` or `system`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Key(id) => write!(f, "key:{id}"),
            Self::User(id) => write!(f, "user:{id}"),
            Self::SystemUser(id) => write!(f, "system_user:{id}"),
            Self::System => f.write_str("system"),
        }
    }
}

impl Actor {
    /// Parses the stored form.
    #[must_use]
    pub fn from_stored(stored: &str) -> Option<Self> {
        if stored == "system" {
            return Some(Self::System);
        }
        let (kind, id) = stored.split_once(':')?;
        let id: Uuid = id.parse().ok()?;
        match kind {
            "key" => Some(Self::Key(KeyId(id))),
            "user" => Some(Self::User(UserId(id))),
            "system_user" => Some(Self::SystemUser(SystemUserId(id))),
            _ => None,
        }
    }
}

/// An entry of an error's activity log.
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
    /// Its author, as the text form of an [`Actor`].
    pub actor: String,
    /// When it happened.
    pub at: OffsetDateTime,
    /// Id of the other error for a merge, the fingerprint for a split.
    pub detail: Option<String>,
}
