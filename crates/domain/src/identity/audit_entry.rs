//! Who changed what.

use crate::id::{AuditId, TenantId};
use time::OffsetDateTime;

/// One change to a tenant, its team or its settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its id, in order of time.
    pub id: AuditId,
    /// The tenant that was changed.
    pub tenant_id: TenantId,
    /// Who did it, as an [`Actor`](super::Actor) writes itself.
    pub actor: String,
    /// What was called: method and route, `POST /api/v1/tenants/{id}/roles`.
    pub action: String,
    /// On what: the request's path.
    pub target: String,
    /// What more is to be said: the id or name of what was made.
    pub detail: Option<String>,
    /// Where the request came from.
    pub ip_address: Option<String>,
    /// The request's id, as in the log.
    pub request_id: String,
    /// When.
    pub at: OffsetDateTime,
}
