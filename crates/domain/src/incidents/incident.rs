//! Incidents and their history.

use crate::errors::{Actor, Severity};
use crate::id::{ErrorId, IncidentId, ProjectId, RuleId, TenantId};
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

    /// The statuses of incidents that are not over.
    pub const UNRESOLVED: [Self; 4] = [
        Self::Open,
        Self::Investigating,
        Self::Identified,
        Self::Monitoring,
    ];

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
    /// Its author, as the text form of an [`Actor`].
    pub actor: String,
    /// The field; `created` for the first entry, `update` for what somebody wrote. An update that changed the status has
    /// it in `from` and `to`.
    pub field: String,
    /// The old value.
    pub from: Option<String>,
    /// The new value.
    pub to: Option<String>,
    /// What an update says; of the first entry, what the rule did.
    pub text: Option<String>,
}

/// Errors to be linked to an incident, in this order: those that exist in one of the projects.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ErrorLinks {
    /// Where they are looked for.
    pub projects: Vec<ProjectId>,
    /// The errors.
    pub errors: Vec<ErrorId>,
}

/// An error that is linked to an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkedError {
    /// The incident.
    pub incident: IncidentId,
    /// The error's project.
    pub project: ProjectId,
    /// The error: the one it was merged into, if it was.
    pub error: ErrorId,
}

/// An incident to be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewIncident {
    /// The incident.
    pub incident: Incident,
    /// Who opens it.
    pub by: Actor,
    /// What is said with it.
    pub text: Option<String>,
    /// The errors to link.
    pub links: ErrorLinks,
}

impl NewIncident {
    /// Returns an incident that the server itself opens, without linked errors.
    #[must_use]
    pub fn of(incident: Incident) -> Self {
        Self {
            incident,
            by: Actor::System,
            text: None,
            links: ErrorLinks::default(),
        }
    }

    /// Returns the first entry of the incident's history.
    #[must_use]
    pub fn first_change(&self) -> IncidentChange {
        IncidentChange {
            at: self.incident.created_at,
            actor: self.by.to_string(),
            field: "created".to_owned(),
            from: None,
            to: None,
            text: self.text.clone(),
        }
    }
}

/// A change of an incident, to be stored as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentUpdate {
    /// The incident as it becomes.
    pub incident: Incident,
    /// What to append to its history.
    pub changes: Vec<IncidentChange>,
    /// Errors to be linked in place of those linked so far.
    pub links: Option<ErrorLinks>,
}
