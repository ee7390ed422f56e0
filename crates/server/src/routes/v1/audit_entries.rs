//! Who changed what.

use crate::dto::{AuditList, AuditView};
use crate::http::caller::Caller;
use crate::http::envelope::{Envelope, Success};
use crate::http::error::ApiResult;
use crate::http::query::Query;
use crate::state::AppState;
use actix_web::HttpRequest;
use actix_web::web::{Data, Path};
use faultbook_domain::identity::Permission;

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
