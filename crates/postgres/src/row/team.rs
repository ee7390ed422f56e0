//! People in tenants, their sessions, and what they may do.

use super::parsed;
use crate::failure::corrupt;
use crate::schema::{audit, grants, invitations, members, sessions, system_users};
use diesel::{Insertable, Queryable, Selectable};
use faultbook_domain::id::{
    AuditId, InvitationId, MemberId, RbacItemId, SessionId, SystemUserId, TenantId, UserId,
};
use faultbook_domain::identity::{
    AuditEntry, Invitation, KeyDigest, Member, RbacItem, Session, SystemUser,
};
use faultbook_domain::store_error::StoreError;
use time::OffsetDateTime;
use uuid::Uuid;

/// The value stays out of the error: whoever reads a log must not find digests there.
pub(super) fn digest(table: &'static str, bytes: Vec<u8>) -> Result<KeyDigest, StoreError> {
    let bytes = bytes.try_into();
    Ok(KeyDigest(
        bytes.map_err(|_| corrupt(table, "digest", &"no 32 bytes"))?,
    ))
}

/// A row of `sessions`.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions, check_for_backend(diesel::pg::Pg))]
pub struct SessionRow {
    id: Uuid,
    user_id: Uuid,
    digest: Vec<u8>,
    created_at: OffsetDateTime,
    last_seen: OffsetDateTime,
}

impl From<&Session> for SessionRow {
    fn from(session: &Session) -> Self {
        let Session {
            id,
            user_id,
            digest,
            created_at,
            last_seen,
        } = session;
        Self {
            id: id.0,
            user_id: user_id.0,
            digest: digest.0.to_vec(),
            created_at: *created_at,
            last_seen: *last_seen,
        }
    }
}

impl TryFrom<SessionRow> for Session {
    type Error = StoreError;

    fn try_from(row: SessionRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: SessionId(row.id),
            user_id: UserId(row.user_id),
            digest: digest("sessions", row.digest)?,
            created_at: row.created_at,
            last_seen: row.last_seen,
        })
    }
}

/// A row of `grants`.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = grants, check_for_backend(diesel::pg::Pg))]
pub struct RbacItemRow {
    id: Uuid,
    tenant_id: Uuid,
    level: String,
    name: String,
    description: Option<String>,
    members: String,
    created_at: OffsetDateTime,
    updated_at: OffsetDateTime,
}

impl From<&RbacItem> for RbacItemRow {
    fn from(grant: &RbacItem) -> Self {
        let RbacItem {
            id,
            tenant_id,
            level,
            name,
            description,
            members,
            created_at,
            updated_at,
        } = grant;
        Self {
            id: id.0,
            tenant_id: tenant_id.0,
            level: level.as_str().to_owned(),
            name: name.clone(),
            description: description.clone(),
            members: serde_json::Value::from(members.as_slice()).to_string(),
            created_at: *created_at,
            updated_at: *updated_at,
        }
    }
}

impl TryFrom<RbacItemRow> for RbacItem {
    type Error = StoreError;

    fn try_from(row: RbacItemRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: RbacItemId(row.id),
            tenant_id: TenantId(row.tenant_id),
            level: parsed("grants", "level", &row.level)?,
            name: row.name,
            description: row.description,
            members: serde_json::from_str(&row.members)
                .map_err(|_| corrupt("grants", "members", &row.members))?,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// A row of `members`.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = members, check_for_backend(diesel::pg::Pg))]
pub struct MemberRow {
    pub id: Uuid,
    pub tenant_id: Uuid,
    pub user_id: Uuid,
    pub role_id: Uuid,
    pub status: String,
    pub created_at: OffsetDateTime,
}

impl From<&Member> for MemberRow {
    fn from(member: &Member) -> Self {
        let Member {
            id,
            tenant_id,
            user_id,
            email: _,
            name: _,
            role_id,
            status,
            last_active: _,
            created_at,
        } = member;
        Self {
            id: id.0,
            tenant_id: tenant_id.0,
            user_id: user_id.0,
            role_id: role_id.0,
            status: status.as_str().to_owned(),
            created_at: *created_at,
        }
    }
}

/// A member with what their user record says: address, name, last activity.
pub type PersonOfMember = (String, String, Option<OffsetDateTime>);

impl TryFrom<(MemberRow, PersonOfMember)> for MemberRecord {
    type Error = StoreError;

    fn try_from(
        (row, (email, name, last_active)): (MemberRow, PersonOfMember),
    ) -> Result<Self, StoreError> {
        Ok(Self(Member {
            id: MemberId(row.id),
            tenant_id: TenantId(row.tenant_id),
            user_id: UserId(row.user_id),
            email,
            name,
            role_id: RbacItemId(row.role_id),
            status: parsed("members", "status", &row.status)?,
            last_active,
            created_at: row.created_at,
        }))
    }
}

/// A member as the domain has it.
pub struct MemberRecord(pub Member);

/// A row of `invitations`.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = invitations, check_for_backend(diesel::pg::Pg))]
pub struct InvitationRow {
    id: Uuid,
    tenant_id: Uuid,
    email: String,
    role_id: Uuid,
    digest: Vec<u8>,
    invited_by: String,
    created_at: OffsetDateTime,
    expires_at: OffsetDateTime,
    accepted_at: Option<OffsetDateTime>,
}

impl From<&Invitation> for InvitationRow {
    fn from(invitation: &Invitation) -> Self {
        let Invitation {
            id,
            tenant_id,
            email,
            role_id,
            digest,
            invited_by,
            created_at,
            expires_at,
            accepted_at,
        } = invitation;
        Self {
            id: id.0,
            tenant_id: tenant_id.0,
            email: email.clone(),
            role_id: role_id.0,
            digest: digest.0.to_vec(),
            invited_by: invited_by.clone(),
            created_at: *created_at,
            expires_at: *expires_at,
            accepted_at: *accepted_at,
        }
    }
}

impl TryFrom<InvitationRow> for Invitation {
    type Error = StoreError;

    fn try_from(row: InvitationRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: InvitationId(row.id),
            tenant_id: TenantId(row.tenant_id),
            email: row.email,
            role_id: RbacItemId(row.role_id),
            digest: digest("invitations", row.digest)?,
            invited_by: row.invited_by,
            created_at: row.created_at,
            expires_at: row.expires_at,
            accepted_at: row.accepted_at,
        })
    }
}

/// A row of `system_users`.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = system_users, check_for_backend(diesel::pg::Pg))]
pub struct SystemUserRow {
    id: Uuid,
    tenant_id: Uuid,
    name: String,
    role_id: Uuid,
    digest: Vec<u8>,
    preview: String,
    active: bool,
    expires_at: Option<OffsetDateTime>,
    last_used: Option<OffsetDateTime>,
    created_at: OffsetDateTime,
}

impl From<&SystemUser> for SystemUserRow {
    fn from(user: &SystemUser) -> Self {
        let SystemUser {
            id,
            tenant_id,
            name,
            role_id,
            digest,
            preview,
            active,
            expires_at,
            last_used,
            created_at,
        } = user;
        Self {
            id: id.0,
            tenant_id: tenant_id.0,
            name: name.clone(),
            role_id: role_id.0,
            digest: digest.0.to_vec(),
            preview: preview.clone(),
            active: *active,
            expires_at: *expires_at,
            last_used: *last_used,
            created_at: *created_at,
        }
    }
}

impl TryFrom<SystemUserRow> for SystemUser {
    type Error = StoreError;

    fn try_from(row: SystemUserRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: SystemUserId(row.id),
            tenant_id: TenantId(row.tenant_id),
            name: row.name,
            role_id: RbacItemId(row.role_id),
            digest: digest("system_users", row.digest)?,
            preview: row.preview,
            active: row.active,
            expires_at: row.expires_at,
            last_used: row.last_used,
            created_at: row.created_at,
        })
    }
}

/// A row of `audit`.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = audit, check_for_backend(diesel::pg::Pg))]
pub struct AuditRow {
    id: Uuid,
    tenant_id: Uuid,
    actor: String,
    action: String,
    target: String,
    detail: Option<String>,
    ip_address: Option<String>,
    request_id: String,
    at: OffsetDateTime,
}

impl From<&AuditEntry> for AuditRow {
    fn from(entry: &AuditEntry) -> Self {
        let AuditEntry {
            id,
            tenant_id,
            actor,
            action,
            target,
            detail,
            ip_address,
            request_id,
            at,
        } = entry;
        Self {
            id: id.0,
            tenant_id: tenant_id.0,
            actor: actor.clone(),
            action: action.clone(),
            target: target.clone(),
            detail: detail.clone(),
            ip_address: ip_address.clone(),
            request_id: request_id.clone(),
            at: *at,
        }
    }
}

impl TryFrom<AuditRow> for AuditEntry {
    type Error = StoreError;

    fn try_from(row: AuditRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: AuditId(row.id),
            tenant_id: TenantId(row.tenant_id),
            actor: row.actor,
            action: row.action,
            target: row.target,
            detail: row.detail,
            ip_address: row.ip_address,
            request_id: row.request_id,
            at: row.at,
        })
    }
}
