//! Members.

use crate::PostgresStore;
use crate::failure::Failure;
use crate::row::{MemberRecord, MemberRow, PersonOfMember};
use crate::schema::{members, tenants, users};
use async_trait::async_trait;
use diesel::dsl::count_star;
use diesel::{ExpressionMethods, JoinOnDsl, OptionalExtension, QueryDsl};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use faultbook_domain::id::{MemberId, TenantId, UserId};
use faultbook_domain::identity::{BuiltInRole, Member, MemberStatus};
use faultbook_domain::identity::{MemberChange, MemberStore};
use faultbook_domain::page::{Cursor, Page};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::TenantScope;
use uuid::Uuid;

#[async_trait]
impl MemberStore for PostgresStore {
    async fn add_member(&self, member: &Member) -> Result<(), StoreError> {
        self.run(|| async {
            let mut session = self.change().await?;
            diesel::insert_into(members::table)
                .values(MemberRow::from(member))
                .execute(&mut *session)
                .await?;
            session.finish().await
        })
        .await
    }

    async fn member(
        &self,
        tenant: TenantScope,
        id: MemberId,
    ) -> Result<Option<Member>, StoreError> {
        self.run(|| async {
            let mut session = self.look().await?;
            let found = people()
                .filter(members::tenant_id.eq(tenant.id().0))
                .filter(members::id.eq(id.0))
                .first::<(MemberRow, PersonOfMember)>(&mut *session)
                .await
                .optional()?;
            session.finish().await?;
            one(found)
        })
        .await
    }

    async fn members(
        &self,
        tenant: TenantScope,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Member>, StoreError> {
        self.run(|| async {
            let mut session = self.look().await?;
            let total: i64 = members::table
                .filter(members::tenant_id.eq(tenant.id().0))
                .select(count_star())
                .first(&mut *session)
                .await?;
            let rows = people()
                .filter(members::tenant_id.eq(tenant.id().0))
                .filter(members::id.lt(Cursor::bound(after)))
                .order(members::id.desc())
                .limit(i64::from(limit) + 1)
                .load::<(MemberRow, PersonOfMember)>(&mut *session)
                .await?;
            session.finish().await?;
            let total = u64::try_from(total).unwrap_or(0);
            Ok(Page::newest(all(rows)?, limit, total, |one| one.id.0))
        })
        .await
    }

    async fn memberships(&self, user: UserId) -> Result<Vec<Member>, StoreError> {
        self.run(|| async {
            let mut session = self.look().await?;
            let there = tenants::table
                .filter(tenants::deleted_at.is_null())
                .select(tenants::id);
            let rows = people()
                .filter(members::user_id.eq(user.0))
                .filter(members::tenant_id.eq_any(there))
                .order(members::id)
                .load::<(MemberRow, PersonOfMember)>(&mut *session)
                .await?;
            session.finish().await?;
            all(rows)
        })
        .await
    }

    async fn update_member(&self, member: &Member) -> Result<MemberChange, StoreError> {
        self.run(|| async {
            let row = MemberRow::from(member);
            let mut session = self.change().await?;
            let had = keepers_alone(&mut session, row.tenant_id).await?;
            let own = members::table
                .filter(members::tenant_id.eq(row.tenant_id))
                .filter(members::id.eq(row.id));
            let new = (
                members::role_id.eq(row.role_id),
                members::status.eq(row.status),
            );
            let updated = diesel::update(own).set(new).execute(&mut *session).await?;
            if updated == 0 {
                return Ok(MemberChange::NotFound);
            }
            // Unfinished, the session undoes what it did.
            if had > 0 && keepers(&mut session, row.tenant_id).await? == 0 {
                return Ok(MemberChange::LastAdmin);
            }
            session.finish().await?;
            Ok(MemberChange::Done)
        })
        .await
    }

    async fn remove_member(
        &self,
        tenant: TenantScope,
        id: MemberId,
    ) -> Result<MemberChange, StoreError> {
        self.run(|| async {
            let tenant = tenant.id().0;
            let mut session = self.change().await?;
            let had = keepers_alone(&mut session, tenant).await?;
            let own = members::table
                .filter(members::tenant_id.eq(tenant))
                .filter(members::id.eq(id.0));
            if diesel::delete(own).execute(&mut *session).await? == 0 {
                return Ok(MemberChange::NotFound);
            }
            if had > 0 && keepers(&mut session, tenant).await? == 0 {
                return Ok(MemberChange::LastAdmin);
            }
            session.finish().await?;
            Ok(MemberChange::Done)
        })
        .await
    }

    async fn membership(
        &self,
        user: UserId,
        tenant: TenantId,
    ) -> Result<Option<Member>, StoreError> {
        self.run(|| async {
            let mut session = self.look().await?;
            let found = people()
                .filter(members::tenant_id.eq(tenant.0))
                .filter(members::user_id.eq(user.0))
                .first::<(MemberRow, PersonOfMember)>(&mut *session)
                .await
                .optional()?;
            session.finish().await?;
            one(found)
        })
        .await
    }
}

/// Members with what their user records say.
#[diesel::dsl::auto_type]
fn people() -> _ {
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
            (users::email, users::name, users::last_active),
        ))
}

fn one(found: Option<(MemberRow, PersonOfMember)>) -> Result<Option<Member>, Failure> {
    let found = found.map(MemberRecord::try_from).transpose()?;
    Ok(found.map(|record| record.0))
}

fn all(rows: Vec<(MemberRow, PersonOfMember)>) -> Result<Vec<Member>, Failure> {
    let records = rows.into_iter().map(MemberRecord::try_from);
    let members: Result<_, StoreError> = records.map(|record| Ok(record?.0)).collect();
    Ok(members?)
}

/// How many active owners and admins a tenant has, until the transaction ends: others wait.
async fn keepers_alone(connection: &mut AsyncPgConnection, tenant: Uuid) -> Result<i64, Failure> {
    tenants::table
        .filter(tenants::id.eq(tenant))
        .select(tenants::id)
        .for_no_key_update()
        .first::<Uuid>(connection)
        .await
        .optional()?;
    keepers(connection, tenant).await
}

async fn keepers(connection: &mut AsyncPgConnection, tenant: Uuid) -> Result<i64, Failure> {
    let roles = BuiltInRole::ADMIN_ROLES.map(|role| role.id().0);
    Ok(members::table
        .filter(members::tenant_id.eq(tenant))
        .filter(members::role_id.eq_any(roles))
        .filter(members::status.eq(MemberStatus::Active.as_str()))
        .select(count_star())
        .first(connection)
        .await?)
}
