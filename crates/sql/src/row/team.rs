//! Rows of sessions, RBAC items, members, invitations, system users and the audit log.

use super::{corrupt, digest, parsed};
use crate::schema::{audit, grants, invitations, members, sessions, system_users};
use crate::types::{DbId, DbTime};
use diesel::{Insertable, Queryable, Selectable};
use faultbook_domain::id::{
    AuditId, InvitationId, MemberId, RbacItemId, SessionId, SystemUserId, TenantId, UserId,
};
use faultbook_domain::identity::{AuditEntry, Invitation, Member, RbacItem, Session, SystemUser};
use faultbook_domain::store_error::StoreError;

/// A row of `sessions`.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions, treat_none_as_default_value = false)]
pub struct SessionRow {
    id: DbId,
    user_id: DbId,
    digest: Vec<u8>,
    created_at: DbTime,
    last_seen: DbTime,
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
            id: DbId(id.0),
            user_id: DbId(user_id.0),
            digest: digest.0.to_vec(),
            created_at: DbTime(*created_at),
            last_seen: DbTime(*last_seen),
        }
    }
}

impl TryFrom<SessionRow> for Session {
    type Error = StoreError;

    fn try_from(row: SessionRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: SessionId(row.id.0),
            user_id: UserId(row.user_id.0),
            digest: digest("sessions", row.digest)?,
            created_at: row.created_at.0,
            last_seen: row.last_seen.0,
        })
    }
}

/// A row of `grants`.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = grants, treat_none_as_default_value = false)]
pub struct RbacItemRow {
    id: DbId,
    tenant_id: DbId,
    level: String,
    name: String,
    description: Option<String>,
    members: String,
    created_at: DbTime,
    updated_at: DbTime,
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
            id: DbId(id.0),
            tenant_id: DbId(tenant_id.0),
            level: level.as_str().to_owned(),
            name: name.clone(),
            description: description.clone(),
            members: serde_json::Value::from(members.as_slice()).to_string(),
            created_at: DbTime(*created_at),
            updated_at: DbTime(*updated_at),
        }
    }
}

impl TryFrom<RbacItemRow> for RbacItem {
    type Error = StoreError;

    fn try_from(row: RbacItemRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: RbacItemId(row.id.0),
            tenant_id: TenantId(row.tenant_id.0),
            level: parsed("grants", "level", &row.level)?,
            name: row.name,
            description: row.description,
            members: serde_json::from_str(&row.members)
                .map_err(|_| corrupt("grants", "members", &row.members))?,
            created_at: row.created_at.0,
            updated_at: row.updated_at.0,
        })
    }
}

/// A row of `members`.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = members, treat_none_as_default_value = false)]
pub struct MemberRow {
    pub id: DbId,
    pub tenant_id: DbId,
    pub user_id: DbId,
    pub role_id: DbId,
    pub status: String,
    pub created_at: DbTime,
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
            id: DbId(id.0),
            tenant_id: DbId(tenant_id.0),
            user_id: DbId(user_id.0),
            role_id: DbId(role_id.0),
            status: status.as_str().to_owned(),
            created_at: DbTime(*created_at),
        }
    }
}

/// A row of `members` joined with `users`.
#[derive(Queryable)]
pub struct PersonRow {
    member: MemberRow,
    email: String,
    name: String,
    last_active: Option<DbTime>,
}

impl TryFrom<PersonRow> for Member {
    type Error = StoreError;

    fn try_from(row: PersonRow) -> Result<Self, StoreError> {
        let PersonRow {
            member,
            email,
            name,
            last_active,
        } = row;
        Ok(Self {
            id: MemberId(member.id.0),
            tenant_id: TenantId(member.tenant_id.0),
            user_id: UserId(member.user_id.0),
            email,
            name,
            role_id: RbacItemId(member.role_id.0),
            status: parsed("members", "status", &member.status)?,
            last_active: last_active.map(|at| at.0),
            created_at: member.created_at.0,
        })
    }
}

/// A row of `invitations`.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = invitations, treat_none_as_default_value = false)]
pub struct InvitationRow {
    id: DbId,
    tenant_id: DbId,
    email: String,
    role_id: DbId,
    digest: Vec<u8>,
    invited_by: String,
    created_at: DbTime,
    expires_at: DbTime,
    accepted_at: Option<DbTime>,
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
            id: DbId(id.0),
            tenant_id: DbId(tenant_id.0),
            email: email.clone(),
            role_id: DbId(role_id.0),
            digest: digest.0.to_vec(),
            invited_by: invited_by.clone(),
            created_at: DbTime(*created_at),
            expires_at: DbTime(*expires_at),
            accepted_at: accepted_at.map(DbTime),
        }
    }
}

impl TryFrom<InvitationRow> for Invitation {
    type Error = StoreError;

    fn try_from(row: InvitationRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: InvitationId(row.id.0),
            tenant_id: TenantId(row.tenant_id.0),
            email: row.email,
            role_id: RbacItemId(row.role_id.0),
            digest: digest("invitations", row.digest)?,
            invited_by: row.invited_by,
            created_at: row.created_at.0,
            expires_at: row.expires_at.0,
            accepted_at: row.accepted_at.map(|at| at.0),
        })
    }
}

/// A row of `system_users`.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = system_users, treat_none_as_default_value = false)]
pub struct SystemUserRow {
    id: DbId,
    tenant_id: DbId,
    name: String,
    role_id: DbId,
    digest: Vec<u8>,
    preview: String,
    active: bool,
    expires_at: Option<DbTime>,
    last_used: Option<DbTime>,
    created_at: DbTime,
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
            id: DbId(id.0),
            tenant_id: DbId(tenant_id.0),
            name: name.clone(),
            role_id: DbId(role_id.0),
            digest: digest.0.to_vec(),
            preview: preview.clone(),
            active: *active,
            expires_at: expires_at.map(DbTime),
            last_used: last_used.map(DbTime),
            created_at: DbTime(*created_at),
        }
    }
}

impl TryFrom<SystemUserRow> for SystemUser {
    type Error = StoreError;

    fn try_from(row: SystemUserRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: SystemUserId(row.id.0),
            tenant_id: TenantId(row.tenant_id.0),
            name: row.name,
            role_id: RbacItemId(row.role_id.0),
            digest: digest("system_users", row.digest)?,
            preview: row.preview,
            active: row.active,
            expires_at: row.expires_at.map(|at| at.0),
            last_used: row.last_used.map(|at| at.0),
            created_at: row.created_at.0,
        })
    }
}

/// A row of `audit`.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = audit, treat_none_as_default_value = false)]
pub struct AuditRow {
    id: DbId,
    tenant_id: DbId,
    actor: String,
    action: String,
    target: String,
    detail: Option<String>,
    ip_address: Option<String>,
    request_id: String,
    at: DbTime,
    actor_name: String,
    actor_email: Option<String>,
    target_name: Option<String>,
    old: Option<String>,
    new: Option<String>,
    words: String,
}

impl From<&AuditEntry> for AuditRow {
    fn from(entry: &AuditEntry) -> Self {
        let words = entry.words();
        let entry = entry.clone();
        Self {
            id: DbId(entry.id.0),
            tenant_id: DbId(entry.tenant_id.0),
            actor: entry.actor,
            action: entry.action,
            target: entry.target,
            detail: entry.detail,
            ip_address: entry.ip_address,
            request_id: entry.request_id,
            at: DbTime(entry.at),
            actor_name: entry.actor_name,
            actor_email: entry.actor_email,
            target_name: entry.target_name,
            old: entry.old,
            new: entry.new,
            words,
        }
    }
}

impl TryFrom<AuditRow> for AuditEntry {
    type Error = StoreError;

    fn try_from(row: AuditRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: AuditId(row.id.0),
            tenant_id: TenantId(row.tenant_id.0),
            actor: row.actor,
            actor_name: row.actor_name,
            actor_email: row.actor_email,
            action: row.action,
            target: row.target,
            target_name: row.target_name,
            old: row.old,
            new: row.new,
            detail: row.detail,
            ip_address: row.ip_address,
            request_id: row.request_id,
            at: row.at.0,
        })
    }
}
