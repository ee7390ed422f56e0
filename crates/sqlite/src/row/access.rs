//! Tenants, projects, keys and people.

use super::{Uid, named, time};
use crate::failure::corrupt;
use crate::row::micros;
use crate::schema::{api_keys, projects, tenants, users};
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use faultbook_domain::id::{KeyId, ProjectId, TenantId, UserId};
use faultbook_domain::identity::{ApiKey, User};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::{Project, Tenant};

/// A row of `tenants`.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = tenants, check_for_backend(Sqlite))]
pub(crate) struct TenantRow {
    id: Uid,
    slug: String,
    name: String,
    suspended: bool,
    created_at: i64,
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
            id: id.0.into(),
            slug: slug.to_string(),
            name: name.clone(),
            suspended: *suspended,
            created_at: micros(*created_at),
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
            id: TenantId(id.uuid()),
            slug: named("tenants", "slug", &slug)?,
            name,
            suspended,
            created_at: time("tenants", "created_at", created_at)?,
        })
    }
}

/// A row of `projects`.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = projects, check_for_backend(Sqlite))]
pub(crate) struct ProjectRow {
    id: Uid,
    tenant_id: Uid,
    number: i64,
    slug: String,
    name: String,
    platform: Option<String>,
    public_key: String,
    retention_days: Option<i32>,
    created_at: i64,
    updated_at: i64,
}

impl ProjectRow {
    /// The project under the number that the store assigned, whatever it says itself.
    pub(crate) fn numbered(project: &Project, number: i64) -> Self {
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
            id: id.0.into(),
            tenant_id: tenant_id.0.into(),
            number,
            slug: slug.to_string(),
            name: name.clone(),
            platform: platform.clone(),
            public_key: public_key.clone(),
            retention_days: *retention_days,
            created_at: micros(*created_at),
            updated_at: micros(*updated_at),
        }
    }
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
            id: ProjectId(id.uuid()),
            tenant_id: TenantId(tenant_id.uuid()),
            number,
            slug: named("projects", "slug", &slug)?,
            name,
            platform,
            public_key,
            retention_days,
            created_at: time("projects", "created_at", created_at)?,
            updated_at: time("projects", "updated_at", updated_at)?,
        })
    }
}

/// A row of `api_keys`.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = api_keys, check_for_backend(Sqlite))]
pub(crate) struct KeyRow {
    id: Uid,
    tenant_id: Uid,
    project_id: Option<Uid>,
    name: String,
    digest: Vec<u8>,
    preview: String,
    permissions: String,
    platform_admin: bool,
    rate_limit: Option<i32>,
    expires_at: Option<i64>,
    revoked_at: Option<i64>,
    last_used: Option<i64>,
    created_at: i64,
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
            id: id.0.into(),
            tenant_id: tenant_id.0.into(),
            project_id: project_id.map(|id| id.0.into()),
            name: name.clone(),
            digest: digest.0.to_vec(),
            preview: preview.clone(),
            permissions: serde_json::Value::from(permission_names.as_slice()).to_string(),
            platform_admin: *platform_admin,
            rate_limit: *rate_limit,
            expires_at: expires_at.map(micros),
            revoked_at: revoked_at.map(micros),
            last_used: last_used.map(micros),
            created_at: micros(*created_at),
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
        let at = |column, micros: Option<i64>| {
            micros
                .map(|micros| time("api_keys", column, micros))
                .transpose()
        };
        Ok(Self {
            id: KeyId(id.uuid()),
            tenant_id: TenantId(tenant_id.uuid()),
            project_id: project_id.map(|id| ProjectId(id.uuid())),
            name,
            digest: super::team::digest("api_keys", digest)?,
            preview,
            permission_names: serde_json::from_str(&permissions)
                .map_err(|_| corrupt("api_keys", "permissions", &permissions))?,
            platform_admin,
            rate_limit,
            expires_at: at("expires_at", expires_at)?,
            revoked_at: at("revoked_at", revoked_at)?,
            last_used: at("last_used", last_used)?,
            created_at: time("api_keys", "created_at", created_at)?,
        })
    }
}

/// A row of `users`.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = users, check_for_backend(Sqlite))]
pub(crate) struct UserRow {
    id: Uid,
    email: String,
    name: String,
    password_hash: String,
    platform_admin: bool,
    created_at: i64,
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
            id: id.0.into(),
            email: email.clone(),
            name: name.clone(),
            password_hash: password_hash.clone(),
            platform_admin: *platform_admin,
            created_at: micros(*created_at),
        }
    }
}

impl TryFrom<UserRow> for User {
    type Error = StoreError;

    fn try_from(row: UserRow) -> Result<Self, StoreError> {
        let UserRow {
            id,
            email,
            name,
            password_hash,
            platform_admin,
            created_at,
        } = row;
        Ok(Self {
            id: UserId(id.uuid()),
            email,
            name,
            password_hash,
            platform_admin,
            created_at: time("users", "created_at", created_at)?,
        })
    }
}
