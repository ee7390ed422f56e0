//! A tenant's roles, built in and its own.

pub mod grant;
pub mod permissions;
pub mod policies;

use crate::api::id_of;
use crate::api::roles::grant::{NewRole, RbacItemView, RoleList, read_grant};
use crate::http::audit;
use crate::http::caller::{AuthenticatedBody, Caller};
use crate::http::envelope::{Envelope, Success};
use crate::http::error::ApiResult;
use crate::state::AppState;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use faultbook_domain::identity::{Permission, RbacKind};

const LEVEL: RbacKind = RbacKind::Role;

/// Lists the tenant's roles, the built-in ones first.
#[utoipa::path(
    get, path = "/api/v1/tenants/{id}/roles", operation_id = "list_roles", tag = "Roles",
    params(("id" = String, Path, description = "Tenant, by id or slug")),
    responses((status = 200, description = "Every role", body = Envelope<RoleList>))
)]
pub async fn list_roles(
    caller: Caller,
    tenant: Path<String>,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<Success<RoleList>> {
    let caller = caller.enter(&request, &state, &tenant).await?;
    caller.require(Permission::TeamRead)?;
    let all = state.roles.list(caller.scope, LEVEL).await?;
    Ok(Success::ok(RoleList {
        total: all.len(),
        roles: all.into_iter().map(RbacItemView::of).collect(),
        next_cursor: None,
    }))
}

/// Makes a role. A tenant has at most `limits.max_grants` roles of its own: 422 beyond.
#[utoipa::path(
    post, path = "/api/v1/tenants/{id}/roles", operation_id = "create_role", tag = "Roles",
    params(("id" = String, Path, description = "Tenant, by id or slug")),
    request_body = NewRole,
    responses((status = 201, description = "The role", body = Envelope<RbacItemView>))
)]
pub async fn create_role(
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

/// One role.
#[utoipa::path(
    get, path = "/api/v1/tenants/{id}/roles/{role_id}", operation_id = "get_role", tag = "Roles",
    params(("id" = String, Path, description = "Tenant, by id or slug"), ("role_id" = uuid::Uuid, Path, description = "Role id")),
    responses((status = 200, description = "The role", body = Envelope<RbacItemView>))
)]
pub async fn get_role(
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
        .get(caller.scope, LEVEL, id_of("role_id", &id)?)
        .await?;
    Ok(Success::ok(RbacItemView::of(found)))
}

/// Changes a role of the tenant's own; fields left out stay.
#[utoipa::path(
    put, path = "/api/v1/tenants/{id}/roles/{role_id}", operation_id = "update_role", tag = "Roles",
    params(("id" = String, Path, description = "Tenant, by id or slug"), ("role_id" = uuid::Uuid, Path, description = "Role id")),
    request_body = NewRole,
    responses((status = 200, description = "The role", body = Envelope<RbacItemView>))
)]
pub async fn update_role(
    sender: AuthenticatedBody,
    path: Path<(String, String)>,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<Success<RbacItemView>> {
    let (tenant, id) = path.into_inner();
    let (caller, body) = sender.json(&request, &state).await?;
    let caller = caller.enter(&request, &state, &tenant).await?;
    let place = (LEVEL, id_of("role_id", &id)?);
    let wanted = read_grant(body, LEVEL, false)?;
    let changed = state.roles.update(&caller, place, wanted).await?;
    state.access.forget();
    audit::detail(&request, &changed.name);
    Ok(Success::ok(RbacItemView::of(changed)))
}

/// Deletes a role of the tenant's own that nobody has.
#[utoipa::path(
    delete, path = "/api/v1/tenants/{id}/roles/{role_id}", operation_id = "delete_role", tag = "Roles",
    params(("id" = String, Path, description = "Tenant, by id or slug"), ("role_id" = uuid::Uuid, Path, description = "Role id")),
    responses((status = 204, description = "Deleted"))
)]
pub async fn delete_role(
    caller: Caller,
    path: Path<(String, String)>,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let (tenant, id) = path.into_inner();
    let caller = caller.enter(&request, &state, &tenant).await?;
    let id = id_of("role_id", &id)?;
    state.roles.remove(&caller, LEVEL, id).await?;
    Ok(HttpResponse::NoContent().finish())
}
