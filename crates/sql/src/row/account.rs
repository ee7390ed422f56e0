//! Rows of tenants, projects, API keys and users.

use super::{corrupt, parsed};
use crate::schema::{api_keys, projects, tenants, users};
use crate::types::{DbId, DbTime};
use diesel::{AsChangeset, Insertable, Queryable, Selectable};
use faultbook_domain::id::{KeyId, ProjectId, TenantId, UserId};
use faultbook_domain::identity::{ApiKey, PersonalMails, Profile, User};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::{Project, Tenant};

/// A row of `tenants` that is not deleted.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = tenants, treat_none_as_default_value = false)]
pub struct TenantRow {
    pub id: DbId,
    pub slug: String,
    pub name: String,
    pub suspended: bool,
    pub created_at: DbTime,
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
            id: DbId(id.0),
            slug: slug.as_str().to_owned(),
            name: name.clone(),
            suspended: *suspended,
            created_at: DbTime(*created_at),
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
            id: TenantId(id.0),
            slug: parsed("tenants", "slug", &slug)?,
            name,
            suspended,
            created_at: created_at.0,
        })
    }
}

/// A row of `projects`.
#[derive(Queryable, Selectable)]
#[diesel(table_name = projects, treat_none_as_default_value = false)]
pub struct ProjectRow {
    pub id: DbId,
    pub tenant_id: DbId,
    pub number: i64,
    pub slug: String,
    pub name: String,
    pub platform: Option<String>,
    pub public_key: String,
    pub retention_days: Option<i32>,
    pub counts_retention_days: Option<i32>,
    pub created_at: DbTime,
    pub updated_at: DbTime,
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
            public_key: first_key,
            retention_days,
            counts_retention_days,
            created_at,
            updated_at,
        } = row;
        Ok(Self {
            id: ProjectId(id.0),
            tenant_id: TenantId(tenant_id.0),
            number,
            slug: parsed("projects", "slug", &slug)?,
            name,
            platform,
            first_key,
            retention_days,
            counts_retention_days,
            created_at: created_at.0,
            updated_at: updated_at.0,
        })
    }
}

/// A project to insert, before the store assigns its number.
#[derive(Insertable)]
#[diesel(table_name = projects)]
pub struct NewProjectRow<'a> {
    id: DbId,
    tenant_id: DbId,
    slug: &'a str,
    name: &'a str,
    platform: Option<&'a str>,
    public_key: &'a str,
    retention_days: Option<i32>,
    counts_retention_days: Option<i32>,
    created_at: DbTime,
    updated_at: DbTime,
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
            first_key,
            retention_days,
            counts_retention_days,
            created_at,
            updated_at,
        } = project;
        Self {
            id: DbId(id.0),
            tenant_id: DbId(tenant_id.0),
            slug: slug.as_str(),
            name,
            platform: platform.as_deref(),
            public_key: first_key,
            retention_days: *retention_days,
            counts_retention_days: *counts_retention_days,
            created_at: DbTime(*created_at),
            updated_at: DbTime(*updated_at),
        }
    }
}

/// A row of `api_keys`.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = api_keys, treat_none_as_default_value = false)]
pub struct KeyRow {
    pub id: DbId,
    pub tenant_id: DbId,
    pub project_id: Option<DbId>,
    pub name: String,
    pub digest: Vec<u8>,
    pub preview: String,
    pub permissions: String,
    pub platform_admin: bool,
    pub rate_limit: Option<i32>,
    pub expires_at: Option<DbTime>,
    pub revoked_at: Option<DbTime>,
    pub last_used: Option<DbTime>,
    pub created_at: DbTime,
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
            id: DbId(id.0),
            tenant_id: DbId(tenant_id.0),
            project_id: project_id.map(|id| DbId(id.0)),
            name: name.clone(),
            digest: digest.0.to_vec(),
            preview: preview.clone(),
            permissions: serde_json::Value::from(permission_names.clone()).to_string(),
            platform_admin: *platform_admin,
            rate_limit: *rate_limit,
            expires_at: expires_at.map(DbTime),
            revoked_at: revoked_at.map(DbTime),
            last_used: last_used.map(DbTime),
            created_at: DbTime(*created_at),
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
            id: KeyId(id.0),
            tenant_id: TenantId(tenant_id.0),
            project_id: project_id.map(|id| ProjectId(id.0)),
            name,
            digest: super::digest("api_keys", digest)?,
            preview,
            permission_names: serde_json::from_str(&permissions)
                .map_err(|_| corrupt("api_keys", "permissions", &permissions))?,
            platform_admin,
            rate_limit,
            expires_at: expires_at.map(|at| at.0),
            revoked_at: revoked_at.map(|at| at.0),
            last_used: last_used.map(|at| at.0),
            created_at: created_at.0,
        })
    }
}

/// A row of `users`.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = users, treat_none_as_default_value = false)]
pub struct UserRow {
    pub id: DbId,
    pub email: String,
    pub name: String,
    pub password_hash: String,
    pub platform_admin: bool,
    pub created_at: DbTime,
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
            id: DbId(id.0),
            email: email.clone(),
            name: name.clone(),
            password_hash: password_hash.clone(),
            platform_admin: *platform_admin,
            created_at: DbTime(*created_at),
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
            id: UserId(id.0),
            email,
            name,
            password_hash,
            platform_admin,
            created_at: created_at.0,
        }
    }
}

/// What of a row of `users` the person has set.
#[derive(Queryable, Selectable, AsChangeset)]
#[diesel(table_name = users)]
pub struct ProfileRow {
    pub time_zone: String,
    pub theme: String,
    pub shortcuts: bool,
    pub mail_assigned: bool,
    pub mail_mentioned: bool,
    pub mail_followed: bool,
}

impl From<&Profile> for ProfileRow {
    fn from(profile: &Profile) -> Self {
        let Profile {
            time_zone,
            theme,
            shortcuts,
            notifications,
        } = profile;
        Self {
            time_zone: time_zone.to_string(),
            theme: theme.as_str().to_owned(),
            shortcuts: *shortcuts,
            mail_assigned: notifications.assigned,
            mail_mentioned: notifications.mentioned,
            mail_followed: notifications.followed,
        }
    }
}

impl From<ProfileRow> for Profile {
    /// A zone or a theme that this version does not know is the usual one.
    fn from(row: ProfileRow) -> Self {
        Self {
            time_zone: row.time_zone.parse().unwrap_or_default(),
            theme: row.theme.parse().unwrap_or_default(),
            shortcuts: row.shortcuts,
            notifications: PersonalMails {
                assigned: row.mail_assigned,
                mentioned: row.mail_mentioned,
                followed: row.mail_followed,
            },
        }
    }
}
