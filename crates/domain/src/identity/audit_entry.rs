//! An entry of the audit log.

use crate::id::{AuditId, TenantId};
use time::OffsetDateTime;

/// An audit log entry: one change to a tenant, its members or its settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its id, in order of time.
    pub id: AuditId,
    /// The tenant that was changed.
    pub tenant_id: TenantId,
    /// Who made the change, as the text form of an [`Actor`](super::Actor).
    pub actor: String,
    /// Method and route, such as `POST /api/v1/tenants/{id}/roles`.
    pub action: String,
    /// Path of the request.
    pub target: String,
    /// Id or name of the record that was created.
    pub detail: Option<String>,
    /// Client address of the request.
    pub ip_address: Option<String>,
    /// The request's id, as in the log.
    pub request_id: String,
    /// When the change was made.
    pub at: OffsetDateTime,
}
