//! Roles, policies and permissions of a tenant, built in and its own. They are stored, read and changed in the same
//! way, and differ in what they hold: roles hold policies, policies permissions.

use crate::http::audit_change::{AuditChange, fields};
use crate::http::caller::Caller;
use crate::http::envelope::{Envelope, Success};
use crate::http::error::{ApiError, ApiResult};
use crate::http::extract::{PathId, TenantCaller, TenantJson};
use crate::http::request::JsonBody;
use actix_web::HttpResponse;
use actix_web::web::Data;
use faultbook_domain::id::RbacItemId;
use faultbook_domain::identity::{
    Access, Permission, RbacItem, RbacItemSettings, RbacKind, Roles, built_in_rbac_items,
};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

/// A role, a policy or a permission.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Grant)]
pub struct RbacItemView {
    id: Uuid,
    name: String,
    description: Option<String>,
    /// Whether it is built in: then it cannot be changed or deleted.
    system: bool,
    /// Of a role: the ids of its policies.
    #[serde(skip_serializing_if = "Option::is_none")]
    policies: Option<Vec<String>>,
    /// Of a policy: the names of its permissions.
    #[serde(skip_serializing_if = "Option::is_none")]
    permissions: Option<Vec<String>>,
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    created_at: OffsetDateTime,
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    updated_at: OffsetDateTime,
}

impl RbacItemView {
    /// The view of a grant.
    #[must_use]
    pub fn of(grant: RbacItem) -> Self {
        let (mut policies, mut permissions) = (None, None);
        match grant.level {
            RbacKind::Role => policies = Some(grant.members),
            RbacKind::Policy => permissions = Some(grant.members),
            RbacKind::Permission => {}
        }
        Self {
            id: grant.id.0,
            name: grant.name,
            description: grant.description,
            system: grant.created_at == OffsetDateTime::UNIX_EPOCH,
            policies,
            permissions,
            created_at: grant.created_at,
            updated_at: grant.updated_at,
        }
    }
}

/// A role to be made or changed.
#[derive(Debug, ToSchema)]
#[schema(example = json!({ "name": "support", "description": "First line", "policies": ["viewer"] }))]
pub struct NewRole {
    /// 1 to `limits.max_name` visible characters (200 by default), no UUID; nothing that looks like the name of another role, built in or not.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Policies, by name or id; none that allow what you may not.
    pub policies: Option<Vec<String>>,
}

/// A policy to be made or changed.
#[derive(Debug, ToSchema)]
#[schema(example = json!({ "name": "triage", "permissions": ["errors:read", "errors:resolve"] }))]
pub struct NewPolicy {
    /// 1 to `limits.max_name` visible characters (200 by default), no UUID; nothing that looks like the name of another policy, built in or not.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Permissions by name; none that you lack.
    pub permissions: Option<Vec<String>>,
}

/// A permission to be made or changed. Faultbook itself asks for built-in ones only; your own programs may
/// ask for others.
#[derive(Debug, ToSchema)]
#[schema(example = json!({ "name": "billing:read", "description": "See invoices" }))]
pub struct NewPermission {
    /// `resource:action`, lowercase; cannot change.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
}

/// Reads a grant to be made (`is_new`) or what is to change of one.
///
/// # Errors
/// 400, 422.
pub fn read_grant(
    body: JsonBody,
    level: RbacKind,
    is_new: bool,
) -> Result<RbacItemSettings, ApiError> {
    let mut fields = body.fields()?;
    let mut name = fields.name("name");
    if is_new {
        name = fields.demand("name", name);
    }
    let description = fields.description("description");
    let members = match level {
        RbacKind::Role => fields.texts("policies"),
        RbacKind::Policy => fields.texts("permissions"),
        RbacKind::Permission => None,
    };
    fields.finish(RbacItemSettings {
        name,
        description,
        members,
    })
}

/// Lists the permissions that Faultbook itself asks for.
#[utoipa::path(
    get, path = "/api/v1/permissions", tag = "Roles",
    responses((status = 200, description = "Every built-in permission", body = Envelope<PermissionList>))
)]
pub async fn list_catalogue(caller: Caller) -> Success<PermissionList> {
    let all = built_in_rbac_items(caller.tenant_scope().id(), RbacKind::Permission);
    Success::ok(PermissionList::of(all))
}

/// The fields of a role, a policy or a permission that the audit log tells.
const AUDITED: &[&str] = &["name", "description", "policies", "permissions"];

/// Writes the list view and the handlers of one level.
macro_rules! handlers {
    (
        $level:ident ($one:literal, $many:literal), $list_view:ident { $field:ident }, $request:ident, $path:literal,
        $id_path:literal, $id:literal, $list:ident, $create:ident, $get:ident, $update:ident, $delete:ident
    ) => {
        #[doc = concat!("The ", $many, " of a tenant.")]
        #[derive(Debug, Serialize, ToSchema)]
        pub struct $list_view {
            /// The built-in ones first.
            pub $field: Vec<RbacItemView>,
            /// How many.
            pub total: usize,
            /// Always null: the list is whole.
            pub next_cursor: Option<String>,
        }

        impl $list_view {
            fn of(all: Vec<RbacItem>) -> Self {
                Self {
                    total: all.len(),
                    $field: all.into_iter().map(RbacItemView::of).collect(),
                    next_cursor: None,
                }
            }
        }

        #[doc = concat!("Lists the tenant's ", $many, ", the built-in ones first.")]
        #[utoipa::path(
            get, path = $path, tag = "Roles",
            params(("id" = String, Path, description = "Tenant, by id or slug")),
            responses((status = 200, description = concat!("Every ", $one), body = Envelope<$list_view>))
        )]
        pub async fn $list(caller: TenantCaller, roles: Data<Roles>) -> ApiResult<Success<$list_view>> {
            caller.require(Permission::TeamRead)?;
            let all = roles.list(caller.scope, RbacKind::$level).await?;
            Ok(Success::ok($list_view::of(all)))
        }

        #[doc = concat!(
            "Makes a ", $one, ". A tenant has at most `limits.max_grants` ", $many, " of its own: 422 beyond."
        )]
        #[utoipa::path(
            post, path = $path, tag = "Roles", request_body = $request,
            params(("id" = String, Path, description = "Tenant, by id or slug")),
            responses((status = 201, description = concat!("The ", $one), body = Envelope<RbacItemView>))
        )]
        pub async fn $create(
            TenantJson { caller, body }: TenantJson,
            roles: Data<Roles>,
        ) -> ApiResult<Success<RbacItemView>> {
            let level = RbacKind::$level;
            let wanted = read_grant(body, level, true)?;
            let made = roles.create(&caller, level, wanted).await?;
            let view = RbacItemView::of(made);
            let change = AuditChange::of($one, "created", view.id).named(&view.name);
            caller.record_change(change.to(fields(&view, AUDITED)));
            Ok(Success::created(view))
        }

        #[doc = concat!("Gets one ", $one, ".")]
        #[utoipa::path(
            get, path = $id_path, tag = "Roles",
            params(
                ("id" = String, Path, description = "Tenant, by id or slug"),
                ($id = uuid::Uuid, Path, description = concat!("Id of the ", $one)),
            ),
            responses((status = 200, description = concat!("The ", $one), body = Envelope<RbacItemView>))
        )]
        pub async fn $get(
            caller: TenantCaller,
            id: PathId<RbacItemId>,
            roles: Data<Roles>,
        ) -> ApiResult<Success<RbacItemView>> {
            caller.require(Permission::TeamRead)?;
            let found = roles.get(caller.scope, RbacKind::$level, id.get()?).await?;
            Ok(Success::ok(RbacItemView::of(found)))
        }

        #[doc = concat!("Changes a ", $one, " of the tenant's own; fields left out stay.")]
        #[utoipa::path(
            put, path = $id_path, tag = "Roles", request_body = $request,
            params(
                ("id" = String, Path, description = "Tenant, by id or slug"),
                ($id = uuid::Uuid, Path, description = concat!("Id of the ", $one)),
            ),
            responses((status = 200, description = concat!("The ", $one), body = Envelope<RbacItemView>))
        )]
        pub async fn $update(
            TenantJson { caller, body }: TenantJson,
            id: PathId<RbacItemId>,
            roles: Data<Roles>,
            access: Data<Access>,
        ) -> ApiResult<Success<RbacItemView>> {
            let (level, id) = (RbacKind::$level, id.get()?);
            let wanted = read_grant(body, level, false)?;
            caller.require(Permission::RolesManage)?;
            let before = RbacItemView::of(roles.get(caller.scope, level, id).await?);
            let changed = roles.update(&caller, (level, id), wanted).await?;
            access.forget();
            let view = RbacItemView::of(changed);
            let change = AuditChange::of($one, "changed", id).named(&view.name);
            let change = change.from(fields(&before, AUDITED));
            caller.record_change(change.to(fields(&view, AUDITED)));
            Ok(Success::ok(view))
        }

        #[doc = concat!("Deletes a ", $one, " of the tenant's own that nobody has.")]
        #[utoipa::path(
            delete, path = $id_path, tag = "Roles",
            params(
                ("id" = String, Path, description = "Tenant, by id or slug"),
                ($id = uuid::Uuid, Path, description = concat!("Id of the ", $one)),
            ),
            responses((status = 204, description = "Deleted"))
        )]
        pub async fn $delete(
            caller: TenantCaller,
            id: PathId<RbacItemId>,
            roles: Data<Roles>,
        ) -> ApiResult<HttpResponse> {
            let (level, id) = (RbacKind::$level, id.get()?);
            caller.require(Permission::RolesManage)?;
            let before = RbacItemView::of(roles.get(caller.scope, level, id).await?);
            roles.remove(&caller, level, id).await?;
            let change = AuditChange::of($one, "deleted", id).named(&before.name);
            caller.record_change(change.from(fields(&before, AUDITED)));
            Ok(HttpResponse::NoContent().finish())
        }
    };
}

handlers!(
    Role("role", "roles"),
    RoleList { roles },
    NewRole,
    "/api/v1/tenants/{id}/roles",
    "/api/v1/tenants/{id}/roles/{role_id}",
    "role_id",
    list_roles,
    create_role,
    get_role,
    update_role,
    delete_role
);

handlers!(
    Policy("policy", "policies"),
    PolicyList { policies },
    NewPolicy,
    "/api/v1/tenants/{id}/policies",
    "/api/v1/tenants/{id}/policies/{policy_id}",
    "policy_id",
    list_policies,
    create_policy,
    get_policy,
    update_policy,
    delete_policy
);

handlers!(
    Permission("permission", "permissions"),
    PermissionList { permissions },
    NewPermission,
    "/api/v1/tenants/{id}/permissions",
    "/api/v1/tenants/{id}/permissions/{permission_id}",
    "permission_id",
    list_permissions,
    create_permission,
    get_permission,
    update_permission,
    delete_permission
);
