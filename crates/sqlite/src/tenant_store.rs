//! Tenants.

use crate::SqliteStore;
use crate::failure::Failure;
use crate::project_store::insert_project;
use crate::row::{MemberRow, ProjectRow, TenantRow, Uid, micros};
use crate::schema::{members, tenants};
use async_trait::async_trait;
use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use faultbook_domain::id::{TenantId, UserId};
use faultbook_domain::identity::{Member, MemberStatus};
use faultbook_domain::page::{Cursor, Page};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::TenantStore;
use faultbook_domain::tenancy::{Project, Slug, Tenant};
use time::OffsetDateTime;

#[async_trait]
impl TenantStore for SqliteStore {
    async fn create<'a>(
        &self,
        tenant: &Tenant,
        first_project: &Project,
        owner: Option<&'a Member>,
    ) -> Result<(), StoreError> {
        let tenant = TenantRow::from(tenant);
        let first_project = first_project.clone();
        let owner = owner.map(MemberRow::from);
        self.write(move |connection| {
            diesel::insert_into(tenants::table)
                .values(tenant)
                .execute(connection)?;
            if let Some(owner) = owner {
                diesel::insert_into(members::table)
                    .values(owner)
                    .execute(connection)?;
            }
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

    async fn tenants(
        &self,
        member: Option<UserId>,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Tenant>, StoreError> {
        self.read(move |connection| {
            let total: i64 = visible(member).select(count_star()).first(connection)?;
            let rows = visible(member)
                .filter(tenants::id.lt(Uid::from(Cursor::bound(after))))
                .order(tenants::id.desc())
                .limit(i64::from(limit) + 1)
                .select(TenantRow::as_select())
                .load(connection)?;
            let items: Result<_, StoreError> = rows.into_iter().map(Tenant::try_from).collect();
            let total = u64::try_from(total).unwrap_or(0);
            Ok(Page::newest(items?, limit, total, |one: &Tenant| one.id.0))
        })
        .await
    }

    async fn update_tenant(&self, tenant: &Tenant) -> Result<bool, StoreError> {
        let tenant = tenant.clone();
        self.write(move |connection| {
            let known = tenants::table
                .filter(tenants::id.eq(Uid::from(tenant.id.0)))
                .filter(tenants::deleted_at.is_null());
            let updated = diesel::update(known)
                .set((
                    tenants::name.eq(&tenant.name),
                    tenants::suspended.eq(tenant.suspended),
                ))
                .execute(connection)?;
            Ok(updated > 0)
        })
        .await
    }

    async fn delete_tenant(&self, id: TenantId, at: OffsetDateTime) -> Result<bool, StoreError> {
        self.write(move |connection| {
            let known = tenants::table
                .filter(tenants::id.eq(Uid::from(id.0)))
                .filter(tenants::deleted_at.is_null());
            let deleted = diesel::update(known)
                .set(tenants::deleted_at.eq(micros(at)))
                .execute(connection)?;
            Ok(deleted > 0)
        })
        .await
    }
}

/// Every tenant, or those that a person is an active member of.
fn visible(member: Option<UserId>) -> tenants::BoxedQuery<'static, Sqlite> {
    let all = tenants::table
        .filter(tenants::deleted_at.is_null())
        .into_boxed();
    match member {
        None => all,
        Some(user) => {
            let own = members::table
                .filter(members::user_id.eq(Uid::from(user.0)))
                .filter(members::status.eq(MemberStatus::Active.as_str()))
                .select(members::tenant_id);
            all.filter(tenants::id.eq_any(own))
        }
    }
}
