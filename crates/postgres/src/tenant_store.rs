//! Tenants.

use crate::PostgresStore;
use crate::row::{NewProjectRow, TenantRow};
use crate::schema::{projects, tenants};
use async_trait::async_trait;
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, SelectableHelper};
use diesel_async::RunQueryDsl;
use faultbook_domain::entity::{Project, Slug, Tenant, TenantId};
use faultbook_domain::port::{StoreError, TenantStore};

#[async_trait]
impl TenantStore for PostgresStore {
    async fn create(&self, tenant: &Tenant, first_project: &Project) -> Result<(), StoreError> {
        self.run(|| async {
            let mut session = self.change().await?;
            diesel::insert_into(tenants::table)
                .values(TenantRow::from(tenant))
                .execute(&mut *session)
                .await?;
            diesel::insert_into(projects::table)
                .values(NewProjectRow::from(first_project))
                .execute(&mut *session)
                .await?;
            session.finish().await
        })
        .await
    }

    async fn get(&self, id: TenantId) -> Result<Option<Tenant>, StoreError> {
        self.run(|| async {
            let mut session = self.look().await?;
            let found = tenants::table
                .filter(tenants::id.eq(id.0))
                .filter(tenants::deleted_at.is_null())
                .select(TenantRow::as_select())
                .first(&mut *session)
                .await
                .optional()?;
            session.finish().await?;
            Ok(found.map(Tenant::try_from).transpose()?)
        })
        .await
    }

    async fn find(&self, slug: &Slug) -> Result<Option<Tenant>, StoreError> {
        self.run(|| async {
            let mut session = self.look().await?;
            let found = tenants::table
                .filter(tenants::slug.eq(slug.as_str()))
                .filter(tenants::deleted_at.is_null())
                .select(TenantRow::as_select())
                .first(&mut *session)
                .await
                .optional()?;
            session.finish().await?;
            Ok(found.map(Tenant::try_from).transpose()?)
        })
        .await
    }
}
