//! Members.

use crate::SqliteStore;
use crate::failure::Failure;
use crate::row::{MemberRecord, MemberRow, PersonOfMember, Uid};
use crate::schema::{members, tenants, users};
use async_trait::async_trait;
use diesel::dsl::count_star;
use diesel::prelude::*;
use faultbook_domain::id::{MemberId, TenantId, UserId};
use faultbook_domain::identity::{BuiltInRole, Member, MemberStatus};
use faultbook_domain::identity::{MemberChange, MemberStore};
use faultbook_domain::page::{Cursor, Page};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::TenantScope;

#[async_trait]
impl MemberStore for SqliteStore {
    async fn add_member(&self, member: &Member) -> Result<(), StoreError> {
        let row = MemberRow::from(member);
        self.write(move |connection| insert_member(connection, row))
            .await
    }

    async fn member(
        &self,
        tenant: TenantScope,
        id: MemberId,
    ) -> Result<Option<Member>, StoreError> {
        self.read(move |connection| {
            let found = people()
                .filter(members::tenant_id.eq(Uid::from(tenant.id().0)))
                .filter(members::id.eq(Uid::from(id.0)))
                .first::<(MemberRow, PersonOfMember)>(connection)
                .optional()?;
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
        self.read(move |connection| {
            let tenant = Uid::from(tenant.id().0);
            let total: i64 = members::table
                .filter(members::tenant_id.eq(tenant))
                .select(count_star())
                .first(connection)?;
            let rows = people()
                .filter(members::tenant_id.eq(tenant))
                .filter(members::id.lt(Uid::from(Cursor::bound(after))))
                .order(members::id.desc())
                .limit(i64::from(limit) + 1)
                .load::<(MemberRow, PersonOfMember)>(connection)?;
            let total = u64::try_from(total).unwrap_or(0);
            Ok(Page::newest(all(rows)?, limit, total, |one| one.id.0))
        })
        .await
    }

    async fn memberships(&self, user: UserId) -> Result<Vec<Member>, StoreError> {
        self.read(move |connection| {
            let there = tenants::table
                .filter(tenants::deleted_at.is_null())
                .select(tenants::id);
            let rows = people()
                .filter(members::user_id.eq(Uid::from(user.0)))
                .filter(members::tenant_id.eq_any(there))
                .order(members::id)
                .load::<(MemberRow, PersonOfMember)>(connection)?;
            all(rows)
        })
        .await
    }

    async fn update_member(&self, member: &Member) -> Result<MemberChange, StoreError> {
        let row = MemberRow::from(member);
        self.write(move |connection| {
            let own = members::table
                .filter(members::tenant_id.eq(row.tenant_id))
                .filter(members::id.eq(row.id));
            let had = keepers(connection, row.tenant_id)?;
            let new = (
                members::role_id.eq(row.role_id),
                members::status.eq(&row.status),
            );
            if diesel::update(own).set(new).execute(connection)? == 0 {
                return Ok(MemberChange::NotFound);
            }
            unless_last(connection, row.tenant_id, had)
        })
        .await
        .or_else(left_as_it_was)
    }

    async fn remove_member(
        &self,
        tenant: TenantScope,
        id: MemberId,
    ) -> Result<MemberChange, StoreError> {
        self.write(move |connection| {
            let tenant = Uid::from(tenant.id().0);
            let own = members::table
                .filter(members::tenant_id.eq(tenant))
                .filter(members::id.eq(Uid::from(id.0)));
            let had = keepers(connection, tenant)?;
            if diesel::delete(own).execute(connection)? == 0 {
                return Ok(MemberChange::NotFound);
            }
            unless_last(connection, tenant, had)
        })
        .await
        .or_else(left_as_it_was)
    }

    async fn membership(
        &self,
        user: UserId,
        tenant: TenantId,
    ) -> Result<Option<Member>, StoreError> {
        self.read(move |connection| {
            let found = people()
                .filter(members::tenant_id.eq(Uid::from(tenant.0)))
                .filter(members::user_id.eq(Uid::from(user.0)))
                .first::<(MemberRow, PersonOfMember)>(connection)
                .optional()?;
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

pub(crate) fn insert_member(
    connection: &mut SqliteConnection,
    row: MemberRow,
) -> Result<(), Failure> {
    diesel::insert_into(members::table)
        .values(row)
        .execute(connection)?;
    Ok(())
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

/// How many active owners and admins a tenant has.
fn keepers(connection: &mut SqliteConnection, tenant: Uid) -> Result<i64, Failure> {
    let roles = BuiltInRole::ADMIN_ROLES.map(|role| Uid::from(role.id().0));
    Ok(members::table
        .filter(members::tenant_id.eq(tenant))
        .filter(members::role_id.eq_any(roles))
        .filter(members::status.eq(MemberStatus::Active.as_str()))
        .select(count_star())
        .first(connection)?)
}

/// Undoes a change that left nobody to administer the tenant, by failing its transaction.
fn unless_last(
    connection: &mut SqliteConnection,
    tenant: Uid,
    had: i64,
) -> Result<MemberChange, Failure> {
    if had > 0 && keepers(connection, tenant)? == 0 {
        return Err(StoreError::Conflict(LAST_KEEPER).into());
    }
    Ok(MemberChange::Done)
}

const LAST_KEEPER: &str = "the last keeper's place";

fn left_as_it_was(error: StoreError) -> Result<MemberChange, StoreError> {
    match error {
        StoreError::Conflict(LAST_KEEPER) => Ok(MemberChange::LastAdmin),
        other => Err(other),
    }
}
