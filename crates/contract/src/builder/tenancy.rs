//! Builders of tenants, projects, keys, users, members and invitations.

use super::{NOON, new_id};
use faultbook_domain::id::{
    InvitationId, KeyId, MemberId, ProjectId, ProjectKeyId, TenantId, UserId,
};
use faultbook_domain::identity::{
    ApiKey, BuiltInRole, Invitation, KeyDigest, KeyText, Member, MemberStatus, User,
};
use faultbook_domain::tenancy::{Project, ProjectKey, Scope, Tenant};
use time::Duration;

/// Builds a tenant with a unique slug.
#[must_use]
pub fn a_tenant() -> Tenant {
    let id = new_id();
    Tenant {
        id: TenantId(id),
        slug: format!("tenant-{}", id.simple()).parse().unwrap(),
        name: "A tenant".to_owned(),
        suspended: false,
        created_at: NOON,
    }
}

/// Builds a project with a unique slug.
#[must_use]
pub fn a_project(tenant_id: TenantId) -> Project {
    let id = new_id();
    Project {
        id: ProjectId(id),
        tenant_id,
        number: 0,
        slug: format!("project-{}", id.simple()).parse().unwrap(),
        name: "A project".to_owned(),
        platform: Some("rust".to_owned()),
        first_key: id.simple().to_string(),
        counts_retention_days: None,
        retention_days: Some(30),
        created_at: NOON,
        updated_at: NOON,
    }
}

/// Builds a DSN key of a project, made after the first one.
#[must_use]
pub fn a_project_key(project: &Project) -> ProjectKey {
    let id = new_id();
    ProjectKey {
        id: ProjectKeyId(id),
        name: "A DSN key".to_owned(),
        public_key: id.simple().to_string(),
        allowed_origins: vec![
            "https://shop.example".parse().unwrap(),
            "http://*.shop.example:8080".parse().unwrap(),
        ],
        source: Some("shop".to_owned()),
        rate_limit: Some(120),
        created_at: NOON + Duration::MINUTE,
        ..ProjectKey::first_of(project)
    }
}

/// Builds a key with a unique secret.
#[must_use]
pub fn a_key(tenant_id: TenantId) -> ApiKey {
    let id = new_id();
    ApiKey {
        id: KeyId(id),
        tenant_id,
        project_id: None,
        name: "A key".to_owned(),
        digest: KeyDigest::of(&id.to_string()),
        preview: KeyText::preview_of(&id.to_string()),
        permission_names: vec!["read".to_owned(), "errors:write".to_owned()],
        platform_admin: false,
        rate_limit: Some(120),
        expires_at: Some(NOON + Duration::DAY),
        revoked_at: None,
        last_used: None,
        created_at: NOON,
    }
}

/// Builds a user.
#[must_use]
pub fn a_user() -> User {
    User {
        id: UserId(new_id()),
        email: format!("{}@example.com", new_id().simple()),
        name: "Ada".to_owned(),
        password_hash: "$argon2id$...".to_owned(),
        platform_admin: true,
        created_at: NOON,
    }
}

/// Builds a user's membership in a tenant, as owner.
#[must_use]
pub fn a_member(user: &User, tenant_id: TenantId) -> Member {
    Member {
        id: MemberId(new_id()),
        tenant_id,
        user_id: user.id,
        email: user.email.clone(),
        name: user.name.clone(),
        role_id: BuiltInRole::Owner.id(),
        status: MemberStatus::Active,
        last_active: None,
        created_at: NOON,
    }
}

/// Builds a pending invitation to this address.
#[must_use]
pub fn an_invitation(scope: &Scope, email: &str) -> Invitation {
    Invitation {
        id: InvitationId(new_id()),
        tenant_id: scope.tenant(),
        email: email.to_owned(),
        role_id: BuiltInRole::Viewer.id(),
        digest: KeyDigest::of(&new_id().to_string()),
        invited_by: "system".to_owned(),
        created_at: NOON,
        expires_at: NOON + Invitation::VALIDITY,
        accepted_at: None,
    }
}
