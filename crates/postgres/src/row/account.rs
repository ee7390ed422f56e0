//! Tenants, projects, keys and people.

use super::parsed;
use crate::failure::corrupt;
use crate::schema::{api_keys, projects, tenants, users};
use diesel::{Insertable, Queryable, Selectable};
use faultbook_domain::id::{KeyId, ProjectId, TenantId, UserId};
use faultbook_domain::identity::{ApiKey, User};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::{Project, Tenant};
use time::OffsetDateTime;
use uuid::Uuid;

/// A row of `tenants` that is not deleted.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = tenants, check_for_backend(diesel::pg::Pg))]
pub struct TenantRow {
    pub id: Uuid,
    pub slug: String,
    pub name: String,
    pub suspended: bool,
    pub created_at: OffsetDateTime,
}

impl From<&Tenant> for TenantRow {
    fn from(tenant: &Tenant) -> Self {
        let Tenant {
            id,
            slug,
            name,
            suspended,
            created_at,
        } = tenant;
        Self {
            id: id.0,
            slug: slug.as_str().to_owned(),
            name: name.clone(),
            suspended: *suspended,
            created_at: *created_at,
        }
    }
}

impl TryFrom<TenantRow> for Tenant {
    type Error = StoreError;

    fn try_from(row: TenantRow) -> Result<Self, StoreError> {
        let TenantRow {
            id,
            slug,
            name,
            suspended,
            created_at,
        } = row;
        Ok(Self {
            id: TenantId(id),
            slug: parsed("tenants", "slug", &slug)?,
            name,
            suspended,
            created_at,
        })
    }
}

/// A row of `projects`.
#[derive(Queryable, Selectable)]
#[diesel(table_name = projects, check_for_backend(diesel::pg::Pg))]
pub struct ProjectRow {
    pub id: Uuid,
    pub tenant_id: Uuid,
    pub number: i64,
    pub slug: String,
    pub name: String,
    pub platform: Option<String>,
    pub public_key: String,
    pub retention_days: Option<i32>,
    pub created_at: OffsetDateTime,
    pub updated_at: OffsetDateTime,
}

impl TryFrom<ProjectRow> for Project {
    type Error = StoreError;

    fn try_from(row: ProjectRow) -> Result<Self, StoreError> {
        let ProjectRow {
            id,
            tenant_id,
            number,
            slug,
            name,
            platform,
            public_key,
            retention_days,
            created_at,
            updated_at,
        } = row;
        Ok(Self {
            id: ProjectId(id),
            tenant_id: TenantId(tenant_id),
            number,
            slug: parsed("projects", "slug", &slug)?,
            name,
            platform,
            public_key,
            retention_days,
            created_at,
            updated_at,
        })
    }
}

/// A project that has no number yet.
#[derive(Insertable)]
#[diesel(table_name = projects)]
pub struct NewProjectRow<'a> {
    id: Uuid,
    tenant_id: Uuid,
    slug: &'a str,
    name: &'a str,
    platform: Option<&'a str>,
    public_key: &'a str,
    retention_days: Option<i32>,
    created_at: OffsetDateTime,
    updated_at: OffsetDateTime,
}

impl<'a> From<&'a Project> for NewProjectRow<'a> {
    fn from(project: &'a Project) -> Self {
        let Project {
            id,
            tenant_id,
            number: _,
            slug,
            name,
            platform,
            public_key,
            retention_days,
            created_at,
            updated_at,
        } = project;
        Self {
            id: id.0,
            tenant_id: tenant_id.0,
            slug: slug.as_str(),
            name,
            platform: platform.as_deref(),
            public_key,
            retention_days: *retention_days,
            created_at: *created_at,
            updated_at: *updated_at,
        }
    }
}

/// A row of `api_keys`.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = api_keys, check_for_backend(diesel::pg::Pg))]
pub struct KeyRow {
    pub id: Uuid,
    pub tenant_id: Uuid,
    pub project_id: Option<Uuid>,
    pub name: String,
    pub digest: Vec<u8>,
    pub preview: String,
    pub permissions: String,
    pub platform_admin: bool,
    pub rate_limit: Option<i32>,
    pub expires_at: Option<OffsetDateTime>,
    pub revoked_at: Option<OffsetDateTime>,
    pub last_used: Option<OffsetDateTime>,
    pub created_at: OffsetDateTime,
}

impl From<&ApiKey> for KeyRow {
    fn from(key: &ApiKey) -> Self {
        let ApiKey {
            id,
            tenant_id,
            project_id,
            name,
            digest,
            preview,
            permission_names,
            platform_admin,
            rate_limit,
            expires_at,
            revoked_at,
            last_used,
            created_at,
        } = key;
        Self {
            id: id.0,
            tenant_id: tenant_id.0,
            project_id: project_id.map(|id| id.0),
            name: name.clone(),
            digest: digest.0.to_vec(),
            preview: preview.clone(),
            permissions: serde_json::Value::from(permission_names.clone()).to_string(),
            platform_admin: *platform_admin,
            rate_limit: *rate_limit,
            expires_at: *expires_at,
            revoked_at: *revoked_at,
            last_used: *last_used,
            created_at: *created_at,
        }
    }
}

impl TryFrom<KeyRow> for ApiKey {
    type Error = StoreError;

    fn try_from(row: KeyRow) -> Result<Self, StoreError> {
        let KeyRow {
            id,
            tenant_id,
            project_id,
            name,
            digest,
            preview,
            permissions,
            platform_admin,
            rate_limit,
            expires_at,
            revoked_at,
            last_used,
            created_at,
        } = row;
        Ok(Self {
            id: KeyId(id),
            tenant_id: TenantId(tenant_id),
            project_id: project_id.map(ProjectId),
            name,
            digest: super::team::digest("api_keys", digest)?,
            preview,
            permission_names: serde_json::from_str(&permissions)
                .map_err(|_| corrupt("api_keys", "permissions", &permissions))?,
            platform_admin,
            rate_limit,
            expires_at,
            revoked_at,
            last_used,
            created_at,
        })
    }
}

/// A row of `users`.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = users, check_for_backend(diesel::pg::Pg))]
pub struct UserRow {
    pub id: Uuid,
    pub email: String,
    pub name: String,
    pub password_hash: String,
    pub platform_admin: bool,
    pub created_at: OffsetDateTime,
}

impl From<&User> for UserRow {
    fn from(user: &User) -> Self {
        let User {
            id,
            email,
            name,
            password_hash,
            platform_admin,
            created_at,
        } = user;
        Self {
            id: id.0,
            email: email.clone(),
            name: name.clone(),
            password_hash: password_hash.clone(),
            platform_admin: *platform_admin,
            created_at: *created_at,
        }
    }
}

impl From<UserRow> for User {
    fn from(row: UserRow) -> Self {
        let UserRow {
            id,
            email,
            name,
            password_hash,
            platform_admin,
            created_at,
        } = row;
        Self {
            id: UserId(id),
            email,
            name,
            password_hash,
            platform_admin,
            created_at,
        }
    }
}
