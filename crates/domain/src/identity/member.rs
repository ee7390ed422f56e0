//! Members and invitations.

use super::api_key::KeyDigest;
use crate::id::{InvitationId, MemberId, RbacItemId, TenantId, UserId};
use std::str::FromStr;
use time::{Duration, OffsetDateTime};

/// Status of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberStatus {
    /// Can act in the tenant.
    Active,
    /// Locked out of the tenant.
    Suspended,
}

/// The text is not a member status.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown status '{0}'")]
pub struct UnknownMemberStatus(pub String);

impl MemberStatus {
    /// The name on the wire and in storage.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
        }
    }
}

impl FromStr for MemberStatus {
    type Err = UnknownMemberStatus;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Active, Self::Suspended]
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or_else(|| UnknownMemberStatus(text.to_owned()))
    }
}

/// A user's membership in a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its id.
    pub id: MemberId,
    /// The tenant.
    pub tenant_id: TenantId,
    /// The user.
    pub user_id: UserId,
    /// The user's e-mail address, from their user record.
    pub email: String,
    /// The user's name, from their user record.
    pub name: String,
    /// The member's role.
    pub role_id: RbacItemId,
    /// The member's status.
    pub status: MemberStatus,
    /// When they were last active, to a few minutes.
    pub last_active: Option<OffsetDateTime>,
    /// When they joined.
    pub created_at: OffsetDateTime,
}

/// An invitation into a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// The tenant.
    pub tenant_id: TenantId,
    /// The e-mail address, lowercase.
    pub email: String,
    /// The role of the future member.
    pub role_id: RbacItemId,
    /// SHA-256 of the token that accepts it.
    pub digest: KeyDigest,
    /// Who created it, as the text form of an [`Actor`](super::Actor).
    pub invited_by: String,
    /// When it was created.
    pub created_at: OffsetDateTime,
    /// When the token expires.
    pub expires_at: OffsetDateTime,
    /// When it was accepted.
    pub accepted_at: Option<OffsetDateTime>,
}

impl Invitation {
    /// How long a token is valid.
    pub const VALIDITY: Duration = Duration::days(7);

    /// Returns when the invitation was accepted or, if it was not, when it expires.
    #[must_use]
    pub fn ended_at(&self) -> OffsetDateTime {
        self.accepted_at.unwrap_or(self.expires_at)
    }

    /// Returns whether the invitation can still be accepted.
    #[must_use]
    pub fn is_pending(&self, now: OffsetDateTime) -> bool {
        self.accepted_at.is_none() && now < self.expires_at
    }
}
