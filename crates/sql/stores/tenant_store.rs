//! Tenants over SQL.

use crate::dialect;
use crate::driver::{Backend, RunQueryDsl, Store};
use async_trait::async_trait;
use diesel::dsl::count_star;
use diesel::prelude::*;
use faultbook_domain::id::{TenantId, UserId};
use faultbook_domain::identity::{Member, MemberStatus};
use faultbook_domain::page::{Cursor, Page};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::TenantStore;
use faultbook_domain::tenancy::{Project, Slug, Tenant};
use faultbook_sql::row::{MemberRow, TenantRow, all, one};
use faultbook_sql::schema::{members, tenants};
use faultbook_sql::types::{DbId, DbTime};
use time::OffsetDateTime;

#[async_trait]
impl TenantStore for Store {
    async fn create_tenant<'a>(
        &self,
        tenant: &Tenant,
        first_project: &Project,
        owner: Option<&'a Member>,
    ) -> Result<(), StoreError> {
        let (tenant, first_project) = (tenant.clone(), first_project.clone());
        let owner = owner.cloned();
        self.write(async move |connection| {
            diesel::insert_into(tenants::table)
                .values(TenantRow::from(&tenant))
                .execute(connection)
                .await?;
            dialect::insert_project(connection, &first_project).await?;
            if let Some(owner) = &owner {
                diesel::insert_into(members::table)
                    .values(MemberRow::from(owner))
                    .execute(connection)
                    .await?;
            }
            Ok(())
        })
        .await
    }

    async fn get_tenant(&self, id: TenantId) -> Result<Option<Tenant>, StoreError> {
        self.read(async move |connection| {
            let found = tenants::table
                .filter(tenants::id.eq(DbId(id.0)))
                .filter(tenants::deleted_at.is_null())
                .select(TenantRow::as_select())
                .first(connection)
                .await
                .optional()?;
            Ok(one(found)?)
        })
        .await
    }

    async fn find_tenant(&self, slug: &Slug) -> Result<Option<Tenant>, StoreError> {
        let slug = slug.clone();
        self.read(async move |connection| {
            let found = tenants::table
                .filter(tenants::slug.eq(slug.as_str()))
                .filter(tenants::deleted_at.is_null())
                .select(TenantRow::as_select())
                .first(connection)
                .await
                .optional()?;
            Ok(one(found)?)
        })
        .await
    }

    async fn list_tenants(
        &self,
        member: Option<UserId>,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Tenant>, StoreError> {
        self.read(async move |connection| {
            let total: i64 = visible(member)
                .select(count_star())
                .first(connection)
                .await?;
            let rows = visible(member)
                .filter(tenants::id.lt(DbId(Cursor::bound(after))))
                .order(tenants::id.desc())
                .limit(i64::from(limit) + 1)
                .select(TenantRow::as_select())
                .load(connection)
                .await?;
            let items: Vec<Tenant> = all(rows)?;
            let total = u64::try_from(total).unwrap_or(0);
            Ok(Page::newest(items, limit, total, |one: &Tenant| one.id.0))
        })
        .await
    }

    async fn update_tenant(&self, tenant: &Tenant) -> Result<bool, StoreError> {
        let tenant = tenant.clone();
        self.write(async move |connection| {
            let known = tenants::table
                .filter(tenants::id.eq(DbId(tenant.id.0)))
                .filter(tenants::deleted_at.is_null());
            let updated = diesel::update(known)
                .set((
                    tenants::name.eq(&tenant.name),
                    tenants::suspended.eq(tenant.suspended),
                ))
                .execute(connection)
                .await?;
            Ok(updated > 0)
        })
        .await
    }

    async fn delete_tenant(&self, id: TenantId, at: OffsetDateTime) -> Result<bool, StoreError> {
        self.write(async move |connection| {
            let known = tenants::table
                .filter(tenants::id.eq(DbId(id.0)))
                .filter(tenants::deleted_at.is_null());
            let deleted = diesel::update(known)
                .set(tenants::deleted_at.eq(DbTime(at)))
                .execute(connection)
                .await?;
            Ok(deleted > 0)
        })
        .await
    }
}

/// Selects all tenants, or those of which a user is an active member.
fn visible(member: Option<UserId>) -> tenants::BoxedQuery<'static, Backend> {
    let all = tenants::table
        .filter(tenants::deleted_at.is_null())
        .into_boxed();
    match member {
        None => all,
        Some(user) => {
            let own = members::table
                .filter(members::user_id.eq(DbId(user.0)))
                .filter(members::status.eq(MemberStatus::Active.as_str()))
                .select(members::tenant_id);
            all.filter(tenants::id.eq_any(own))
        }
    }
}
