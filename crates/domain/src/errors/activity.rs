//! An error's activity log and its actors.

use super::change::Change;
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
    /// The error occurred for the first time, or was split off another.
    Created,
    /// The error was resolved.
    Resolved,
    /// The error was reopened: by a call, or by the terms under which it was ignored.
    Reopened,
    /// The error occurred again after it had been resolved.
    Regressed,
    /// The error was ignored.
    Ignored,
    /// The error was assigned to a member, or to nobody.
    Assigned,
    /// Somebody commented on it.
    Commented,
    /// Another error was merged into it.
    Merged,
    /// A fingerprint was split off it, or it was created by such a split.
    Split,
}

impl ActivityKind {
    const ALL: [Self; 9] = [
        Self::Created,
        Self::Resolved,
        Self::Reopened,
        Self::Regressed,
        Self::Ignored,
        Self::Assigned,
        Self::Commented,
        Self::Merged,
        Self::Split,
    ];

    /// Returns the name on the wire and in storage.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Resolved => "resolved",
            Self::Reopened => "reopened",
            Self::Regressed => "regressed",
            Self::Ignored => "ignored",
            Self::Assigned => "assigned",
            Self::Commented => "commented",
            Self::Merged => "merged",
            Self::Split => "split",
        }
    }

    /// Parses a stored name. `unresolved` is what earlier versions wrote for `reopened`.
    #[must_use]
    pub fn from_stored(name: &str) -> Option<Self> {
        if name == "unresolved" {
            return Some(Self::Reopened);
        }
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// The author of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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
    pub change: Change,
    /// Its author.
    pub actor: Actor,
    /// When it happened.
    pub at: OffsetDateTime,
}

impl Activity {
    /// Returns what happened, in short.
    #[must_use]
    pub const fn kind(&self) -> ActivityKind {
        self.change.kind()
    }

    /// Returns the entry of an error's creation, which is not stored: its id is the error's, which is older than that
    /// of every other entry.
    #[must_use]
    pub const fn creation(
        project_id: ProjectId,
        error_id: ErrorId,
        created_at: OffsetDateTime,
    ) -> Self {
        Self {
            id: ActivityId(error_id.0),
            project_id,
            error_id,
            change: Change::Created,
            actor: Actor::System,
            at: created_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_actors_are_read_back() {
        let id = Uuid::from_u128(7);
        for actor in [
            Actor::Key(KeyId(id)),
            Actor::User(UserId(id)),
            Actor::SystemUser(SystemUserId(id)),
            Actor::System,
        ] {
            assert_eq!(Actor::from_stored(&actor.to_string()), Some(actor));
        }
        assert_eq!(Actor::from_stored("robot:7"), None);
    }
}
