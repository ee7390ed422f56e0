//! System users: programs that act for a tenant.

use crate::http::audit_change::{AuditChange, fields};
use crate::http::envelope::{Envelope, Success};
use crate::http::error::ApiResult;
use crate::http::extract::{PathId, TenantCaller, TenantJson};
use crate::http::query::Query;
use crate::http::request::{Name, request};
use actix_web::HttpResponse;
use actix_web::web::Data;
use faultbook_domain::id::{RbacItemId, SystemUserId};
use faultbook_domain::identity::{Permission, Roles, SystemUser, SystemUserChange, SystemUsers};
use serde::Serialize;
use serde_json::Map;
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

request! {
    /// A system user to be made.
    #[schema(example = json!({ "name": "deployer", "role": "developer", "expires_at": "2030-12-31T23:59:59Z" }))]
    pub struct NewSystemUser {
        /// 1 to `limits.max_name` characters (200 by default), unique in the tenant.
        #[schema(value_type = String)]
        pub name: Name,
        /// A role's name or id; not above your own.
        pub role: String,
        /// When its token stops being accepted (RFC 3339); never by default.
        #[schema(value_type = Option<String>, format = DateTime)]
        pub expires_at: Option<OffsetDateTime>,
    }
}

request! {
    /// What may change of a system user.
    #[schema(example = json!({ "active": false }))]
    pub struct SystemUserChangeRequest {
        /// When its token stops being accepted; null for never.
        #[schema(value_type = Option<String>, format = DateTime)]
        pub expires_at: Option<Option<OffsetDateTime>>,
        /// Another name.
        #[schema(value_type = Option<String>)]
        pub name: Option<Name>,
        /// Another role, by name or id.
        pub role: Option<String>,
        /// Whether its token is accepted.
        pub active: Option<bool>,
    }
}

/// The fields of a system user that the audit log tells.
const AUDITED: &[&str] = &["name", "role", "active", "expires_at"];

/// Lists the tenant's system users, newest first, without their tokens.
#[utoipa::path(
    get, path = "/api/v1/tenants/{id}/system-users", tag = "System users",
    params(("id" = String, Path, description = "Tenant, by id or slug"),
        ("limit" = Option<u32>, Query, description = "1 to 100, 50 by default", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
    ),
    responses((status = 200, description = "A page of system users", body = Envelope<SystemUserList>))
)]
pub async fn list_system_users(
    caller: TenantCaller,
    query: Query,
    system_users: Data<SystemUsers>,
    roles: Data<Roles>,
) -> ApiResult<Success<SystemUserList>> {
    caller.require(Permission::KeysManage)?;
    let (after, limit) = query.page()?;
    let page = system_users.list(caller.scope, after, limit).await?;
    let role_name = roles.role_names(caller.scope).await?;
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
    post, path = "/api/v1/tenants/{id}/system-users", tag = "System users",
    params(("id" = String, Path, description = "Tenant, by id or slug")),
    request_body = NewSystemUser,
    responses((status = 201, description = "The system user with its token", body = Envelope<NewSystemUserView>))
)]
pub async fn create_system_user(
    TenantJson { caller, body }: TenantJson,
    system_users: Data<SystemUsers>,
    roles: Data<Roles>,
) -> ApiResult<Success<NewSystemUserView>> {
    let NewSystemUser {
        name,
        role,
        expires_at,
    } = body.read()?;
    let made = system_users.create(&caller, name.0, &role, expires_at);
    let (token, user) = made.await?;
    let role_name = roles.role_names(caller.scope).await?;
    let view = NewSystemUserView {
        system_user: SystemUserView::of(user, &role_name),
        token: token.reveal().to_owned(),
    };
    let made = &view.system_user;
    let change = AuditChange::of("system_user", "created", made.id).named(&made.name);
    caller.record_change(change.to(fields(made, AUDITED)));
    Ok(Success::created(view).secret())
}

/// One system user.
#[utoipa::path(
    get, path = "/api/v1/tenants/{id}/system-users/{system_user_id}",
    tag = "System users",
    params(("id" = String, Path, description = "Tenant, by id or slug"), ("system_user_id" = uuid::Uuid, Path, description = "System user id")),
    responses((status = 200, description = "The system user", body = Envelope<SystemUserView>))
)]
pub async fn get_system_user(
    caller: TenantCaller,
    id: PathId<SystemUserId>,
    system_users: Data<SystemUsers>,
    roles: Data<Roles>,
) -> ApiResult<Success<SystemUserView>> {
    caller.require(Permission::KeysManage)?;
    let id = id.get()?;
    let user = system_users.get(caller.scope, id).await?;
    let role_name = roles.role_names(caller.scope).await?;
    Ok(Success::ok(SystemUserView::of(user, &role_name)))
}

/// Changes a system user; what is left out stays.
#[utoipa::path(
    put, path = "/api/v1/tenants/{id}/system-users/{system_user_id}",
    tag = "System users",
    params(("id" = String, Path, description = "Tenant, by id or slug"), ("system_user_id" = uuid::Uuid, Path, description = "System user id")),
    request_body = SystemUserChangeRequest,
    responses((status = 200, description = "The system user", body = Envelope<SystemUserView>))
)]
pub async fn update_system_user(
    TenantJson { caller, body }: TenantJson,
    id: PathId<SystemUserId>,
    system_users: Data<SystemUsers>,
    roles: Data<Roles>,
) -> ApiResult<Success<SystemUserView>> {
    let id = id.get()?;
    let change: SystemUserChangeRequest = body.read()?;
    let change = SystemUserChange {
        name: change.name.map(|name| name.0),
        role: change.role,
        active: change.active,
        expires_at: change.expires_at,
    };
    caller.require(Permission::KeysManage)?;
    let before = system_users.get(caller.scope, id).await?;
    let user = system_users.update(&caller, id, change).await?;
    let role_name = roles.role_names(caller.scope).await?;
    let before = SystemUserView::of(before, &role_name);
    let view = SystemUserView::of(user, &role_name);
    let change = AuditChange::of("system_user", "changed", view.id).named(&view.name);
    let change = change.from(fields(&before, AUDITED));
    caller.record_change(change.to(fields(&view, AUDITED)));
    Ok(Success::ok(view))
}

/// Gives a system user a new token; the old one stops working on every node within 5 seconds.
#[utoipa::path(
    post, path = "/api/v1/tenants/{id}/system-users/{system_user_id}/rotate",
    tag = "System users",
    params(("id" = String, Path, description = "Tenant, by id or slug"), ("system_user_id" = uuid::Uuid, Path, description = "System user id")),
    responses((status = 200, description = "The system user with its new token", body = Envelope<NewSystemUserView>))
)]
pub async fn rotate_system_user(
    caller: TenantCaller,
    id: PathId<SystemUserId>,
    system_users: Data<SystemUsers>,
    roles: Data<Roles>,
) -> ApiResult<Success<NewSystemUserView>> {
    let id = id.get()?;
    let (token, user) = system_users.rotate(&caller, id).await?;
    let role_name = roles.role_names(caller.scope).await?;
    let change = AuditChange::of("system_user", "rotated", id).named(&user.name);
    let change = change.from(Map::new()).to(Map::new()).secret("token");
    caller.record_change(change);
    let view = NewSystemUserView {
        system_user: SystemUserView::of(user, &role_name),
        token: token.reveal().to_owned(),
    };
    Ok(Success::ok(view).secret())
}

/// Removes a system user.
#[utoipa::path(
    delete, path = "/api/v1/tenants/{id}/system-users/{system_user_id}",
    tag = "System users",
    params(("id" = String, Path, description = "Tenant, by id or slug"), ("system_user_id" = uuid::Uuid, Path, description = "System user id")),
    responses((status = 204, description = "Removed"))
)]
pub async fn delete_system_user(
    caller: TenantCaller,
    id: PathId<SystemUserId>,
    system_users: Data<SystemUsers>,
    roles: Data<Roles>,
) -> ApiResult<HttpResponse> {
    let id = id.get()?;
    caller.require(Permission::KeysManage)?;
    let before = system_users.get(caller.scope, id).await?;
    system_users.remove(&caller, id).await?;
    let role_name = roles.role_names(caller.scope).await?;
    let before = SystemUserView::of(before, &role_name);
    let change = AuditChange::of("system_user", "deleted", id).named(&before.name);
    caller.record_change(change.from(fields(&before, AUDITED)));
    Ok(HttpResponse::NoContent().finish())
}
