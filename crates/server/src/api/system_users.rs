//! Programs that act for a tenant.

use crate::api::{id_of, once};
use crate::http::audit;
use crate::http::caller::{AuthenticatedBody, Caller};
use crate::http::envelope::{Envelope, Success};
use crate::http::error::{ApiError, ApiResult};
use crate::http::fields::Fields;
use crate::http::query::Query;
use crate::state::AppState;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use faultbook_domain::id::RbacItemId;
use faultbook_domain::identity::SystemUserChange;
use faultbook_domain::identity::{Permission, SystemUser};
use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

/// A system user, without its token.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SystemUser)]
pub struct SystemUserView {
    id: Uuid,
    name: String,
    /// The role's name.
    role: String,
    role_id: Uuid,
    #[schema(example = "su_****7890")]
    token_preview: String,
    active: bool,
    #[serde(serialize_with = "crate::http::rfc3339::option::serialize")]
    expires_at: Option<OffsetDateTime>,
    /// Within a minute.
    #[serde(serialize_with = "crate::http::rfc3339::option::serialize")]
    last_used: Option<OffsetDateTime>,
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    created_at: OffsetDateTime,
}

impl SystemUserView {
    /// The view of a system user.
    pub fn of(user: SystemUser, role_name: &impl Fn(RbacItemId) -> String) -> Self {
        Self {
            id: user.id.0,
            name: user.name,
            role: role_name(user.role_id),
            role_id: user.role_id.0,
            token_preview: user.preview,
            active: user.active,
            expires_at: user.expires_at,
            last_used: user.last_used,
            created_at: user.created_at,
        }
    }
}

/// A system user with a new token.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewSystemUserView {
    /// The system user.
    #[serde(flatten)]
    pub system_user: SystemUserView,
    /// The token: shown this once.
    #[schema(example = "su_live_...")]
    pub token: String,
}

/// System users.
#[derive(Debug, Serialize, ToSchema)]
pub struct SystemUserList {
    /// Newest first.
    pub system_users: Vec<SystemUserView>,
    /// How many in all.
    pub total: u64,
    /// Where the next page starts.
    pub next_cursor: Option<String>,
}

/// A system user to be made.
#[derive(Debug, ToSchema)]
#[schema(example = json!({ "name": "deployer", "role": "developer", "expires_at": "2030-12-31T23:59:59Z" }))]
pub struct NewSystemUser {
    /// 1 to 200 characters, unique in the tenant.
    pub name: String,
    /// A role's name or id; not above your own.
    pub role: String,
    /// When its token stops being accepted (RFC 3339); never by default.
    #[schema(format = DateTime)]
    pub expires_at: Option<String>,
}

/// What may change of a system user.
#[derive(Debug, ToSchema)]
#[schema(example = json!({ "active": false }))]
pub struct SystemUserChangeRequest {
    /// Another name.
    pub name: Option<String>,
    /// Another role, by name or id.
    pub role: Option<String>,
    /// Whether its token is accepted.
    pub active: Option<bool>,
    /// When its token stops being accepted; null for never.
    #[schema(format = DateTime)]
    pub expires_at: Option<String>,
}

/// Reads a system user to be made: name, role, end.
///
/// # Errors
/// 400, 422.
pub fn read_system_user(body: Value) -> Result<(String, String, Option<OffsetDateTime>), ApiError> {
    let mut fields = Fields::v1(body)?;
    let name = fields.name("name");
    let name = fields.demand("name", name).unwrap_or_default();
    let role = fields.required("role");
    let expires_at = fields.time("expires_at");
    fields.finish((name, role, expires_at))
}

/// Reads what is to change of a system user.
///
/// # Errors
/// 400, 422.
pub fn read_system_user_change(body: Value) -> Result<SystemUserChange, ApiError> {
    let mut fields = Fields::v1(body)?;
    let expires_at = fields.has("expires_at").then(|| fields.time("expires_at"));
    let change = SystemUserChange {
        name: fields.name("name"),
        role: fields.text("role"),
        active: fields.flag("active"),
        expires_at,
    };
    fields.finish(change)
}

/// Lists the tenant's system users, newest first, without their tokens.
#[utoipa::path(
    get, path = "/api/v1/tenants/{id}/system-users", operation_id = "list_system_users", tag = "System users",
    params(("id" = String, Path, description = "Tenant, by id or slug"),
        ("limit" = Option<u32>, Query, description = "1 to 100, 50 by default", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
    ),
    responses((status = 200, description = "A page of system users", body = Envelope<SystemUserList>))
)]
pub async fn list_system_users(
    caller: Caller,
    tenant: Path<String>,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<Success<SystemUserList>> {
    let caller = caller.enter(&request, &state, &tenant).await?;
    caller.require(Permission::KeysManage)?;
    let (after, limit) = Query::of(request.query_string()).page()?;
    let page = state.system_users.list(caller.scope, after, limit).await?;
    let role_name = state.roles.role_names(caller.scope).await?;
    let view = |one| SystemUserView::of(one, &role_name);
    Ok(Success::ok(SystemUserList {
        system_users: page.items.into_iter().map(view).collect(),
        total: page.total,
        next_cursor: page.next.map(|next| next.to_string()),
    }))
}

/// Makes a system user. Its token is in this answer and nowhere else. A tenant has at most
/// `limits.max_system_users` system users: 422 beyond.
#[utoipa::path(
    post, path = "/api/v1/tenants/{id}/system-users", operation_id = "create_system_user", tag = "System users",
    params(("id" = String, Path, description = "Tenant, by id or slug")),
    request_body = NewSystemUser,
    responses((status = 201, description = "The system user with its token", body = Envelope<NewSystemUserView>))
)]
pub async fn create_system_user(
    sender: AuthenticatedBody,
    tenant: Path<String>,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let (caller, body) = sender.json(&request, &state).await?;
    let caller = caller.enter(&request, &state, &tenant).await?;
    let (name, role, expires_at) = read_system_user(body)?;
    let made = state.system_users.create(&caller, name, &role, expires_at);
    let (token, user) = made.await?;
    let role_name = state.roles.role_names(caller.scope).await?;
    audit::detail(
        &request,
        format!("{} as {}", user.name, role_name(user.role_id)),
    );
    let view = NewSystemUserView {
        system_user: SystemUserView::of(user, &role_name),
        token: token.reveal().to_owned(),
    };
    Ok(once(Success::created(view), &request))
}

/// One system user.
#[utoipa::path(
    get, path = "/api/v1/tenants/{id}/system-users/{system_user_id}",
    operation_id = "get_system_user", tag = "System users",
    params(("id" = String, Path, description = "Tenant, by id or slug"), ("system_user_id" = uuid::Uuid, Path, description = "System user id")),
    responses((status = 200, description = "The system user", body = Envelope<SystemUserView>))
)]
pub async fn get_system_user(
    caller: Caller,
    path: Path<(String, String)>,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<Success<SystemUserView>> {
    let (tenant, id) = path.into_inner();
    let caller = caller.enter(&request, &state, &tenant).await?;
    caller.require(Permission::KeysManage)?;
    let id = id_of("system_user_id", &id)?;
    let user = state.system_users.get(caller.scope, id).await?;
    let role_name = state.roles.role_names(caller.scope).await?;
    Ok(Success::ok(SystemUserView::of(user, &role_name)))
}

/// Changes a system user; what is left out stays.
#[utoipa::path(
    put, path = "/api/v1/tenants/{id}/system-users/{system_user_id}",
    operation_id = "update_system_user", tag = "System users",
    params(("id" = String, Path, description = "Tenant, by id or slug"), ("system_user_id" = uuid::Uuid, Path, description = "System user id")),
    request_body = SystemUserChangeRequest,
    responses((status = 200, description = "The system user", body = Envelope<SystemUserView>))
)]
pub async fn update_system_user(
    sender: AuthenticatedBody,
    path: Path<(String, String)>,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<Success<SystemUserView>> {
    let (tenant, id) = path.into_inner();
    let (caller, body) = sender.json(&request, &state).await?;
    let caller = caller.enter(&request, &state, &tenant).await?;
    let id = id_of("system_user_id", &id)?;
    let change = read_system_user_change(body)?;
    let user = state.system_users.update(&caller, id, change).await?;
    let role_name = state.roles.role_names(caller.scope).await?;
    audit::detail(&request, &user.name);
    Ok(Success::ok(SystemUserView::of(user, &role_name)))
}

/// Gives a system user a new token; the old one stops working on every node within 5 seconds.
#[utoipa::path(
    post, path = "/api/v1/tenants/{id}/system-users/{system_user_id}/rotate",
    operation_id = "rotate_system_user", tag = "System users",
    params(("id" = String, Path, description = "Tenant, by id or slug"), ("system_user_id" = uuid::Uuid, Path, description = "System user id")),
    responses((status = 200, description = "The system user with its new token", body = Envelope<NewSystemUserView>))
)]
pub async fn rotate_system_user(
    caller: Caller,
    path: Path<(String, String)>,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let (tenant, id) = path.into_inner();
    let caller = caller.enter(&request, &state, &tenant).await?;
    let id = id_of("system_user_id", &id)?;
    let (token, user) = state.system_users.rotate(&caller, id).await?;
    let role_name = state.roles.role_names(caller.scope).await?;
    audit::detail(&request, &user.name);
    let view = NewSystemUserView {
        system_user: SystemUserView::of(user, &role_name),
        token: token.reveal().to_owned(),
    };
    Ok(once(Success::ok(view), &request))
}

/// Removes a system user.
#[utoipa::path(
    delete, path = "/api/v1/tenants/{id}/system-users/{system_user_id}",
    operation_id = "delete_system_user", tag = "System users",
    params(("id" = String, Path, description = "Tenant, by id or slug"), ("system_user_id" = uuid::Uuid, Path, description = "System user id")),
    responses((status = 204, description = "Removed"))
)]
pub async fn delete_system_user(
    caller: Caller,
    path: Path<(String, String)>,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let (tenant, id) = path.into_inner();
    let caller = caller.enter(&request, &state, &tenant).await?;
    let id = id_of("system_user_id", &id)?;
    state.system_users.remove(&caller, id).await?;
    Ok(HttpResponse::NoContent().finish())
}
