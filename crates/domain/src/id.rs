//! Names of records: a type each, so that one cannot stand where another belongs.

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
    /// One received report. A UUIDv7, so that ids sort by time of receipt.
    OccurrenceId
}
impl OccurrenceId {
    /// The smallest id of an instant: a UUIDv7 begins with 48 bits of milliseconds since 1970 (RFC 9562,
    /// 5.7).
    #[must_use]
    pub fn first_of(at: OffsetDateTime) -> Self {
        let millis = u128::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or(0);
        Self(Uuid::from_u128(millis << 80))
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
    /// A person who can log in.
    UserId
}
id! {
    /// An alert rule.
    RuleId
}
id! {
    /// One time that a rule fired.
    FiringId
}
id! {
    /// One message on its way through one channel.
    DeliveryId
}
id! {
    /// An incident.
    IncidentId
}
id! {
    /// One entry in an error's history.
    ActivityId
}
id! {
    /// A person's place in a tenant.
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
    /// A logged-in person's session.
    SessionId
}
id! {
    /// A role, a policy or a permission.
    RbacItemId
}
id! {
    /// One entry of the audit log.
    AuditId
}
