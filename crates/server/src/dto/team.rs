//! Members, invitations, roles, system users and the audit log as they travel.

use super::fields::Fields;
use crate::http::error::ApiError;
use faultbook_domain::entity::{
    AuditEntry, Grant, GrantId, GrantLevel, Invitation, Member, MemberStatus, SystemUser, UserId,
};
use faultbook_domain::service::members::Who;
use faultbook_domain::service::roles::WantedGrant;
use faultbook_domain::service::system_users::SystemUserChange;
use serde::Serialize;
use serde_json::Value;
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
    #[serde(with = "time::serde::rfc3339::option")]
    pub last_active: Option<OffsetDateTime>,
    /// When they joined or were invited.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
}

impl MemberView {
    /// The view of a member.
    pub fn of(member: Member, role_name: &impl Fn(GrantId) -> String) -> Self {
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
    pub fn invited(invitation: Invitation, role_name: &impl Fn(GrantId) -> String) -> Self {
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
#[schema(example = json!({ "email": "john@company.com", "role": "developer" }))]
pub struct NewMember {
    /// The person's address; or `user_id`.
    pub email: Option<String>,
    /// The person's id.
    pub user_id: Option<Uuid>,
    /// A role's name or id.
    pub role: String,
}

/// Reads a person to be added, and their role.
///
/// # Errors
/// 400, 422.
pub fn read_member(body: Value) -> Result<(Who, String), ApiError> {
    let mut fields = Fields::v1(body)?;
    let role = fields.required("role");
    let id = fields.parsed("user_id", "must be a UUID", |text| text.parse().ok());
    let email = if fields.has("user_id") {
        None
    } else {
        let email = fields.email("email");
        fields.demand("email", email)
    };
    match (id.map(|id: UserId| Who::Id(id)), email.map(Who::Email)) {
        (Some(who), _) | (None, Some(who)) => fields.finish((who, role)),
        (None, None) => Err(fields.fault()),
    }
}

/// What may change of a member.
#[derive(Debug, ToSchema)]
#[schema(example = json!({ "role": "viewer", "status": "suspended" }))]
pub struct MemberChangeRequest {
    /// A role's name or id.
    pub role: Option<String>,
    /// `active` or `suspended`.
    pub status: Option<String>,
}

/// Reads a member's new role and status.
///
/// # Errors
/// 400, 422.
pub fn read_member_change(body: Value) -> Result<(Option<String>, Option<MemberStatus>), ApiError> {
    let mut fields = Fields::v1(body)?;
    let role = fields.text("role");
    let expected = "must be active or suspended";
    let status = fields.parsed("status", expected, |text| text.parse().ok());
    fields.finish((role, status))
}

/// An invitation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Invitation)]
pub struct InvitationView {
    id: Uuid,
    email: String,
    /// The role's name.
    role: String,
    role_id: Uuid,
    /// `pending`, `accepted` or `expired`.
    status: &'static str,
    /// Who invited them.
    invited_by: String,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    expires_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    accepted_at: Option<OffsetDateTime>,
}

impl InvitationView {
    /// The view of an invitation.
    pub fn of(
        invitation: Invitation,
        now: OffsetDateTime,
        role_name: &impl Fn(GrantId) -> String,
    ) -> Self {
        let status = match invitation.accepted_at {
            Some(_) => "accepted",
            None if invitation.is_pending(now) => "pending",
            None => "expired",
        };
        Self {
            id: invitation.id.0,
            email: invitation.email,
            role: role_name(invitation.role_id),
            role_id: invitation.role_id.0,
            status,
            invited_by: invitation.invited_by,
            created_at: invitation.created_at,
            expires_at: invitation.expires_at,
            accepted_at: invitation.accepted_at,
        }
    }
}

/// An invitation just made or renewed.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewInvitationView {
    /// The invitation.
    #[serde(flatten)]
    pub invitation: InvitationView,
    /// The token that accepts it: shown this once.
    #[schema(example = "iv_live_...")]
    pub token: String,
    /// Whether a letter went out.
    pub email_sent: bool,
}

/// Invitations.
#[derive(Debug, Serialize, ToSchema)]
pub struct InvitationList {
    /// Newest first.
    pub invitations: Vec<InvitationView>,
    /// How many in all.
    pub total: u64,
    /// Where the next page starts.
    pub next_cursor: Option<String>,
}

/// Somebody to be invited.
#[derive(Debug, ToSchema)]
#[schema(example = json!({ "email": "newuser@company.com", "role": "viewer" }))]
pub struct NewInvitation {
    /// Their address.
    pub email: String,
    /// A role's name or id; not above your own.
    pub role: String,
}

/// Reads somebody to be invited. `of_v1` tells whether a broken rule is answered 422.
///
/// # Errors
/// 400, 422.
pub fn read_invitation(body: Value, of_v1: bool) -> Result<(String, String), ApiError> {
    let mut fields = if of_v1 {
        Fields::v1(body)
    } else {
        Fields::of(body)
    }?;
    let email = fields.email("email");
    let email = fields.demand("email", email).unwrap_or_default();
    let role = fields.required("role");
    fields.finish((email, role))
}

/// The acceptance of an invitation.
#[derive(Debug, ToSchema)]
#[schema(example = json!({ "token": "iv_live_...", "name": "New User", "password": "correct horse battery" }))]
pub struct AcceptRequest {
    /// The invitation's token.
    pub token: String,
    /// Your name; an account that exists keeps its own.
    pub name: String,
    /// A new password, or the one of the account that exists.
    pub password: String,
}

/// Reads token, name and password.
///
/// # Errors
/// 400, 422.
pub fn read_acceptance(body: Value) -> Result<(String, String, String), ApiError> {
    let mut fields = Fields::v1(body)?;
    let token = fields.required("token");
    let name = fields.name("name");
    let name = fields.demand("name", name).unwrap_or_default();
    let password = fields.required("password");
    fields.finish((token, name, password))
}

/// A role, a policy or a permission.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Grant)]
pub struct GrantView {
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
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    updated_at: OffsetDateTime,
}

impl GrantView {
    /// The view of a grant.
    #[must_use]
    pub fn of(grant: Grant) -> Self {
        let (mut policies, mut permissions) = (None, None);
        match grant.level {
            GrantLevel::Role => policies = Some(grant.members),
            GrantLevel::Policy => permissions = Some(grant.members),
            GrantLevel::Permission => {}
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

/// Roles.
#[derive(Debug, Serialize, ToSchema)]
pub struct RoleList {
    /// The built-in ones first.
    pub roles: Vec<GrantView>,
    /// How many.
    pub total: usize,
    /// Always null: the list is whole.
    pub next_cursor: Option<String>,
}

/// Policies.
#[derive(Debug, Serialize, ToSchema)]
pub struct PolicyList {
    /// The built-in ones first.
    pub policies: Vec<GrantView>,
    /// How many.
    pub total: usize,
    /// Always null: the list is whole.
    pub next_cursor: Option<String>,
}

/// Permissions.
#[derive(Debug, Serialize, ToSchema)]
pub struct PermissionList {
    /// The built-in ones first.
    pub permissions: Vec<GrantView>,
    /// How many.
    pub total: usize,
    /// Always null: the list is whole.
    pub next_cursor: Option<String>,
}

/// A role to be made or changed.
#[derive(Debug, ToSchema)]
#[schema(example = json!({ "name": "support", "description": "First line", "policies": ["viewer"] }))]
pub struct NewRole {
    /// 1 to 200 characters, unique among the tenant's roles.
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
    /// 1 to 200 characters, unique among the tenant's policies.
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
pub fn read_grant(body: Value, level: GrantLevel, is_new: bool) -> Result<WantedGrant, ApiError> {
    let mut fields = Fields::v1(body)?;
    let mut name = fields.name("name");
    if is_new {
        name = fields.demand("name", name);
    }
    let description = fields.description("description");
    let members = match level {
        GrantLevel::Role => fields.texts("policies"),
        GrantLevel::Policy => fields.texts("permissions"),
        GrantLevel::Permission => None,
    };
    fields.finish(WantedGrant {
        name,
        description,
        members,
    })
}

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
    #[serde(with = "time::serde::rfc3339::option")]
    expires_at: Option<OffsetDateTime>,
    /// Within a minute.
    #[serde(with = "time::serde::rfc3339::option")]
    last_used: Option<OffsetDateTime>,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
}

impl SystemUserView {
    /// The view of a system user.
    pub fn of(user: SystemUser, role_name: &impl Fn(GrantId) -> String) -> Self {
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
    #[serde(with = "time::serde::rfc3339")]
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

/// Whether the installation is closed for maintenance.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({ "enabled": true }))]
pub struct Maintenance {
    /// Whether it is.
    pub enabled: bool,
}

/// Reads whether the installation is to be closed.
///
/// # Errors
/// 400.
pub fn read_maintenance(body: Value) -> Result<bool, ApiError> {
    let mut fields = Fields::v1(body)?;
    let enabled = fields.flag("enabled");
    let enabled = fields.demand("enabled", enabled).unwrap_or_default();
    fields.finish(enabled)
}
