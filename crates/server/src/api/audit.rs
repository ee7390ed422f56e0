//! The audit log of a tenant.

use crate::http::envelope::{Envelope, Success};
use crate::http::error::ApiResult;
use crate::http::extract::TenantCaller;
use crate::http::query::Query;
use actix_web::web::Data;
use faultbook_domain::identity::{AuditEntry, AuditLog, Permission};
use serde::Serialize;
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
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
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

/// Lists what was changed in the tenant, its team and its settings, newest first. Entries are kept 400 days
/// unless `retention.audit_days` is set.
#[utoipa::path(
    get, path = "/api/v1/tenants/{id}/audit", tag = "Tenants",
    params(("id" = String, Path, description = "Tenant, by id or slug"),
        ("limit" = Option<u32>, Query, description = "1 to 100, 50 by default", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
    ),
    responses((status = 200, description = "A page of entries", body = Envelope<AuditList>))
)]
pub async fn list_audit(
    caller: TenantCaller,
    query: Query,
    audit: Data<dyn AuditLog>,
) -> ApiResult<Success<AuditList>> {
    caller.require(Permission::TeamManage)?;
    let (after, limit) = query.page()?;
    let page = audit.list_audit_entries(caller.scope, after, limit).await?;
    Ok(Success::ok(AuditList {
        entries: page.items.into_iter().map(AuditView::of).collect(),
        total: page.total,
        next_cursor: page.next.map(|next| next.to_string()),
    }))
}
