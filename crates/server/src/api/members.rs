//! Members of a tenant.

use crate::http::audit_change::{AuditChange, fields};
use crate::http::envelope::{Envelope, Success};
use crate::http::error::{ApiError, ApiResult};
use crate::http::extract::{PathId, TenantCaller, TenantJson};
use crate::http::query::Query;
use crate::http::request::{JsonBody, request};
use actix_web::HttpResponse;
use actix_web::web::Data;
use faultbook_domain::id::{MemberId, RbacItemId, UserId};
use faultbook_domain::identity::{
    Invitation, Member, MemberStatus, Members, Permission, Roles, UserRef,
};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

/// A member of a tenant, or in the team's list also somebody invited.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Member)]
pub struct MemberView {
    /// The member's id; an invitation's for somebody invited.
    pub id: Uuid,
    /// The person; nothing for somebody invited.
    pub user_id: Option<Uuid>,
    /// Their name; empty for somebody invited.
    #[schema(example = "John Doe")]
    pub name: String,
    /// Their address.
    #[schema(example = "john@company.com")]
    pub email: String,
    /// The role's name.
    #[schema(example = "developer")]
    pub role: String,
    /// The role's id.
    pub role_id: Uuid,
    /// `active`, `suspended` or, in the team's list, `invited`.
    #[schema(example = "active")]
    pub status: &'static str,
    /// When they last called, within some minutes.
    #[serde(serialize_with = "crate::http::rfc3339::option::serialize")]
    pub last_active: Option<OffsetDateTime>,
    /// When they joined or were invited.
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    pub created_at: OffsetDateTime,
}

impl MemberView {
    /// The view of a member.
    pub fn of(member: Member, role_name: &impl Fn(RbacItemId) -> String) -> Self {
        Self {
            id: member.id.0,
            user_id: Some(member.user_id.0),
            name: member.name,
            email: member.email,
            role: role_name(member.role_id),
            role_id: member.role_id.0,
            status: member.status.as_str(),
            last_active: member.last_active,
            created_at: member.created_at,
        }
    }

    /// The view of somebody invited.
    pub fn invited(invitation: Invitation, role_name: &impl Fn(RbacItemId) -> String) -> Self {
        Self {
            id: invitation.id.0,
            user_id: None,
            name: String::new(),
            email: invitation.email,
            role: role_name(invitation.role_id),
            role_id: invitation.role_id.0,
            status: "invited",
            last_active: None,
            created_at: invitation.created_at,
        }
    }
}

/// Members.
#[derive(Debug, Serialize, ToSchema)]
pub struct MemberList {
    /// Newest first.
    pub members: Vec<MemberView>,
    /// How many in all.
    pub total: u64,
    /// Where the next page starts.
    pub next_cursor: Option<String>,
}

/// A person to be added.
#[derive(Debug, ToSchema)]
#[schema(example = json!({ "user_id": "01890a5d-ac96-774b-bcce-b302099a8057", "role": "developer" }))]
pub struct NewMember {
    /// The person's address: only tells whether it is a member's.
    pub email: Option<String>,
    /// The person's id, as a tenant that you both belong to shows it.
    pub user_id: Option<Uuid>,
    /// A role's name or id.
    pub role: String,
}

/// Reads a person to be added, and their role.
///
/// # Errors
/// 400, 422.
fn read_member(body: JsonBody) -> Result<(UserRef, String), ApiError> {
    let mut fields = body.fields()?;
    let role = fields.required("role");
    let id = fields.parsed("user_id", "must be a UUID", |text| text.parse().ok());
    let email = if fields.has("user_id") {
        None
    } else {
        let email = fields.email("email");
        fields.demand("email", email)
    };
    match (
        id.map(|id: UserId| UserRef::Id(id)),
        email.map(UserRef::Email),
    ) {
        (Some(who), _) | (None, Some(who)) => fields.finish((who, role)),
        (None, None) => Err(fields.fault()),
    }
}

request! {
    /// What may change of a member.
    #[schema(example = json!({ "role": "viewer", "status": "suspended" }))]
    pub struct MemberChangeRequest {
        /// A role's name or id.
        pub role: Option<String>,
        /// `active` or `suspended`.
        #[schema(value_type = Option<String>)]
        pub status: Option<MemberStatus>,
    }
}

/// The fields of a member that the audit log tells.
const AUDITED: &[&str] = &["email", "role", "status"];

/// Lists the tenant's members, newest first.
#[utoipa::path(
    get, path = "/api/v1/tenants/{id}/members", tag = "Members",
    params(("id" = String, Path, description = "Tenant, by id or slug"),
        ("limit" = Option<u32>, Query, description = "1 to 100, 50 by default", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
    ),
    responses((status = 200, description = "A page of members", body = Envelope<MemberList>))
)]
pub async fn list_members(
    caller: TenantCaller,
    query: Query,
    members: Data<Members>,
    roles: Data<Roles>,
) -> ApiResult<Success<MemberList>> {
    caller.require(Permission::TeamRead)?;
    caller.require_whole_tenant()?;
    let (after, limit) = query.page()?;
    let page = members.list(caller.scope, after, limit).await?;
    let role_name = roles.role_names(caller.scope).await?;
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
    post, path = "/api/v1/tenants/{id}/members", tag = "Members",
    params(("id" = String, Path, description = "Tenant, by id or slug")),
    request_body = NewMember,
    responses((status = 201, description = "The member", body = Envelope<MemberView>))
)]
pub async fn add_member(
    TenantJson { caller, body }: TenantJson,
    members: Data<Members>,
    roles: Data<Roles>,
) -> ApiResult<Success<MemberView>> {
    let (who, role) = read_member(body)?;
    let member = members.add(&caller, who, &role).await?;
    let role_name = roles.role_names(caller.scope).await?;
    let view = MemberView::of(member, &role_name);
    let change = AuditChange::of("member", "created", view.id).named(&view.email);
    caller.record_change(change.to(fields(&view, AUDITED)));
    Ok(Success::created(view))
}

/// One member.
#[utoipa::path(
    get, path = "/api/v1/tenants/{id}/members/{member_id}", tag = "Members",
    params(("id" = String, Path, description = "Tenant, by id or slug"), ("member_id" = uuid::Uuid, Path, description = "Member id")),
    responses((status = 200, description = "The member", body = Envelope<MemberView>))
)]
pub async fn get_member(
    caller: TenantCaller,
    id: PathId<MemberId>,
    members: Data<Members>,
    roles: Data<Roles>,
) -> ApiResult<Success<MemberView>> {
    caller.require(Permission::TeamRead)?;
    caller.require_whole_tenant()?;
    let id = id.get()?;
    let member = members.get(caller.scope, id).await?;
    let role_name = roles.role_names(caller.scope).await?;
    Ok(Success::ok(MemberView::of(member, &role_name)))
}

/// Changes a member's role or status; what is left out stays.
#[utoipa::path(
    put, path = "/api/v1/tenants/{id}/members/{member_id}", tag = "Members",
    params(("id" = String, Path, description = "Tenant, by id or slug"), ("member_id" = uuid::Uuid, Path, description = "Member id")),
    request_body = MemberChangeRequest,
    responses((status = 200, description = "The member", body = Envelope<MemberView>))
)]
pub async fn update_member(
    TenantJson { caller, body }: TenantJson,
    id: PathId<MemberId>,
    members: Data<Members>,
    roles: Data<Roles>,
) -> ApiResult<Success<MemberView>> {
    let id = id.get()?;
    let MemberChangeRequest { role, status } = body.read()?;
    caller.require(Permission::TeamManage)?;
    let before = members.get(caller.scope, id).await?;
    let changed = members.update(&caller, id, role.as_deref(), status);
    let member = changed.await?;
    let role_name = roles.role_names(caller.scope).await?;
    let before = MemberView::of(before, &role_name);
    let view = MemberView::of(member, &role_name);
    let verb = match (before.status, view.status) {
        (old, new) if old == new || before.role != view.role => "changed",
        (_, "suspended") => "suspended",
        _ => "activated",
    };
    let change = AuditChange::of("member", verb, view.id).named(&view.email);
    let change = change.from(fields(&before, AUDITED));
    caller.record_change(change.to(fields(&view, AUDITED)));
    Ok(Success::ok(view))
}

/// Removes a member. The last active owner or admin stays.
#[utoipa::path(
    delete, path = "/api/v1/tenants/{id}/members/{member_id}", tag = "Members",
    params(("id" = String, Path, description = "Tenant, by id or slug"), ("member_id" = uuid::Uuid, Path, description = "Member id")),
    responses((status = 204, description = "Removed"))
)]
pub async fn remove_member(
    caller: TenantCaller,
    id: PathId<MemberId>,
    members: Data<Members>,
    roles: Data<Roles>,
) -> ApiResult<HttpResponse> {
    let id = id.get()?;
    caller.require(Permission::TeamManage)?;
    let before = members.get(caller.scope, id).await?;
    members.remove(&caller, id).await?;
    let role_name = roles.role_names(caller.scope).await?;
    let before = MemberView::of(before, &role_name);
    let change = AuditChange::of("member", "deleted", id).named(&before.email);
    caller.record_change(change.from(fields(&before, AUDITED)));
    Ok(HttpResponse::NoContent().finish())
}
