//! Members of tenants as they travel.

use super::fields::Fields;
use crate::http::error::ApiError;
use faultbook_domain::id::{RbacItemId, UserId};
use faultbook_domain::identity::UserRef;
use faultbook_domain::identity::{Invitation, Member, MemberStatus};
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
    #[serde(serialize_with = "crate::dto::rfc3339::option::serialize")]
    pub last_active: Option<OffsetDateTime>,
    /// When they joined or were invited.
    #[serde(serialize_with = "crate::dto::rfc3339::serialize")]
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
pub fn read_member(body: Value) -> Result<(UserRef, String), ApiError> {
    let mut fields = Fields::v1(body)?;
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
