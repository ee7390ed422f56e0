//! Projects.

use crate::PostgresStore;
use crate::row::{NewProjectRow, ProjectRow};
use crate::schema::projects;
use async_trait::async_trait;
use diesel::{ExpressionMethods, QueryDsl, SelectableHelper};
use diesel_async::RunQueryDsl;
use faultbook_domain::entity::{Project, TenantId};
use faultbook_domain::port::{ProjectStore, StoreError};

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

    async fn list(&self, tenant: TenantId) -> Result<Vec<Project>, StoreError> {
        self.run(|| async {
            let mut session = self.look().await?;
            let found = projects::table
                .filter(projects::tenant_id.eq(tenant.0))
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
}
