//! A letter, and what it is about.

use super::letter_store::ActivityKey;
use crate::errors::Activity;
use crate::id::{LetterId, MemberId, TenantId, UserId};
use time::OffsetDateTime;

/// Why a member gets a letter. Of several reasons the first counts that the member wants letters for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LetterReason {
    /// The error was assigned to them.
    Assigned,
    /// A comment mentions them.
    Mentioned,
    /// They follow the error.
    Followed,
}

impl LetterReason {
    const ALL: [Self; 3] = [Self::Assigned, Self::Mentioned, Self::Followed];

    /// Returns the name in storage.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Assigned => "assigned",
            Self::Mentioned => "mentioned",
            Self::Followed => "followed",
        }
    }

    /// Parses a stored name.
    #[must_use]
    pub fn from_stored(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == name)
    }
}

/// Status of a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LetterStatus {
    /// Not sent yet, or to be tried again.
    Pending,
    /// Accepted by the mail server.
    Delivered,
    /// Given up, or not to be sent any more.
    Failed,
}

impl LetterStatus {
    /// Returns the name in storage.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }
}

/// A letter to a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Its id, the same at every attempt.
    pub id: LetterId,
    /// The tenant.
    pub tenant_id: TenantId,
    /// What it tells of.
    pub activity: ActivityKey,
    /// How many other errors the same happened to at the same time.
    pub others: u32,
    /// Who gets it.
    pub member_id: MemberId,
    /// Why.
    pub reason: LetterReason,
    /// Attempts so far.
    pub attempts: u32,
    /// When it was written.
    pub created_at: OffsetDateTime,
}

/// A letter that is to be sent now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueLetter {
    /// The letter.
    pub letter: Letter,
    /// What it tells of; `None` when that is gone: its error or its comment was deleted.
    pub activity: Option<Activity>,
}

/// An entry of an error's activity log that nobody was told of yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untold {
    /// The entry.
    pub key: ActivityKey,
    /// What it says; `None` when it is gone.
    pub happening: Option<Happening>,
}

/// What happened to an error, and whom it may concern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happening {
    /// The tenant.
    pub tenant_id: TenantId,
    /// The entry.
    pub activity: Activity,
    /// The members that its comment mentions.
    pub mentions: Vec<MemberId>,
    /// The users who follow the error; none where a changed comment concerns only those it mentions now.
    pub followers: Vec<UserId>,
}
