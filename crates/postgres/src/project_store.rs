//! Projects.

use crate::PostgresStore;
use crate::row::{NewProjectRow, ProjectRow};
use crate::schema::projects;
use async_trait::async_trait;
use diesel::{ExpressionMethods, QueryDsl, SelectableHelper};
use diesel_async::RunQueryDsl;
use faultbook_domain::id::{ProjectId, TenantId};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::ProjectStore;
use faultbook_domain::tenancy::{Project, TenantScope};
use time::OffsetDateTime;
use uuid::Uuid;

#[async_trait]
impl ProjectStore for PostgresStore {
    async fn create(&self, project: &Project) -> Result<Project, StoreError> {
        self.run(|| async {
            let mut session = self.change().await?;
            let made = diesel::insert_into(projects::table)
                .values(NewProjectRow::from(project))
                .returning(ProjectRow::as_returning())
                .get_result(&mut *session)
                .await?;
            session.finish().await?;
            Ok(made.try_into()?)
        })
        .await
    }

    async fn list(&self, tenant: TenantScope) -> Result<Vec<Project>, StoreError> {
        self.run(|| async {
            let mut session = self.look().await?;
            let found = projects::table
                .filter(projects::tenant_id.eq(tenant.id().0))
                .filter(projects::deleted_at.is_null())
                .order(projects::number)
                .select(ProjectRow::as_select())
                .load(&mut *session)
                .await?;
            session.finish().await?;
            let projects: Result<_, StoreError> =
                found.into_iter().map(Project::try_from).collect();
            Ok(projects?)
        })
        .await
    }

    async fn update_project(&self, project: &Project) -> Result<bool, StoreError> {
        self.run(|| async {
            let mut session = self.change().await?;
            let updated = diesel::update(visible(project.tenant_id, project.id))
                .set((
                    projects::slug.eq(project.slug.as_str()),
                    projects::name.eq(&project.name),
                    projects::platform.eq(&project.platform),
                    projects::retention_days.eq(project.retention_days),
                    projects::updated_at.eq(project.updated_at),
                ))
                .execute(&mut *session)
                .await?;
            session.finish().await?;
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
        self.run(|| async {
            let mut session = self.change().await?;
            let deleted = diesel::update(visible(tenant.id(), id))
                .set(projects::deleted_at.eq(at))
                .execute(&mut *session)
                .await?;
            session.finish().await?;
            Ok(deleted > 0)
        })
        .await
    }
}

/// A tenant's project unless it is deleted.
#[diesel::dsl::auto_type]
fn visible(tenant: TenantId, id: ProjectId) -> _ {
    let (tenant, id): (Uuid, Uuid) = (tenant.0, id.0);
    projects::table
        .filter(projects::id.eq(id))
        .filter(projects::tenant_id.eq(tenant))
        .filter(projects::deleted_at.is_null())
}
