//! Who changed what.

use crate::http::caller::Caller;
use crate::http::envelope::{Envelope, Success};
use crate::http::error::ApiResult;
use crate::http::query::Query;
use crate::state::AppState;
use actix_web::HttpRequest;
use actix_web::web::{Data, Path};
use faultbook_domain::identity::{AuditEntry, Permission};
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
    get, path = "/api/v1/tenants/{id}/audit", operation_id = "list_audit", tag = "Tenants",
    params(("id" = String, Path, description = "Tenant, by id or slug"),
        ("limit" = Option<u32>, Query, description = "1 to 100, 50 by default", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
    ),
    responses((status = 200, description = "A page of entries", body = Envelope<AuditList>))
)]
pub async fn list_audit(
    caller: Caller,
    tenant: Path<String>,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<Success<AuditList>> {
    let caller = caller.enter(&request, &state, &tenant).await?;
    caller.require(Permission::TeamManage)?;
    let (after, limit) = Query::of(request.query_string()).page()?;
    let page = state.audit.entries(caller.scope, after, limit).await?;
    Ok(Success::ok(AuditList {
        entries: page.items.into_iter().map(AuditView::of).collect(),
        total: page.total,
        next_cursor: page.next.map(|next| next.to_string()),
    }))
}
