//! DSN keys over SQL.

use crate::dialect;
use crate::driver::{RunQueryDsl, Store};
use async_trait::async_trait;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Nullable, Text};
use faultbook_domain::id::{ProjectId, ProjectKeyId, TenantId};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::{ActiveKey, ProjectKey, ProjectKeyStore, TenantScope};
use faultbook_sql::row::{ProjectKeyRow, all};
use faultbook_sql::schema::{project_keys, projects, tenants};
use faultbook_sql::types::{DbId, Id};
use time::OffsetDateTime;

const CURRENT_KEYS: &str = "
SELECT project_id, public_key FROM (
  SELECT project_id, public_key,
    row_number() OVER (PARTITION BY project_id ORDER BY created_at, id) AS place
  FROM project_keys
  WHERE tenant_id = $1 AND enabled AND project_id = coalesce($2, project_id)
) enabled_keys
WHERE place = 1";

#[derive(QueryableByName)]
struct CurrentKeyRow {
    #[diesel(sql_type = Id)]
    project_id: DbId,
    #[diesel(sql_type = Text)]
    public_key: String,
}

#[async_trait]
impl ProjectKeyStore for Store {
    async fn create_project_key(&self, key: &ProjectKey) -> Result<(), StoreError> {
        let key = key.clone();
        self.write(async move |connection| {
            diesel::insert_into(project_keys::table)
                .values(ProjectKeyRow::from(&key))
                .execute(connection)
                .await?;
            Ok(())
        })
        .await
    }

    async fn find_project_key(&self, public_key: &str) -> Result<Option<ActiveKey>, StoreError> {
        let public_key = public_key.to_owned();
        self.read(async move |connection| {
            let found: Option<(ProjectKeyRow, i64, bool)> = project_keys::table
                .inner_join(projects::table.on(projects::id.eq(project_keys::project_id)))
                .inner_join(tenants::table.on(tenants::id.eq(project_keys::tenant_id)))
                .filter(project_keys::public_key.eq(&public_key))
                .filter(project_keys::enabled)
                .filter(projects::deleted_at.is_null())
                .filter(tenants::deleted_at.is_null())
                .select((
                    ProjectKeyRow::as_select(),
                    projects::number,
                    tenants::suspended,
                ))
                .first(connection)
                .await
                .optional()?;
            let active = found.map(|(key, project_number, is_suspended)| {
                Ok::<_, StoreError>(ActiveKey {
                    key: key.try_into()?,
                    project_number,
                    is_suspended,
                })
            });
            Ok(active.transpose()?)
        })
        .await
    }

    async fn list_project_keys(
        &self,
        tenant: TenantScope,
        project: ProjectId,
    ) -> Result<Vec<ProjectKey>, StoreError> {
        self.read(async move |connection| {
            let rows = project_keys::table
                .filter(project_keys::tenant_id.eq(DbId(tenant.id().0)))
                .filter(project_keys::project_id.eq(DbId(project.0)))
                .order((project_keys::created_at, project_keys::id))
                .select(ProjectKeyRow::as_select())
                .load(connection)
                .await?;
            Ok(all(rows)?)
        })
        .await
    }

    async fn list_current_keys(
        &self,
        tenant: TenantScope,
        only: Option<ProjectId>,
    ) -> Result<Vec<(ProjectId, String)>, StoreError> {
        self.read(async move |connection| {
            let rows: Vec<CurrentKeyRow> = sql_query(CURRENT_KEYS)
                .bind::<Id, _>(DbId(tenant.id().0))
                .bind::<Nullable<Id>, _>(only.map(|project| DbId(project.0)))
                .load(connection)
                .await?;
            let keys = rows.into_iter();
            Ok(keys
                .map(|row| (ProjectId(row.project_id.0), row.public_key))
                .collect())
        })
        .await
    }

    async fn update_project_key(&self, key: &ProjectKey) -> Result<bool, StoreError> {
        let key = key.clone();
        self.write(async move |connection| {
            let row = ProjectKeyRow::from(&key);
            let updated = diesel::update(named(key.tenant_id, key.project_id, key.id))
                .set((
                    project_keys::name.eq(row.name),
                    project_keys::enabled.eq(row.enabled),
                    project_keys::allowed_origins.eq(row.allowed_origins),
                    project_keys::source.eq(row.source),
                    project_keys::rate_limit.eq(row.rate_limit),
                ))
                .execute(connection)
                .await?;
            Ok(updated > 0)
        })
        .await
    }

    async fn remove_project_key(
        &self,
        tenant: TenantScope,
        project: ProjectId,
        id: ProjectKeyId,
    ) -> Result<bool, StoreError> {
        self.write(async move |connection| {
            let removed = diesel::delete(named(tenant.id(), project, id))
                .execute(connection)
                .await?;
            Ok(removed > 0)
        })
        .await
    }

    async fn touch_project_keys(
        &self,
        used: &[(ProjectKeyId, OffsetDateTime)],
    ) -> Result<(), StoreError> {
        let used = used.to_vec();
        self.write(async move |connection| dialect::touch_project_keys(connection, &used).await)
            .await
    }
}

/// Selects a key of a tenant's project.
#[diesel::dsl::auto_type]
fn named(tenant: TenantId, project: ProjectId, id: ProjectKeyId) -> _ {
    let (tenant, project, id): (DbId, DbId, DbId) = (DbId(tenant.0), DbId(project.0), DbId(id.0));
    project_keys::table
        .filter(project_keys::id.eq(id))
        .filter(project_keys::tenant_id.eq(tenant))
        .filter(project_keys::project_id.eq(project))
}
