//! Tenants.

use crate::PostgresStore;
use crate::row::{MemberRow, NewProjectRow, TenantRow};
use crate::schema::{members, projects, tenants};
use async_trait::async_trait;
use diesel::dsl::count_star;
use diesel::pg::Pg;
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, SelectableHelper};
use diesel_async::RunQueryDsl;
use faultbook_domain::id::{TenantId, UserId};
use faultbook_domain::identity::{Member, MemberStatus};
use faultbook_domain::page::{Cursor, Page};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::TenantStore;
use faultbook_domain::tenancy::{Project, Slug, Tenant};
use time::OffsetDateTime;

#[async_trait]
impl TenantStore for PostgresStore {
    async fn create<'a>(
        &self,
        tenant: &Tenant,
        first_project: &Project,
        owner: Option<&'a Member>,
    ) -> Result<(), StoreError> {
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
            if let Some(owner) = owner {
                diesel::insert_into(members::table)
                    .values(MemberRow::from(owner))
                    .execute(&mut *session)
                    .await?;
            }
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

    async fn tenants(
        &self,
        member: Option<UserId>,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Tenant>, StoreError> {
        self.run(|| async {
            let mut session = self.look().await?;
            let total: i64 = visible(member)
                .select(count_star())
                .first(&mut *session)
                .await?;
            let rows = visible(member)
                .filter(tenants::id.lt(Cursor::bound(after)))
                .order(tenants::id.desc())
                .limit(i64::from(limit) + 1)
                .select(TenantRow::as_select())
                .load(&mut *session)
                .await?;
            session.finish().await?;
            let items: Result<_, StoreError> = rows.into_iter().map(Tenant::try_from).collect();
            let total = u64::try_from(total).unwrap_or(0);
            Ok(Page::newest(items?, limit, total, |one: &Tenant| one.id.0))
        })
        .await
    }

    async fn update_tenant(&self, tenant: &Tenant) -> Result<bool, StoreError> {
        self.run(|| async {
            let mut session = self.change().await?;
            let known = tenants::table
                .filter(tenants::id.eq(tenant.id.0))
                .filter(tenants::deleted_at.is_null());
            let updated = diesel::update(known)
                .set((
                    tenants::name.eq(&tenant.name),
                    tenants::suspended.eq(tenant.suspended),
                ))
                .execute(&mut *session)
                .await?;
            session.finish().await?;
            Ok(updated > 0)
        })
        .await
    }

    async fn delete_tenant(&self, id: TenantId, at: OffsetDateTime) -> Result<bool, StoreError> {
        self.run(|| async {
            let mut session = self.change().await?;
            let known = tenants::table
                .filter(tenants::id.eq(id.0))
                .filter(tenants::deleted_at.is_null());
            let deleted = diesel::update(known)
                .set(tenants::deleted_at.eq(at))
                .execute(&mut *session)
                .await?;
            session.finish().await?;
            Ok(deleted > 0)
        })
        .await
    }
}

/// Every tenant, or those that a person is an active member of.
fn visible(member: Option<UserId>) -> tenants::BoxedQuery<'static, Pg> {
    let all = tenants::table
        .filter(tenants::deleted_at.is_null())
        .into_boxed();
    match member {
        None => all,
        Some(user) => {
            let own = members::table
                .filter(members::user_id.eq(user.0))
                .filter(members::status.eq(MemberStatus::Active.as_str()))
                .select(members::tenant_id);
            all.filter(tenants::id.eq_any(own))
        }
    }
}
