//! Who belongs to a tenant.

use crate::dto::{
    MemberChangeRequest, MemberList, MemberView, NewMember, read_member, read_member_change,
};
use crate::http::audit;
use crate::http::caller::{AuthenticatedBody, Caller};
use crate::http::envelope::{Envelope, Success};
use crate::http::error::ApiResult;
use crate::http::query::Query;
use crate::routes::v1::id_of;
use crate::state::AppState;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use faultbook_domain::identity::Permission;

/// Lists the tenant's members, newest first.
#[utoipa::path(
    get, path = "/api/v1/tenants/{id}/members", operation_id = "list_members", tag = "Members",
    params(("id" = String, Path, description = "Tenant, by id or slug"),
        ("limit" = Option<u32>, Query, description = "1 to 100, 50 by default", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
    ),
    responses((status = 200, description = "A page of members", body = Envelope<MemberList>))
)]
pub async fn list_members(
    caller: Caller,
    tenant: Path<String>,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<Success<MemberList>> {
    let caller = caller.enter(&request, &state, &tenant).await?;
    caller.require(Permission::TeamRead)?;
    caller.require_whole_tenant()?;
    let (after, limit) = Query::of(request.query_string()).page()?;
    let page = state.members.list(caller.scope, after, limit).await?;
    let role_name = state.roles.role_names(caller.scope).await?;
    let members = page.items.into_iter();
    Ok(Success::ok(MemberList {
        members: members.map(|one| MemberView::of(one, &role_name)).collect(),
        total: page.total,
        next_cursor: page.next.map(|next| next.to_string()),
    }))
}

/// Adds a person by `user_id`, which their colleagues in another tenant see; everybody else is invited.
///
/// An address that is no member's is answered 404, whether it has an account or not: nobody learns that here,
/// and nobody is added by address without having been asked. A tenant has at most `limits.max_members` members:
/// 422 beyond.
#[utoipa::path(
    post, path = "/api/v1/tenants/{id}/members", operation_id = "add_member", tag = "Members",
    params(("id" = String, Path, description = "Tenant, by id or slug")),
    request_body = NewMember,
    responses((status = 201, description = "The member", body = Envelope<MemberView>))
)]
pub async fn add_member(
    sender: AuthenticatedBody,
    tenant: Path<String>,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<Success<MemberView>> {
    let (caller, body) = sender.json(&request, &state).await?;
    let caller = caller.enter(&request, &state, &tenant).await?;
    let (who, role) = read_member(body)?;
    let member = state.members.add(&caller, who, &role).await?;
    let role_name = state.roles.role_names(caller.scope).await?;
    audit::detail(
        &request,
        format!("{} as {}", member.email, role_name(member.role_id)),
    );
    Ok(Success::created(MemberView::of(member, &role_name)))
}

/// One member.
#[utoipa::path(
    get, path = "/api/v1/tenants/{id}/members/{member_id}", operation_id = "get_member", tag = "Members",
    params(("id" = String, Path, description = "Tenant, by id or slug"), ("member_id" = uuid::Uuid, Path, description = "Member id")),
    responses((status = 200, description = "The member", body = Envelope<MemberView>))
)]
pub async fn get_member(
    caller: Caller,
    path: Path<(String, String)>,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<Success<MemberView>> {
    let (tenant, id) = path.into_inner();
    let caller = caller.enter(&request, &state, &tenant).await?;
    caller.require(Permission::TeamRead)?;
    caller.require_whole_tenant()?;
    let id = id_of("member_id", &id)?;
    let member = state.members.get(caller.scope, id).await?;
    let role_name = state.roles.role_names(caller.scope).await?;
    Ok(Success::ok(MemberView::of(member, &role_name)))
}

/// Changes a member's role or status; what is left out stays.
#[utoipa::path(
    put, path = "/api/v1/tenants/{id}/members/{member_id}", operation_id = "update_member", tag = "Members",
    params(("id" = String, Path, description = "Tenant, by id or slug"), ("member_id" = uuid::Uuid, Path, description = "Member id")),
    request_body = MemberChangeRequest,
    responses((status = 200, description = "The member", body = Envelope<MemberView>))
)]
pub async fn update_member(
    sender: AuthenticatedBody,
    path: Path<(String, String)>,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<Success<MemberView>> {
    let (tenant, id) = path.into_inner();
    let (caller, body) = sender.json(&request, &state).await?;
    let caller = caller.enter(&request, &state, &tenant).await?;
    let id = id_of("member_id", &id)?;
    let (role, status) = read_member_change(body)?;
    let changed = state.members.update(&caller, id, role.as_deref(), status);
    let member = changed.await?;
    let role_name = state.roles.role_names(caller.scope).await?;
    let now = format!(
        "{} as {}, {}",
        member.email,
        role_name(member.role_id),
        member.status.as_str()
    );
    audit::detail(&request, now);
    Ok(Success::ok(MemberView::of(member, &role_name)))
}

/// Removes a member. The last active owner or admin stays.
#[utoipa::path(
    delete, path = "/api/v1/tenants/{id}/members/{member_id}", operation_id = "remove_member", tag = "Members",
    params(("id" = String, Path, description = "Tenant, by id or slug"), ("member_id" = uuid::Uuid, Path, description = "Member id")),
    responses((status = 204, description = "Removed"))
)]
pub async fn remove_member(
    caller: Caller,
    path: Path<(String, String)>,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let (tenant, id) = path.into_inner();
    let caller = caller.enter(&request, &state, &tenant).await?;
    let id = id_of("member_id", &id)?;
    state.members.remove(&caller, id).await?;
    Ok(HttpResponse::NoContent().finish())
}
