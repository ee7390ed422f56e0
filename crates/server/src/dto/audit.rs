//! The audit log, and maintenance as they travel.

use super::fields::Fields;
use crate::http::error::ApiError;
use faultbook_domain::identity::AuditEntry;
use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

/// One change to a tenant, its team or its settings.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditEntry)]
pub struct AuditView {
    id: Uuid,
    /// `user:<id>`, `key:<id>` or `system_user:<id>`.
    actor: String,
    /// Method and route.
    #[schema(example = "POST /api/v1/tenants/{id}/roles")]
    action: String,
    /// The request's path.
    target: String,
    /// The id or name of what was made.
    detail: Option<String>,
    ip_address: Option<String>,
    request_id: String,
    #[serde(serialize_with = "crate::dto::rfc3339::serialize")]
    at: OffsetDateTime,
}

impl AuditView {
    /// The view of an entry.
    #[must_use]
    pub fn of(entry: AuditEntry) -> Self {
        Self {
            id: entry.id.0,
            actor: entry.actor,
            action: entry.action,
            target: entry.target,
            detail: entry.detail,
            ip_address: entry.ip_address,
            request_id: entry.request_id,
            at: entry.at,
        }
    }
}

/// Entries of the audit log.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditList {
    /// Newest first.
    pub entries: Vec<AuditView>,
    /// How many in all.
    pub total: u64,
    /// Where the next page starts.
    pub next_cursor: Option<String>,
}

/// Whether the installation is closed for maintenance.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({ "enabled": true }))]
pub struct Maintenance {
    /// Whether it is.
    pub enabled: bool,
}

/// Reads whether the installation is to be closed.
///
/// # Errors
/// 400.
pub fn read_maintenance(body: Value) -> Result<bool, ApiError> {
    let mut fields = Fields::v1(body)?;
    let enabled = fields.flag("enabled");
    let enabled = fields.demand("enabled", enabled).unwrap_or_default();
    fields.finish(enabled)
}
