//! Invitations as they travel.

use super::fields::Fields;
use crate::http::error::ApiError;
use faultbook_domain::id::RbacItemId;
use faultbook_domain::identity::Invitation;
use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

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
    #[serde(serialize_with = "crate::dto::rfc3339::serialize")]
    created_at: OffsetDateTime,
    #[serde(serialize_with = "crate::dto::rfc3339::serialize")]
    expires_at: OffsetDateTime,
    #[serde(serialize_with = "crate::dto::rfc3339::option::serialize")]
    accepted_at: Option<OffsetDateTime>,
}

impl InvitationView {
    /// The view of an invitation.
    pub fn of(
        invitation: Invitation,
        now: OffsetDateTime,
        role_name: &impl Fn(RbacItemId) -> String,
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
