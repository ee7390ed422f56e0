//! A tenant's permissions, built in and its own.

use crate::api::id_of;
use crate::api::roles::grant::{NewPermission, PermissionList, RbacItemView, read_grant};
use crate::http::audit;
use crate::http::caller::{AuthenticatedBody, Caller};
use crate::http::envelope::{Envelope, Success};
use crate::http::error::ApiResult;
use crate::state::AppState;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use faultbook_domain::identity::{Permission, RbacKind, built_in_rbac_items};

const LEVEL: RbacKind = RbacKind::Permission;

/// The catalogue: every permission that Faultbook itself asks for.
#[utoipa::path(
    get, path = "/api/v1/permissions", operation_id = "list_catalogue", tag = "Roles",
    responses((status = 200, description = "Every built-in permission", body = Envelope<PermissionList>))
)]
pub async fn list_catalogue(caller: Caller) -> Success<PermissionList> {
    let all = built_in_rbac_items(caller.tenant_scope().id(), RbacKind::Permission);
    Success::ok(PermissionList {
        total: all.len(),
        permissions: all.into_iter().map(RbacItemView::of).collect(),
        next_cursor: None,
    })
}

/// Lists the tenant's permissions, the built-in ones first.
#[utoipa::path(
    get, path = "/api/v1/tenants/{id}/permissions", operation_id = "list_permissions", tag = "Roles",
    params(("id" = String, Path, description = "Tenant, by id or slug")),
    responses((status = 200, description = "Every permission", body = Envelope<PermissionList>))
)]
pub async fn list_permissions(
    caller: Caller,
    tenant: Path<String>,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<Success<PermissionList>> {
    let caller = caller.enter(&request, &state, &tenant).await?;
    caller.require(Permission::TeamRead)?;
    let all = state.roles.list(caller.scope, LEVEL).await?;
    Ok(Success::ok(PermissionList {
        total: all.len(),
        permissions: all.into_iter().map(RbacItemView::of).collect(),
        next_cursor: None,
    }))
}

/// Makes a permission. A tenant has at most `limits.max_grants` permissions of its own: 422 beyond.
#[utoipa::path(
    post, path = "/api/v1/tenants/{id}/permissions", operation_id = "create_permission", tag = "Roles",
    params(("id" = String, Path, description = "Tenant, by id or slug")),
    request_body = NewPermission,
    responses((status = 201, description = "The permission", body = Envelope<RbacItemView>))
)]
pub async fn create_permission(
    sender: AuthenticatedBody,
    tenant: Path<String>,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<Success<RbacItemView>> {
    let (caller, body) = sender.json(&request, &state).await?;
    let caller = caller.enter(&request, &state, &tenant).await?;
    let made = state
        .roles
        .create(&caller, LEVEL, read_grant(body, LEVEL, true)?);
    let made = made.await?;
    audit::detail(&request, &made.name);
    Ok(Success::created(RbacItemView::of(made)))
}

/// One permission.
#[utoipa::path(
    get, path = "/api/v1/tenants/{id}/permissions/{permission_id}", operation_id = "get_permission", tag = "Roles",
    params(("id" = String, Path, description = "Tenant, by id or slug"), ("permission_id" = uuid::Uuid, Path, description = "Permission id")),
    responses((status = 200, description = "The permission", body = Envelope<RbacItemView>))
)]
pub async fn get_permission(
    caller: Caller,
    path: Path<(String, String)>,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<Success<RbacItemView>> {
    let (tenant, id) = path.into_inner();
    let caller = caller.enter(&request, &state, &tenant).await?;
    caller.require(Permission::TeamRead)?;
    let found = state
        .roles
        .get(caller.scope, LEVEL, id_of("permission_id", &id)?)
        .await?;
    Ok(Success::ok(RbacItemView::of(found)))
}

/// Changes a permission of the tenant's own; fields left out stay.
#[utoipa::path(
    put, path = "/api/v1/tenants/{id}/permissions/{permission_id}", operation_id = "update_permission", tag = "Roles",
    params(("id" = String, Path, description = "Tenant, by id or slug"), ("permission_id" = uuid::Uuid, Path, description = "Permission id")),
    request_body = NewPermission,
    responses((status = 200, description = "The permission", body = Envelope<RbacItemView>))
)]
pub async fn update_permission(
    sender: AuthenticatedBody,
    path: Path<(String, String)>,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<Success<RbacItemView>> {
    let (tenant, id) = path.into_inner();
    let (caller, body) = sender.json(&request, &state).await?;
    let caller = caller.enter(&request, &state, &tenant).await?;
    let place = (LEVEL, id_of("permission_id", &id)?);
    let wanted = read_grant(body, LEVEL, false)?;
    let changed = state.roles.update(&caller, place, wanted).await?;
    state.access.forget();
    audit::detail(&request, &changed.name);
    Ok(Success::ok(RbacItemView::of(changed)))
}

/// Deletes a permission of the tenant's own that nobody has.
#[utoipa::path(
    delete, path = "/api/v1/tenants/{id}/permissions/{permission_id}", operation_id = "delete_permission", tag = "Roles",
    params(("id" = String, Path, description = "Tenant, by id or slug"), ("permission_id" = uuid::Uuid, Path, description = "Permission id")),
    responses((status = 204, description = "Deleted"))
)]
pub async fn delete_permission(
    caller: Caller,
    path: Path<(String, String)>,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let (tenant, id) = path.into_inner();
    let caller = caller.enter(&request, &state, &tenant).await?;
    let id = id_of("permission_id", &id)?;
    state.roles.remove(&caller, LEVEL, id).await?;
    Ok(HttpResponse::NoContent().finish())
}
