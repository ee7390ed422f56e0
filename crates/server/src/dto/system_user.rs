//! System users as they travel.

use super::fields::Fields;
use crate::http::error::ApiError;
use faultbook_domain::id::RbacItemId;
use faultbook_domain::identity::SystemUser;
use faultbook_domain::identity::SystemUserChange;
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
    #[serde(serialize_with = "crate::dto::rfc3339::option::serialize")]
    expires_at: Option<OffsetDateTime>,
    /// Within a minute.
    #[serde(serialize_with = "crate::dto::rfc3339::option::serialize")]
    last_used: Option<OffsetDateTime>,
    #[serde(serialize_with = "crate::dto::rfc3339::serialize")]
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
