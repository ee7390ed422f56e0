//! Projects.

use crate::SqliteStore;
use crate::failure::Failure;
use crate::row::{ProjectRow, Uid};
use crate::schema::projects;
use async_trait::async_trait;
use diesel::dsl::max;
use diesel::prelude::*;
use faultbook_domain::entity::{Project, TenantId};
use faultbook_domain::port::{ProjectStore, StoreError};

#[async_trait]
impl ProjectStore for SqliteStore {
    async fn create(&self, project: &Project) -> Result<Project, StoreError> {
        let project = project.clone();
        self.write(move |connection| Ok(insert_project(connection, &project)?.try_into()?))
            .await
    }

    async fn list(&self, tenant: TenantId) -> Result<Vec<Project>, StoreError> {
        self.read(move |connection| {
            let rows = projects::table
                .filter(projects::tenant_id.eq(Uid::from(tenant.0)))
                .order(projects::number)
                .select(ProjectRow::as_select())
                .load(connection)?;
            let projects = rows.into_iter().map(Project::try_from);
            Ok(projects.collect::<Result<_, _>>()?)
        })
        .await
    }
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
