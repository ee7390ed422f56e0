//! People in tenants, their sessions, and what they may do.

use super::{Uid, micros, named, time};
use crate::failure::corrupt;
use crate::schema::{audit, grants, invitations, members, sessions, system_users};
use ::time::OffsetDateTime;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use faultbook_domain::id::{
    AuditId, InvitationId, MemberId, RbacItemId, SessionId, SystemUserId, TenantId, UserId,
};
use faultbook_domain::identity::{
    AuditEntry, Invitation, KeyDigest, Member, RbacItem, Session, SystemUser,
};
use faultbook_domain::store_error::StoreError;

/// The value stays out of the error: whoever reads a log must not find digests there.
pub(super) fn digest(table: &'static str, bytes: Vec<u8>) -> Result<KeyDigest, StoreError> {
    let bytes = bytes.try_into();
    Ok(KeyDigest(
        bytes.map_err(|_| corrupt(table, "digest", &"no 32 bytes"))?,
    ))
}

fn optional_time(
    table: &'static str,
    column: &'static str,
    micros: Option<i64>,
) -> Result<Option<OffsetDateTime>, StoreError> {
    micros.map(|at| time(table, column, at)).transpose()
}

/// A row of `sessions`.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions, check_for_backend(Sqlite))]
pub(crate) struct SessionRow {
    id: Uid,
    user_id: Uid,
    digest: Vec<u8>,
    created_at: i64,
    last_seen: i64,
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
            id: id.0.into(),
            user_id: user_id.0.into(),
            digest: digest.0.to_vec(),
            created_at: micros(*created_at),
            last_seen: micros(*last_seen),
        }
    }
}

impl TryFrom<SessionRow> for Session {
    type Error = StoreError;

    fn try_from(row: SessionRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: SessionId(row.id.uuid()),
            user_id: UserId(row.user_id.uuid()),
            digest: digest("sessions", row.digest)?,
            created_at: time("sessions", "created_at", row.created_at)?,
            last_seen: time("sessions", "last_seen", row.last_seen)?,
        })
    }
}

/// A row of `grants`.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = grants, check_for_backend(Sqlite))]
pub(crate) struct RbacItemRow {
    id: Uid,
    tenant_id: Uid,
    level: String,
    name: String,
    description: Option<String>,
    members: String,
    created_at: i64,
    updated_at: i64,
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
            id: id.0.into(),
            tenant_id: tenant_id.0.into(),
            level: level.as_str().to_owned(),
            name: name.clone(),
            description: description.clone(),
            members: serde_json::Value::from(members.as_slice()).to_string(),
            created_at: micros(*created_at),
            updated_at: micros(*updated_at),
        }
    }
}

impl TryFrom<RbacItemRow> for RbacItem {
    type Error = StoreError;

    fn try_from(row: RbacItemRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: RbacItemId(row.id.uuid()),
            tenant_id: TenantId(row.tenant_id.uuid()),
            level: named("grants", "level", &row.level)?,
            name: row.name,
            description: row.description,
            members: serde_json::from_str(&row.members)
                .map_err(|_| corrupt("grants", "members", &row.members))?,
            created_at: time("grants", "created_at", row.created_at)?,
            updated_at: time("grants", "updated_at", row.updated_at)?,
        })
    }
}

/// A row of `members`.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = members, check_for_backend(Sqlite))]
pub(crate) struct MemberRow {
    pub(crate) id: Uid,
    pub(crate) tenant_id: Uid,
    pub(crate) user_id: Uid,
    pub(crate) role_id: Uid,
    pub(crate) status: String,
    pub(crate) created_at: i64,
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
            id: id.0.into(),
            tenant_id: tenant_id.0.into(),
            user_id: user_id.0.into(),
            role_id: role_id.0.into(),
            status: status.as_str().to_owned(),
            created_at: micros(*created_at),
        }
    }
}

/// A member with what their user record says: address, name, last activity.
pub(crate) type PersonOfMember = (String, String, Option<i64>);

impl TryFrom<(MemberRow, PersonOfMember)> for MemberRecord {
    type Error = StoreError;

    fn try_from(
        (row, (email, name, last_active)): (MemberRow, PersonOfMember),
    ) -> Result<Self, StoreError> {
        Ok(Self(Member {
            id: MemberId(row.id.uuid()),
            tenant_id: TenantId(row.tenant_id.uuid()),
            user_id: UserId(row.user_id.uuid()),
            email,
            name,
            role_id: RbacItemId(row.role_id.uuid()),
            status: named("members", "status", &row.status)?,
            last_active: optional_time("users", "last_active", last_active)?,
            created_at: time("members", "created_at", row.created_at)?,
        }))
    }
}

/// A member as the domain has it.
pub(crate) struct MemberRecord(pub(crate) Member);

/// A row of `invitations`.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = invitations, check_for_backend(Sqlite))]
pub(crate) struct InvitationRow {
    id: Uid,
    tenant_id: Uid,
    email: String,
    role_id: Uid,
    digest: Vec<u8>,
    invited_by: String,
    created_at: i64,
    expires_at: i64,
    accepted_at: Option<i64>,
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
            id: id.0.into(),
            tenant_id: tenant_id.0.into(),
            email: email.clone(),
            role_id: role_id.0.into(),
            digest: digest.0.to_vec(),
            invited_by: invited_by.clone(),
            created_at: micros(*created_at),
            expires_at: micros(*expires_at),
            accepted_at: accepted_at.map(micros),
        }
    }
}

impl TryFrom<InvitationRow> for Invitation {
    type Error = StoreError;

    fn try_from(row: InvitationRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: InvitationId(row.id.uuid()),
            tenant_id: TenantId(row.tenant_id.uuid()),
            email: row.email,
            role_id: RbacItemId(row.role_id.uuid()),
            digest: digest("invitations", row.digest)?,
            invited_by: row.invited_by,
            created_at: time("invitations", "created_at", row.created_at)?,
            expires_at: time("invitations", "expires_at", row.expires_at)?,
            accepted_at: optional_time("invitations", "accepted_at", row.accepted_at)?,
        })
    }
}

/// A row of `system_users`.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = system_users, check_for_backend(Sqlite))]
pub(crate) struct SystemUserRow {
    id: Uid,
    tenant_id: Uid,
    name: String,
    role_id: Uid,
    digest: Vec<u8>,
    preview: String,
    active: bool,
    expires_at: Option<i64>,
    last_used: Option<i64>,
    created_at: i64,
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
            id: id.0.into(),
            tenant_id: tenant_id.0.into(),
            name: name.clone(),
            role_id: role_id.0.into(),
            digest: digest.0.to_vec(),
            preview: preview.clone(),
            active: *active,
            expires_at: expires_at.map(micros),
            last_used: last_used.map(micros),
            created_at: micros(*created_at),
        }
    }
}

impl TryFrom<SystemUserRow> for SystemUser {
    type Error = StoreError;

    fn try_from(row: SystemUserRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: SystemUserId(row.id.uuid()),
            tenant_id: TenantId(row.tenant_id.uuid()),
            name: row.name,
            role_id: RbacItemId(row.role_id.uuid()),
            digest: digest("system_users", row.digest)?,
            preview: row.preview,
            active: row.active,
            expires_at: optional_time("system_users", "expires_at", row.expires_at)?,
            last_used: optional_time("system_users", "last_used", row.last_used)?,
            created_at: time("system_users", "created_at", row.created_at)?,
        })
    }
}

/// A row of `audit`.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = audit, check_for_backend(Sqlite))]
pub(crate) struct AuditRow {
    id: Uid,
    tenant_id: Uid,
    actor: String,
    action: String,
    target: String,
    detail: Option<String>,
    ip_address: Option<String>,
    request_id: String,
    at: i64,
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
            id: id.0.into(),
            tenant_id: tenant_id.0.into(),
            actor: actor.clone(),
            action: action.clone(),
            target: target.clone(),
            detail: detail.clone(),
            ip_address: ip_address.clone(),
            request_id: request_id.clone(),
            at: micros(*at),
        }
    }
}

impl TryFrom<AuditRow> for AuditEntry {
    type Error = StoreError;

    fn try_from(row: AuditRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: AuditId(row.id.uuid()),
            tenant_id: TenantId(row.tenant_id.uuid()),
            actor: row.actor,
            action: row.action,
            target: row.target,
            detail: row.detail,
            ip_address: row.ip_address,
            request_id: row.request_id,
            at: time("audit", "at", row.at)?,
        })
    }
}
