//! Roles, policies and permissions as they travel.

use crate::http::error::ApiError;
use crate::http::fields::Fields;
use faultbook_domain::identity::RbacItemSettings;
use faultbook_domain::identity::{RbacItem, RbacKind};
use serde::Serialize;
use serde_json::Value;
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

/// Roles.
#[derive(Debug, Serialize, ToSchema)]
pub struct RoleList {
    /// The built-in ones first.
    pub roles: Vec<RbacItemView>,
    /// How many.
    pub total: usize,
    /// Always null: the list is whole.
    pub next_cursor: Option<String>,
}

/// Policies.
#[derive(Debug, Serialize, ToSchema)]
pub struct PolicyList {
    /// The built-in ones first.
    pub policies: Vec<RbacItemView>,
    /// How many.
    pub total: usize,
    /// Always null: the list is whole.
    pub next_cursor: Option<String>,
}

/// Permissions.
#[derive(Debug, Serialize, ToSchema)]
pub struct PermissionList {
    /// The built-in ones first.
    pub permissions: Vec<RbacItemView>,
    /// How many.
    pub total: usize,
    /// Always null: the list is whole.
    pub next_cursor: Option<String>,
}

/// A role to be made or changed.
#[derive(Debug, ToSchema)]
#[schema(example = json!({ "name": "support", "description": "First line", "policies": ["viewer"] }))]
pub struct NewRole {
    /// 1 to 200 visible characters, no UUID; nothing that looks like the name of another role, built in or not.
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
    /// 1 to 200 visible characters, no UUID; nothing that looks like the name of another policy, built in or not.
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
    body: Value,
    level: RbacKind,
    is_new: bool,
) -> Result<RbacItemSettings, ApiError> {
    let mut fields = Fields::v1(body)?;
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
