//! Incidents and their history.

use crate::errors::Severity;
use crate::id::{IncidentId, RuleId, TenantId};
use std::str::FromStr;
use time::OffsetDateTime;

/// Status of an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IncidentStatus {
    /// Nobody has looked at it yet.
    Open,
    /// The cause is being searched.
    Investigating,
    /// The cause is known.
    Identified,
    /// It is fixed and being watched.
    Monitoring,
    /// It is over.
    Resolved,
    /// It is over and closed.
    Closed,
}

/// The text is not a status.
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

    /// Returns whether the incident is over.
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

/// An incident: a problem that people work on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// Its id.
    pub id: IncidentId,
    /// The tenant.
    pub tenant_id: TenantId,
    /// Title, one line.
    pub title: String,
    /// Its severity.
    pub severity: Severity,
    /// Its status.
    pub status: IncidentStatus,
    /// Its description.
    pub description: String,
    /// Who works on it, as free text.
    pub assigned_to: Option<String>,
    /// The rule that opened it.
    pub rule_id: Option<RuleId>,
    /// When it was created.
    pub created_at: OffsetDateTime,
    /// When it was last changed.
    pub updated_at: OffsetDateTime,
    /// When it was over; `None` while it is open.
    pub resolved_at: Option<OffsetDateTime>,
}

/// An entry of an incident's history: one changed field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentChange {
    /// When it changed.
    pub at: OffsetDateTime,
    /// Its author, as the text form of an [`Actor`](super::Actor).
    pub actor: String,
    /// The field; `created` for the first entry.
    pub field: String,
    /// The old value.
    pub from: Option<String>,
    /// The new value.
    pub to: Option<String>,
}
