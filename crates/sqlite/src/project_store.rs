//! Projects.

use crate::SqliteStore;
use crate::failure::Failure;
use crate::row::{ProjectRow, Uid, micros};
use crate::schema::projects;
use async_trait::async_trait;
use diesel::dsl::max;
use diesel::prelude::*;
use faultbook_domain::id::{ProjectId, TenantId};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::ProjectStore;
use faultbook_domain::tenancy::{Project, TenantScope};
use time::OffsetDateTime;

#[async_trait]
impl ProjectStore for SqliteStore {
    async fn create(&self, project: &Project) -> Result<Project, StoreError> {
        let project = project.clone();
        self.write(move |connection| Ok(insert_project(connection, &project)?.try_into()?))
            .await
    }

    async fn list(&self, tenant: TenantScope) -> Result<Vec<Project>, StoreError> {
        self.read(move |connection| {
            let rows = projects::table
                .filter(projects::tenant_id.eq(Uid::from(tenant.id().0)))
                .filter(projects::deleted_at.is_null())
                .order(projects::number)
                .select(ProjectRow::as_select())
                .load(connection)?;
            let projects = rows.into_iter().map(Project::try_from);
            Ok(projects.collect::<Result<_, _>>()?)
        })
        .await
    }

    async fn update_project(&self, project: &Project) -> Result<bool, StoreError> {
        let project = project.clone();
        self.write(move |connection| {
            let updated = diesel::update(visible(project.tenant_id, project.id))
                .set((
                    projects::slug.eq(project.slug.as_str()),
                    projects::name.eq(&project.name),
                    projects::platform.eq(&project.platform),
                    projects::retention_days.eq(project.retention_days),
                    projects::updated_at.eq(micros(project.updated_at)),
                ))
                .execute(connection)?;
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
        self.write(move |connection| {
            let deleted = diesel::update(visible(tenant.id(), id))
                .set(projects::deleted_at.eq(micros(at)))
                .execute(connection)?;
            Ok(deleted > 0)
        })
        .await
    }
}

/// A tenant's project unless it is deleted.
#[diesel::dsl::auto_type]
fn visible(tenant: TenantId, id: ProjectId) -> _ {
    let (tenant, id): (Uid, Uid) = (Uid(tenant.0.into_bytes()), Uid(id.0.into_bytes()));
    projects::table
        .filter(projects::id.eq(id))
        .filter(projects::tenant_id.eq(tenant))
        .filter(projects::deleted_at.is_null())
}

/// Stores a project under the next number. Writes run one at a time, so nobody else takes it.
pub(crate) fn insert_project(
    connection: &mut SqliteConnection,
    project: &Project,
) -> Result<ProjectRow, Failure> {
    let greatest: Option<i64> = projects::table
        .select(max(projects::number))
        .first(connection)?;
    let number = greatest.unwrap_or(0) + 1;
    diesel::insert_into(projects::table)
        .values(ProjectRow::numbered(project, number))
        .execute(connection)?;
    Ok(ProjectRow::numbered(project, number))
}
