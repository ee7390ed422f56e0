//! Typed record ids: one newtype per entity, so that ids cannot be mixed up.

use std::fmt;
use std::str::FromStr;
use time::OffsetDateTime;
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    };
}

id! {
    /// An error: a group of similar occurrences.
    ErrorId
}
id! {
    /// An occurrence: one stored report. A UUIDv7, so that ids sort by time of receipt.
    OccurrenceId
}
impl OccurrenceId {
    /// Returns the smallest id of an instant: a UUIDv7 begins with 48 bits of milliseconds since 1970 (RFC 9562,
    /// 5.7).
    #[must_use]
    pub fn first_of(at: OffsetDateTime) -> Self {
        let millis = u128::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or(0);
        Self(Uuid::from_u128(millis << 80))
    }

    /// Returns the UTC day of receipt, counted from 1970-01-01 on.
    #[must_use]
    pub fn day(self) -> i64 {
        // 48 bits fit.
        i64::try_from((self.0.as_u128() >> 80) / 86_400_000).unwrap_or(i64::MAX)
    }

    /// Returns the smallest id of a day that [`day`](Self::day) returns.
    #[must_use]
    pub fn first_of_day(day: i64) -> Self {
        let millis = u128::try_from(day).unwrap_or(0) * 86_400_000;
        Self(Uuid::from_u128(millis << 80))
    }

    /// Returns the start of the UTC minute of receipt.
    #[must_use]
    pub fn minute(self) -> OffsetDateTime {
        let millis = i64::try_from(self.0.as_u128() >> 80).unwrap_or(0);
        let minute = millis.div_euclid(60_000) * 60;
        OffsetDateTime::from_unix_timestamp(minute).unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }
}

id! {
    /// A project of a tenant.
    ProjectId
}
id! {
    /// A tenant (an organization).
    TenantId
}
id! {
    /// An API key (not its secret).
    KeyId
}
id! {
    /// A DSN key of a project (not its public key).
    ProjectKeyId
}
id! {
    /// A person who can log in.
    UserId
}
id! {
    /// An alert rule.
    RuleId
}
id! {
    /// A firing: one time that an alert rule became true.
    FiringId
}
id! {
    /// A delivery: one message to one channel.
    DeliveryId
}
id! {
    /// An incident.
    IncidentId
}
id! {
    /// An entry of an error's activity log.
    ActivityId
}
id! {
    /// A comment on an error.
    CommentId
}
id! {
    /// A letter to a member.
    LetterId
}
id! {
    /// A member: a user's membership in a tenant.
    MemberId
}
id! {
    /// An invitation into a tenant.
    InvitationId
}
id! {
    /// A program that acts for a tenant.
    SystemUserId
}
id! {
    /// A login session of a user.
    SessionId
}
id! {
    /// A role, policy or permission.
    RbacItemId
}
id! {
    /// A job.
    JobId
}
id! {
    /// A deploy of a release.
    DeployId
}
id! {
    /// An entry of the audit log.
    AuditId
}
id! {
    /// An artifact: an uploaded bundle of scripts and source maps.
    ArtifactId
}
id! {
    /// A blob: bytes that are kept outside of the records which name it.
    BlobId
}
