//! People in tenants, and those on their way in.

use super::api_key::KeyDigest;
use crate::id::{InvitationId, MemberId, RbacItemId, TenantId, UserId};
use std::str::FromStr;
use time::{Duration, OffsetDateTime};

/// Whether a member may act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberStatus {
    /// Yes.
    Active,
    /// Not for now.
    Suspended,
}

/// The text names no status.
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

/// A person's place in a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its id.
    pub id: MemberId,
    /// The tenant.
    pub tenant_id: TenantId,
    /// The person.
    pub user_id: UserId,
    /// The person's address, as their user record has it.
    pub email: String,
    /// The person's name, as their user record has it.
    pub name: String,
    /// What they may do.
    pub role_id: RbacItemId,
    /// Whether they may.
    pub status: MemberStatus,
    /// When they last called, within some minutes.
    pub last_active: Option<OffsetDateTime>,
    /// When they joined.
    pub created_at: OffsetDateTime,
}

/// A place in a tenant that somebody was offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// The tenant.
    pub tenant_id: TenantId,
    /// Who is invited, lowercase.
    pub email: String,
    /// What they will be allowed to do.
    pub role_id: RbacItemId,
    /// SHA-256 of the token that accepts it.
    pub digest: KeyDigest,
    /// Who invited them, as an [`Actor`](super::Actor) writes itself.
    pub invited_by: String,
    /// When.
    pub created_at: OffsetDateTime,
    /// When the token stops working.
    pub expires_at: OffsetDateTime,
    /// When it was used.
    pub accepted_at: Option<OffsetDateTime>,
}

impl Invitation {
    /// How long a token works.
    pub const VALIDITY: Duration = Duration::days(7);

    /// When it was accepted or, if it was not, when it expires.
    #[must_use]
    pub fn ended_at(&self) -> OffsetDateTime {
        self.accepted_at.unwrap_or(self.expires_at)
    }

    /// Whether it can still be accepted.
    #[must_use]
    pub fn is_pending(&self, now: OffsetDateTime) -> bool {
        self.accepted_at.is_none() && now < self.expires_at
    }
}
