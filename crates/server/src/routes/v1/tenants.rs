//! Tenants.

use crate::dto::{
    NewTenant, TenantChange, TenantList, TenantView, read_tenant, read_tenant_change,
};
use crate::http::audit;
use crate::http::caller::{AuthenticatedBody, Caller};
use crate::http::envelope::{Envelope, Success};
use crate::http::error::ApiResult;
use crate::http::query::Query;
use crate::state::AppState;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

/// Lists the tenants that the caller belongs to, newest first; every tenant for a platform admin.
#[utoipa::path(
    get, path = "/api/v1/tenants", operation_id = "list_tenants", tag = "Tenants",
    params(
        ("limit" = Option<u32>, Query, description = "1 to 100, 50 by default", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
    ),
    responses((status = 200, description = "A page of tenants", body = Envelope<TenantList>))
)]
pub async fn list_tenants(
    caller: Caller,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<Success<TenantList>> {
    let (after, limit) = Query::of(request.query_string()).page()?;
    let page = state.tenants.list(caller.principal(), after, limit).await?;
    Ok(Success::ok(TenantList {
        tenants: page.items.into_iter().map(TenantView::of).collect(),
        total: page.total,
        next_cursor: page.next.map(|next| next.to_string()),
    }))
}

/// Makes a tenant with its default project. A person who makes one owns it; programs must administer the
/// platform. A person owns at most `limits.max_tenants_per_person` tenants: 422 beyond.
#[utoipa::path(
    post, path = "/api/v1/tenants", operation_id = "create_tenant", tag = "Tenants",
    request_body = NewTenant,
    responses((status = 201, description = "The tenant", body = Envelope<TenantView>))
)]
pub async fn create_tenant(
    sender: AuthenticatedBody,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<Success<TenantView>> {
    let (caller, body) = sender.json(&request, &state).await?;
    let (slug, name) = read_tenant(body)?;
    let tenant = state.tenants.create(caller.principal(), slug, name).await?;
    audit::record_actor(&request, tenant.id, caller.actor());
    audit::detail(&request, &tenant.slug);
    Ok(Success::created(TenantView::of(tenant)))
}

/// One tenant.
#[utoipa::path(
    get, path = "/api/v1/tenants/{id}", operation_id = "get_tenant", tag = "Tenants",
    params(("id" = String, Path, description = "Tenant, by id or slug")),
    responses((status = 200, description = "The tenant", body = Envelope<TenantView>))
)]
pub async fn get_tenant(
    caller: Caller,
    tenant: Path<String>,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<Success<TenantView>> {
    let caller = caller.enter(&request, &state, &tenant).await?;
    Ok(Success::ok(TenantView::of(caller.tenant)))
}

/// Renames a tenant. Its slug stays.
#[utoipa::path(
    put, path = "/api/v1/tenants/{id}", operation_id = "update_tenant", tag = "Tenants",
    params(("id" = String, Path, description = "Tenant, by id or slug")),
    request_body = TenantChange,
    responses((status = 200, description = "The tenant", body = Envelope<TenantView>))
)]
pub async fn update_tenant(
    sender: AuthenticatedBody,
    tenant: Path<String>,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<Success<TenantView>> {
    let (caller, body) = sender.json(&request, &state).await?;
    let caller = caller.enter(&request, &state, &tenant).await?;
    let name = read_tenant_change(body, &caller.tenant.slug)?;
    audit::detail(&request, &name);
    let tenant = state.tenants.rename(&caller, name).await?;
    Ok(Success::ok(TenantView::of(tenant)))
}

/// Puts a tenant out of everybody's sight. Its slug stays taken.
#[utoipa::path(
    delete, path = "/api/v1/tenants/{id}", operation_id = "delete_tenant", tag = "Tenants",
    params(("id" = String, Path, description = "Tenant, by id or slug")),
    responses((status = 204, description = "Deleted"))
)]
pub async fn delete_tenant(
    caller: Caller,
    tenant: Path<String>,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let caller = caller.enter(&request, &state, &tenant).await?;
    state.tenants.delete(&caller).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Locks every principal of a tenant out. For platform admins.
#[utoipa::path(
    post, path = "/api/v1/tenants/{id}/suspend", operation_id = "suspend_tenant", tag = "Tenants",
    params(("id" = String, Path, description = "Tenant, by id or slug")),
    responses((status = 200, description = "The tenant", body = Envelope<TenantView>))
)]
pub async fn suspend_tenant(
    caller: Caller,
    tenant: Path<String>,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<Success<TenantView>> {
    set_suspended(&caller, &tenant, true, &request, &state).await
}

/// Lets a tenant's principals in again. For platform admins.
#[utoipa::path(
    post, path = "/api/v1/tenants/{id}/activate", operation_id = "activate_tenant", tag = "Tenants",
    params(("id" = String, Path, description = "Tenant, by id or slug")),
    responses((status = 200, description = "The tenant", body = Envelope<TenantView>))
)]
pub async fn activate_tenant(
    caller: Caller,
    tenant: Path<String>,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<Success<TenantView>> {
    set_suspended(&caller, &tenant, false, &request, &state).await
}

async fn set_suspended(
    caller: &Caller,
    named: &str,
    suspended: bool,
    request: &HttpRequest,
    state: &AppState,
) -> ApiResult<Success<TenantView>> {
    let principal = caller.principal();
    let changed = state.tenants.set_suspended(principal, named, suspended);
    let tenant = changed.await?;
    audit::record_actor(request, tenant.id, caller.actor());
    Ok(Success::ok(TenantView::of(tenant)))
}
