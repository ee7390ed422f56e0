//! Tenants.

use crate::SqliteStore;
use crate::failure::Failure;
use crate::project_store::insert_project;
use crate::row::{ProjectRow, TenantRow, Uid};
use crate::schema::tenants;
use async_trait::async_trait;
use diesel::prelude::*;
use faultbook_domain::entity::{Project, Slug, Tenant, TenantId};
use faultbook_domain::port::{StoreError, TenantStore};

#[async_trait]
impl TenantStore for SqliteStore {
    async fn create(&self, tenant: &Tenant, first_project: &Project) -> Result<(), StoreError> {
        let tenant = TenantRow::from(tenant);
        let first_project = first_project.clone();
        self.write(move |connection| {
            diesel::insert_into(tenants::table)
                .values(tenant)
                .execute(connection)?;
            insert_project(connection, &first_project).map(|_: ProjectRow| ())
        })
        .await
    }

    async fn get(&self, id: TenantId) -> Result<Option<Tenant>, StoreError> {
        self.read(move |connection| {
            let row = tenants::table
                .filter(tenants::id.eq(Uid::from(id.0)))
                .filter(tenants::deleted_at.is_null())
                .select(TenantRow::as_select())
                .first(connection)
                .optional()?;
            Ok(row.map(Tenant::try_from).transpose()?)
        })
        .await
    }

    async fn find(&self, slug: &Slug) -> Result<Option<Tenant>, StoreError> {
        let slug = slug.to_string();
        self.read(move |connection| {
            let row = tenants::table
                .filter(tenants::slug.eq(slug))
                .filter(tenants::deleted_at.is_null())
                .select(TenantRow::as_select())
                .first(connection)
                .optional()?;
            Ok::<_, Failure>(row.map(Tenant::try_from).transpose()?)
        })
        .await
    }
}
