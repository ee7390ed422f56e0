//! Rows of DSN keys.

use super::corrupt;
use crate::schema::project_keys;
use crate::types::{DbId, DbTime};
use diesel::{Insertable, Queryable, Selectable};
use faultbook_domain::id::{ProjectId, ProjectKeyId, TenantId};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::{AllowedOrigin, ProjectKey};

/// A row of `project_keys`.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = project_keys, treat_none_as_default_value = false)]
pub struct ProjectKeyRow {
    pub id: DbId,
    pub tenant_id: DbId,
    pub project_id: DbId,
    pub name: String,
    pub public_key: String,
    pub enabled: bool,
    pub allowed_origins: String,
    pub source: Option<String>,
    pub rate_limit: Option<i32>,
    pub last_used: Option<DbTime>,
    pub created_at: DbTime,
}

impl From<&ProjectKey> for ProjectKeyRow {
    fn from(key: &ProjectKey) -> Self {
        let ProjectKey {
            id,
            tenant_id,
            project_id,
            name,
            public_key,
            enabled,
            allowed_origins,
            source,
            rate_limit,
            last_used,
            created_at,
        } = key;
        let origins: Vec<String> = allowed_origins.iter().map(ToString::to_string).collect();
        Self {
            id: DbId(id.0),
            tenant_id: DbId(tenant_id.0),
            project_id: DbId(project_id.0),
            name: name.clone(),
            public_key: public_key.clone(),
            enabled: *enabled,
            allowed_origins: serde_json::Value::from(origins).to_string(),
            source: source.clone(),
            rate_limit: rate_limit.map(|rate| i32::try_from(rate).unwrap_or(i32::MAX)),
            last_used: last_used.map(DbTime),
            created_at: DbTime(*created_at),
        }
    }
}

impl TryFrom<ProjectKeyRow> for ProjectKey {
    type Error = StoreError;

    fn try_from(row: ProjectKeyRow) -> Result<Self, StoreError> {
        let ProjectKeyRow {
            id,
            tenant_id,
            project_id,
            name,
            public_key,
            enabled,
            allowed_origins,
            source,
            rate_limit,
            last_used,
            created_at,
        } = row;
        let of_column =
            |column, value: &dyn std::fmt::Display| corrupt("project_keys", column, value);
        let rate_limit =
            rate_limit.map(|rate| u32::try_from(rate).map_err(|_| of_column("rate_limit", &rate)));
        Ok(Self {
            id: ProjectKeyId(id.0),
            tenant_id: TenantId(tenant_id.0),
            project_id: ProjectId(project_id.0),
            name,
            public_key,
            enabled,
            allowed_origins: origins(&allowed_origins)
                .ok_or_else(|| of_column("allowed_origins", &allowed_origins))?,
            source,
            rate_limit: rate_limit.transpose()?,
            last_used: last_used.map(|at| at.0),
            created_at: created_at.0,
        })
    }
}

fn origins(json: &str) -> Option<Vec<AllowedOrigin>> {
    let texts: Vec<String> = serde_json::from_str(json).ok()?;
    texts.iter().map(|text| text.parse().ok()).collect()
}
