//! Sessions as they travel.

use super::fields::Fields;
use crate::http::error::ApiError;
use faultbook_domain::identity::User;
use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

/// An address and a password.
#[derive(Debug, ToSchema)]
#[schema(example = json!({ "email": "ada@example.com", "password": "correct horse battery" }))]
pub struct LoginRequest {
    /// The address.
    pub email: String,
    /// The password.
    pub password: String,
}

/// Reads an address and a password.
///
/// # Errors
/// 400, 422.
pub fn read_login(body: Value) -> Result<(String, String), ApiError> {
    let mut fields = Fields::v1(body)?;
    let email = fields.required("email");
    let password = fields.required("password");
    fields.finish((email, password))
}

/// A new password.
#[derive(Debug, ToSchema)]
#[schema(example = json!({
    "current_password": "correct horse battery", "new_password": "correct horse battery staple"
}))]
pub struct PasswordRequest {
    /// The password so far.
    pub current_password: String,
    /// 8 characters to 1,024 bytes.
    pub new_password: String,
}

/// Reads the old and the new password.
///
/// # Errors
/// 400.
pub fn read_passwords(body: Value) -> Result<(String, String), ApiError> {
    let mut fields = Fields::v1(body)?;
    let current = fields.required("current_password");
    let new = fields.required("new_password");
    fields.finish((current, new))
}

/// A person.
#[derive(Debug, Serialize, ToSchema)]
pub struct UserView {
    id: Uuid,
    email: String,
    name: String,
    platform_admin: bool,
    #[serde(serialize_with = "crate::dto::rfc3339::serialize")]
    created_at: OffsetDateTime,
}

impl UserView {
    /// The view of a person.
    #[must_use]
    pub fn of(user: User) -> Self {
        Self {
            id: user.id.0,
            email: user.email,
            name: user.name,
            platform_admin: user.platform_admin,
            created_at: user.created_at,
        }
    }
}

/// A session that has begun.
#[derive(Debug, Serialize, ToSchema)]
pub struct LoginView {
    /// Who logged in.
    pub user: UserView,
    /// To be sent as `X-CSRF-Token` with every change.
    pub csrf_token: String,
    /// When the session ends at the latest.
    #[serde(serialize_with = "crate::dto::rfc3339::serialize")]
    pub expires_at: OffsetDateTime,
}

/// Who is calling.
#[derive(Debug, Serialize, ToSchema)]
pub struct MeView {
    /// The person, where it is one.
    pub user: Option<UserView>,
    /// `user:<id>`, `key:<id>` or `system_user:<id>`.
    pub actor: String,
    /// The tenant that requests outside `/api/v1` act in.
    pub tenant_id: Option<Uuid>,
    /// What may be done there.
    #[schema(example = json!(["errors:read"]))]
    pub permissions: Vec<String>,
    /// Whether the caller administers the platform.
    pub platform_admin: bool,
    /// Where the person belongs.
    pub memberships: Vec<MembershipView>,
    /// To be sent as `X-CSRF-Token` with every change; only for a session.
    pub csrf_token: Option<String>,
}

/// A person's place in a tenant.
#[derive(Debug, Serialize, ToSchema)]
pub struct MembershipView {
    /// The member's id.
    pub member_id: Uuid,
    /// The tenant.
    pub tenant_id: Uuid,
    /// The tenant's short name.
    pub tenant_slug: String,
    /// The tenant's name.
    pub tenant_name: String,
    /// The role's name.
    pub role: String,
    /// `active` or `suspended`.
    pub status: &'static str,
}
