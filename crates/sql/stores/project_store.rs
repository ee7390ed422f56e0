//! Projects over SQL.

use super::sql_text::{Bound, Sql};
use crate::dialect;
use crate::driver::{RunQueryDsl, Store};
use async_trait::async_trait;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable};
use faultbook_domain::id::{ProjectId, TenantId};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::{Project, ProjectFigures, ProjectStore, Scope, TenantScope};
use faultbook_sql::row::{ProjectRow, all};
use faultbook_sql::schema::projects;
use faultbook_sql::types::{DbId, DbTime, Instant};
use time::OffsetDateTime;

#[derive(QueryableByName)]
struct FigureRow {
    #[diesel(sql_type = BigInt)]
    occurrences: i64,
    #[diesel(sql_type = Nullable<Instant>)]
    last_seen: Option<DbTime>,
}

#[async_trait]
impl ProjectStore for Store {
    async fn create_project(&self, project: &Project) -> Result<Project, StoreError> {
        let project = project.clone();
        self.write(async move |connection| {
            let made = dialect::insert_project(connection, &project).await?;
            Ok(made.try_into()?)
        })
        .await
    }

    async fn list_projects(&self, tenant: TenantScope) -> Result<Vec<Project>, StoreError> {
        self.read(async move |connection| {
            let rows = projects::table
                .filter(projects::tenant_id.eq(DbId(tenant.id().0)))
                .filter(projects::deleted_at.is_null())
                .order(projects::number)
                .select(ProjectRow::as_select())
                .load(connection)
                .await?;
            Ok(all(rows)?)
        })
        .await
    }

    async fn list_project_figures(
        &self,
        scope: &Scope,
        (from, to): (OffsetDateTime, OffsetDateTime),
    ) -> Result<Vec<ProjectFigures>, StoreError> {
        let scope = scope.clone();
        self.read(async move |connection| {
            let mut figures = Vec::new();
            for project in scope.projects() {
                let id = || Bound::Id(DbId(project.0));
                let mut sql = Sql::of("SELECT (SELECT CAST(coalesce(sum(h.count), 0) AS bigint) ");
                sql.with("FROM project_hourly h WHERE h.project_id = ", id());
                sql.with(" AND h.hour >= ", Bound::Time(DbTime(from)));
                sql.with(" AND h.hour < ", Bound::Time(DbTime(to)));
                sql.push(") AS occurrences, (SELECT max(e.last_seen) FROM errors e");
                sql.with(" WHERE e.project_id = ", id());
                sql.push(") AS last_seen");
                let row: FigureRow = sql.into_query().get_result(connection).await?;
                figures.push(ProjectFigures {
                    project: *project,
                    occurrences: row.occurrences.unsigned_abs(),
                    last_error_at: row.last_seen.map(|at| at.0),
                });
            }
            Ok(figures)
        })
        .await
    }

    async fn update_project(&self, project: &Project) -> Result<bool, StoreError> {
        let project = project.clone();
        self.write(async move |connection| {
            let updated = diesel::update(visible(project.tenant_id, project.id))
                .set((
                    projects::slug.eq(project.slug.as_str()),
                    projects::name.eq(&project.name),
                    projects::platform.eq(&project.platform),
                    projects::retention_days.eq(project.retention_days),
                    projects::counts_retention_days.eq(project.counts_retention_days),
                    projects::updated_at.eq(DbTime(project.updated_at)),
                ))
                .execute(connection)
                .await?;
            Ok(updated > 0)
        })
        .await
    }

    async fn delete_project(
        &self,
        tenant: TenantScope,
        id: ProjectId,
        at: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        self.write(async move |connection| {
            let deleted = diesel::update(visible(tenant.id(), id))
                .set(projects::deleted_at.eq(DbTime(at)))
                .execute(connection)
                .await?;
            Ok(deleted > 0)
        })
        .await
    }
}

/// Selects a tenant's project unless it is deleted.
#[diesel::dsl::auto_type]
fn visible(tenant: TenantId, id: ProjectId) -> _ {
    let (tenant, id): (DbId, DbId) = (DbId(tenant.0), DbId(id.0));
    projects::table
        .filter(projects::id.eq(id))
        .filter(projects::tenant_id.eq(tenant))
        .filter(projects::deleted_at.is_null())
}
