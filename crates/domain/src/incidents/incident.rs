//! Incidents.

use crate::errors::Severity;
use crate::id::{IncidentId, RuleId, TenantId};
use std::str::FromStr;
use time::OffsetDateTime;

/// How far an incident is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IncidentStatus {
    /// Nobody looked at it yet.
    Open,
    /// Somebody looks for the cause.
    Investigating,
    /// The cause is known.
    Identified,
    /// It is mended and watched.
    Monitoring,
    /// It is over.
    Resolved,
    /// It is over and done with.
    Closed,
}

/// The text names no status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be one of open, investigating, identified, monitoring, resolved, closed")]
pub struct UnknownIncidentStatus;

impl IncidentStatus {
    /// Every status.
    pub const ALL: [Self; 6] = [
        Self::Open,
        Self::Investigating,
        Self::Identified,
        Self::Monitoring,
        Self::Resolved,
        Self::Closed,
    ];

    /// The name on the wire and in storage.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Investigating => "investigating",
            Self::Identified => "identified",
            Self::Monitoring => "monitoring",
            Self::Resolved => "resolved",
            Self::Closed => "closed",
        }
    }

    /// Whether it is over.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Resolved | Self::Closed)
    }
}

impl FromStr for IncidentStatus {
    type Err = UnknownIncidentStatus;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_named = |status: &Self| status.as_str() == text;
        Self::ALL
            .into_iter()
            .find(is_named)
            .ok_or(UnknownIncidentStatus)
    }
}

/// Something that people work on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// Its id.
    pub id: IncidentId,
    /// Whose it is.
    pub tenant_id: TenantId,
    /// In a line.
    pub title: String,
    /// How urgent.
    pub severity: Severity,
    /// How far.
    pub status: IncidentStatus,
    /// In detail.
    pub description: String,
    /// Who works on it, in whatever words the tenant uses.
    pub assigned_to: Option<String>,
    /// The rule that opened it.
    pub rule_id: Option<RuleId>,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// When it was last changed.
    pub updated_at: OffsetDateTime,
    /// When it was over; kept while it is.
    pub resolved_at: Option<OffsetDateTime>,
}

/// One change of an incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentChange {
    /// When.
    pub at: OffsetDateTime,
    /// Who, as [`Actor`](super::Actor) writes itself.
    pub actor: String,
    /// Which field; `created` for the first entry.
    pub field: String,
    /// What it was.
    pub from: Option<String>,
    /// What it became.
    pub to: Option<String>,
}
