//! Views of incidents.

use serde::Serialize;
use std::collections::BTreeMap;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use faultbook_domain::errors::{ErrorDetail, Level, Severity};
use faultbook_domain::incidents::{Incident, IncidentChange, IncidentCounts, IncidentStatus};

/// An incident.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Incident)]
pub struct IncidentView {
    /// Its id.
    pub id: Uuid,
    #[schema(example = "Database Connection Timeout")]
    title: String,
    #[schema(value_type = String, example = "critical")]
    severity: Severity,
    /// open, investigating, identified, monitoring, resolved or closed.
    #[schema(example = "investigating")]
    status: &'static str,
    description: String,
    #[schema(example = "user-123")]
    assigned_to: Option<String>,
    /// The rule that opened it.
    rule_id: Option<Uuid>,
    /// Errors linked to it.
    errors: Vec<Uuid>,
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    created_at: OffsetDateTime,
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    updated_at: OffsetDateTime,
    #[serde(serialize_with = "crate::http::rfc3339::option::serialize")]
    resolved_at: Option<OffsetDateTime>,
}

/// A single incident, with what belongs to it.
#[derive(Debug, Serialize, ToSchema)]
pub struct IncidentDetail {
    #[serde(flatten)]
    pub(super) incident: IncidentView,
    /// What changed, oldest first.
    pub(super) history: Vec<IncidentChangeView>,
    /// The linked errors; nothing for those who may not read errors.
    pub(super) linked_errors: Vec<LinkedErrorView>,
    /// The rule that opened it, while it exists.
    pub(super) rule: Option<IncidentRule>,
    /// When each status was first set.
    #[schema(value_type = BTreeMap<String, String>)]
    pub(super) reached: BTreeMap<&'static str, Reached>,
}

/// When a status was first set.
#[derive(Debug, Serialize)]
pub struct Reached(#[serde(serialize_with = "crate::http::rfc3339::serialize")] pub OffsetDateTime);

/// The rule that opened an incident.
#[derive(Debug, Serialize, ToSchema)]
pub struct IncidentRule {
    pub(super) id: Uuid,
    pub(super) name: String,
}

/// An error linked to an incident.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LinkedError)]
pub struct LinkedErrorView {
    id: Uuid,
    /// Type of the latest occurrence's exception.
    #[serde(rename = "type")]
    #[schema(example = "TimeoutError")]
    exception_type: Option<String>,
    message: String,
    #[schema(value_type = String, example = "error")]
    level: Level,
    #[schema(value_type = String, example = "high")]
    severity: Severity,
    /// open, resolved or ignored.
    #[schema(example = "open")]
    status: &'static str,
    /// How many occurrences it has had.
    count: i64,
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    last_seen: OffsetDateTime,
}

/// One change of an incident.
#[derive(Debug, Serialize, ToSchema)]
pub struct IncidentChangeView {
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    at: OffsetDateTime,
    #[schema(example = "key:0198d3b0-7c00-7000-8000-000000000001")]
    actor: String,
    /// `created`, `update`, or the field that changed.
    #[schema(example = "status")]
    field: String,
    from: Option<String>,
    to: Option<String>,
}

/// A page of incidents.
#[derive(Debug, Serialize, ToSchema)]
pub struct IncidentList {
    /// Newest first.
    pub incidents: Vec<IncidentView>,
    /// How many match in all.
    pub total: u64,
    /// How many there are of each status, whatever status is listed.
    pub counts: IncidentCountsView,
}

/// Numbers of incidents by status.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = IncidentCounts)]
pub struct IncidentCountsView {
    open: u64,
    investigating: u64,
    identified: u64,
    monitoring: u64,
    resolved: u64,
    closed: u64,
    /// All but resolved and closed ones.
    unresolved: u64,
    all: u64,
}

impl From<&IncidentCounts> for IncidentCountsView {
    fn from(counts: &IncidentCounts) -> Self {
        let of = |status: IncidentStatus| counts.among(&[status]);
        Self {
            open: of(IncidentStatus::Open),
            investigating: of(IncidentStatus::Investigating),
            identified: of(IncidentStatus::Identified),
            monitoring: of(IncidentStatus::Monitoring),
            resolved: of(IncidentStatus::Resolved),
            closed: of(IncidentStatus::Closed),
            unresolved: counts.among(&IncidentStatus::UNRESOLVED),
            all: counts.among(&IncidentStatus::ALL),
        }
    }
}

impl IncidentView {
    /// The view of an incident with the errors that are linked to it.
    #[must_use]
    pub fn of(incident: Incident, errors: Vec<Uuid>) -> Self {
        Self {
            id: incident.id.0,
            title: incident.title,
            severity: incident.severity,
            status: incident.status.as_str(),
            description: incident.description,
            assigned_to: incident.assigned_to,
            rule_id: incident.rule_id.map(|rule| rule.0),
            errors,
            created_at: incident.created_at,
            updated_at: incident.updated_at,
            resolved_at: incident.resolved_at,
        }
    }
}

impl From<IncidentChange> for IncidentChangeView {
    fn from(change: IncidentChange) -> Self {
        Self {
            at: change.at,
            actor: change.actor,
            field: change.field,
            from: change.from,
            to: change.to,
        }
    }
}

impl From<ErrorDetail> for LinkedErrorView {
    fn from(detail: ErrorDetail) -> Self {
        let (state, summary) = (detail.error.state, detail.error.summary);
        Self {
            id: state.id.0,
            exception_type: detail.figures.and_then(|figures| figures.exception_type),
            message: summary.message,
            level: summary.level,
            severity: summary.severity,
            status: state.status().as_str(),
            count: state.count,
            last_seen: state.last_seen,
        }
    }
}
