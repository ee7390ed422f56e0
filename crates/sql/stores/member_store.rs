//! Members over SQL.

use crate::dialect;
use crate::driver::{Connection, Failure, RunQueryDsl, Store};
use crate::stores::triage_store::unassign;
use async_trait::async_trait;
use diesel::dsl::count_star;
use diesel::prelude::*;
use faultbook_domain::errors::Actor;
use faultbook_domain::id::{MemberId, TenantId, UserId};
use faultbook_domain::identity::{BuiltInRole, Member, MemberStatus};
use faultbook_domain::identity::{MemberChange, MemberStore};
use faultbook_domain::page::{Cursor, Page};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::TenantScope;
use faultbook_sql::row::{MemberRow, PersonRow, all, one};
use faultbook_sql::schema::{error_marks, members, projects, tenants, users};
use faultbook_sql::types::DbId;
use time::OffsetDateTime;

#[async_trait]
impl MemberStore for Store {
    async fn add_member(&self, member: &Member) -> Result<(), StoreError> {
        let member = member.clone();
        self.write(async move |connection| {
            diesel::insert_into(members::table)
                .values(MemberRow::from(&member))
                .execute(connection)
                .await?;
            Ok(())
        })
        .await
    }

    async fn get_member(
        &self,
        tenant: TenantScope,
        id: MemberId,
    ) -> Result<Option<Member>, StoreError> {
        self.read(async move |connection| {
            let found = with_users()
                .filter(members::tenant_id.eq(DbId(tenant.id().0)))
                .filter(members::id.eq(DbId(id.0)))
                .first::<PersonRow>(connection)
                .await
                .optional()?;
            Ok(one(found)?)
        })
        .await
    }

    async fn list_members(
        &self,
        tenant: TenantScope,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Member>, StoreError> {
        self.read(async move |connection| {
            let total: i64 = members::table
                .filter(members::tenant_id.eq(DbId(tenant.id().0)))
                .select(count_star())
                .first(connection)
                .await?;
            let rows = with_users()
                .filter(members::tenant_id.eq(DbId(tenant.id().0)))
                .filter(members::id.lt(DbId(Cursor::bound(after))))
                .order(members::id.desc())
                .limit(i64::from(limit) + 1)
                .load::<PersonRow>(connection)
                .await?;
            let total = u64::try_from(total).unwrap_or(0);
            Ok(Page::newest(all(rows)?, limit, total, |one: &Member| {
                one.id.0
            }))
        })
        .await
    }

    async fn list_memberships(&self, user: UserId) -> Result<Vec<Member>, StoreError> {
        self.read(async move |connection| {
            let there = tenants::table
                .filter(tenants::deleted_at.is_null())
                .select(tenants::id);
            let rows = with_users()
                .filter(members::user_id.eq(DbId(user.0)))
                .filter(members::tenant_id.eq_any(there))
                .order(members::id)
                .load::<PersonRow>(connection)
                .await?;
            Ok(all(rows)?)
        })
        .await
    }

    async fn update_member(&self, member: &Member) -> Result<MemberChange, StoreError> {
        let member = member.clone();
        self.write(async move |connection| {
            dialect::lock_tenant(connection, member.tenant_id).await?;
            let had = count_admins(connection, member.tenant_id).await?;
            let row = MemberRow::from(&member);
            let own = members::table
                .filter(members::tenant_id.eq(row.tenant_id))
                .filter(members::id.eq(row.id));
            let new = (
                members::role_id.eq(row.role_id),
                members::status.eq(row.status),
            );
            if diesel::update(own).set(new).execute(connection).await? == 0 {
                return Ok(MemberChange::NotFound);
            }
            require_admin(connection, member.tenant_id, had).await
        })
        .await
        .or_else(left_as_it_was)
    }

    async fn remove_member(
        &self,
        tenant: TenantScope,
        id: MemberId,
        at: OffsetDateTime,
    ) -> Result<MemberChange, StoreError> {
        let ids = self.activity_ids();
        self.write(async move |connection| {
            dialect::lock_tenant(connection, tenant.id()).await?;
            let had = count_admins(connection, tenant.id()).await?;
            let own = members::table
                .filter(members::tenant_id.eq(DbId(tenant.id().0)))
                .filter(members::id.eq(DbId(id.0)));
            let user: Option<DbId> = own
                .select(members::user_id)
                .first(connection)
                .await
                .optional()?;
            let Some(user) = user else {
                return Ok(MemberChange::NotFound);
            };
            diesel::delete(own).execute(connection).await?;
            forget_marks(connection, tenant.id(), user).await?;
            unassign(connection, id, ids.clone(), at).await?;
            require_admin(connection, tenant.id(), had).await
        })
        .await
        .or_else(left_as_it_was)
    }

    async fn find_membership(
        &self,
        user: UserId,
        tenant: TenantId,
    ) -> Result<Option<Member>, StoreError> {
        self.read(async move |connection| {
            let found = with_users()
                .filter(members::tenant_id.eq(DbId(tenant.0)))
                .filter(members::user_id.eq(DbId(user.0)))
                .first::<PersonRow>(connection)
                .await
                .optional()?;
            Ok(one(found)?)
        })
        .await
    }
}

/// Selects members joined with their user records.
#[diesel::dsl::auto_type]
fn with_users() -> _ {
    members::table
        .inner_join(users::table.on(users::id.eq(members::user_id)))
        .select((
            (
                members::id,
                members::tenant_id,
                members::user_id,
                members::role_id,
                members::status,
                members::created_at,
            ),
            users::email,
            users::name,
            users::last_active,
        ))
}

/// Removes bookmarks and follows of a user who leaves a tenant.
async fn forget_marks(
    connection: &mut Connection,
    tenant: TenantId,
    user: DbId,
) -> Result<(), Failure> {
    let own = projects::table
        .filter(projects::tenant_id.eq(DbId(tenant.0)))
        .select(projects::id);
    let marks = error_marks::table
        .filter(error_marks::principal.eq(Actor::User(UserId(user.0)).to_string()))
        .filter(error_marks::project_id.eq_any(own));
    diesel::delete(marks).execute(connection).await?;
    Ok(())
}

/// Counts a tenant's active owners and admins.
async fn count_admins(connection: &mut Connection, tenant: TenantId) -> Result<i64, Failure> {
    let roles = BuiltInRole::ADMIN_ROLES.map(|role| DbId(role.id().0));
    Ok(members::table
        .filter(members::tenant_id.eq(DbId(tenant.0)))
        .filter(members::role_id.eq_any(roles))
        .filter(members::status.eq(MemberStatus::Active.as_str()))
        .select(count_star())
        .first(connection)
        .await?)
}

/// Fails the transaction of a change that left the tenant without an active owner or admin.
async fn require_admin(
    connection: &mut Connection,
    tenant: TenantId,
    had: i64,
) -> Result<MemberChange, Failure> {
    if had > 0 && count_admins(connection, tenant).await? == 0 {
        return Err(StoreError::Conflict(LAST_ADMIN).into());
    }
    Ok(MemberChange::Done)
}

const LAST_ADMIN: &str = "the last admin's place";

fn left_as_it_was(error: StoreError) -> Result<MemberChange, StoreError> {
    match error {
        StoreError::Conflict(LAST_ADMIN) => Ok(MemberChange::LastAdmin),
        other => Err(other),
    }
}
