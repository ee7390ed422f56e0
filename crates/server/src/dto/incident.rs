//! Incidents as clients see them.

use super::fields::Fields;
use crate::http::error::ApiError;
use faultbook_domain::errors::Severity;
use faultbook_domain::incidents::IncidentSettings;
use faultbook_domain::incidents::{Incident, IncidentChange};
use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

/// Characters of a title.
const TITLE: usize = 255;
/// Characters of a description.
const DESCRIPTION: usize = 20_000;
/// Characters of who works on it.
const ASSIGNEE: usize = 255;

/// An incident.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Incident)]
pub struct IncidentView {
    id: Uuid,
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
    #[serde(serialize_with = "crate::dto::rfc3339::serialize")]
    created_at: OffsetDateTime,
    #[serde(serialize_with = "crate::dto::rfc3339::serialize")]
    updated_at: OffsetDateTime,
    #[serde(serialize_with = "crate::dto::rfc3339::option::serialize")]
    resolved_at: Option<OffsetDateTime>,
    /// What changed, oldest first; with a single incident only.
    #[serde(skip_serializing_if = "Option::is_none")]
    history: Option<Vec<IncidentChangeView>>,
}

/// One change of an incident.
#[derive(Debug, Serialize, ToSchema)]
pub struct IncidentChangeView {
    #[serde(serialize_with = "crate::dto::rfc3339::serialize")]
    at: OffsetDateTime,
    #[schema(example = "key:0198d3b0-7c00-7000-8000-000000000001")]
    actor: String,
    /// `created`, or the field that changed.
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
}

/// An incident to be opened; a change takes the same fields and `status`, and what it leaves out stays.
#[derive(Debug, ToSchema)]
#[schema(example = json!({
    "title": "Database Connection Timeout", "severity": "critical",
    "description": "Multiple database connection timeouts detected", "assigned_to": "user-123"
}))]
pub struct NewIncident {
    /// 1 to 255 characters.
    pub title: String,
    /// low, medium, high or critical.
    pub severity: String,
    /// In detail.
    pub description: Option<String>,
    /// Up to 255 characters, or null.
    pub assigned_to: Option<String>,
    /// open, investigating (the default), identified, monitoring, resolved or closed.
    pub status: Option<String>,
}

impl IncidentView {
    /// The view of an incident.
    #[must_use]
    pub fn of(incident: Incident) -> Self {
        Self {
            id: incident.id.0,
            title: incident.title,
            severity: incident.severity,
            status: incident.status.as_str(),
            description: incident.description,
            assigned_to: incident.assigned_to,
            rule_id: incident.rule_id.map(|rule| rule.0),
            created_at: incident.created_at,
            updated_at: incident.updated_at,
            resolved_at: incident.resolved_at,
            history: None,
        }
    }

    /// With its history.
    #[must_use]
    pub fn with_history(mut self, changes: Vec<IncidentChange>) -> Self {
        let changes = changes.into_iter().map(|change| IncidentChangeView {
            at: change.at,
            actor: change.actor,
            field: change.field,
            from: change.from,
            to: change.to,
        });
        self.history = Some(changes.collect());
        self
    }
}

/// Reads an incident to be opened, or a change of one.
///
/// # Errors
/// 400 naming every field at fault.
pub fn read_incident(body: Value, is_new: bool) -> Result<IncidentSettings, ApiError> {
    let mut fields = Fields::of(body)?;
    let title = (is_new || fields.has("title")).then(|| {
        let title = fields.required("title");
        if title.chars().count() > TITLE {
            fields.problem("title", "must be at most 255 characters long");
        }
        title
    });
    if is_new && !fields.has("severity") {
        fields.problem("severity", "is required");
    }
    let expected = "must be one of low, medium, high, critical";
    let severity = fields.parsed("severity", expected, |text| {
        text.to_ascii_lowercase().parse().ok()
    });
    let expected = "must be one of open, investigating, identified, monitoring, resolved, closed";
    let status = fields.parsed("status", expected, |text| {
        text.to_ascii_lowercase().parse().ok()
    });
    let description = fields.bounded("description", DESCRIPTION);
    let said = fields.has("assigned_to");
    let assignee = fields.bounded("assigned_to", ASSIGNEE);
    fields.finish(IncidentSettings {
        title,
        severity,
        status,
        description,
        assigned_to: said.then_some(assignee),
    })
}
