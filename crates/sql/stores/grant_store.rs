//! Tenants' own roles, policies and permissions.

use crate::driver::{Connection, Failure, RunQueryDsl, Store};
use async_trait::async_trait;
use diesel::dsl::{exists, select};
use diesel::prelude::*;
use faultbook_domain::entity::{Grant, GrantId, GrantLevel, TenantId, TenantScope};
use faultbook_domain::port::{GrantRemoval, GrantStore, StoreError};
use faultbook_sql::row::{GrantRow, all, one};
use faultbook_sql::schema::{grants, invitations, members, system_users};
use faultbook_sql::types::{DbId, DbTime};

#[async_trait]
impl GrantStore for Store {
    async fn add_grant(&self, grant: &Grant) -> Result<(), StoreError> {
        let grant = grant.clone();
        self.write(async move |connection| {
            diesel::insert_into(grants::table)
                .values(GrantRow::from(&grant))
                .execute(connection)
                .await?;
            Ok(())
        })
        .await
    }

    async fn grant(
        &self,
        tenant: TenantScope,
        level: GrantLevel,
        id: GrantId,
    ) -> Result<Option<Grant>, StoreError> {
        self.read(async move |connection| {
            let found = own(tenant.id(), level)
                .filter(grants::id.eq(DbId(id.0)))
                .select(GrantRow::as_select())
                .first(connection)
                .await
                .optional()?;
            Ok(one(found)?)
        })
        .await
    }

    async fn grants(
        &self,
        tenant: TenantScope,
        level: GrantLevel,
    ) -> Result<Vec<Grant>, StoreError> {
        self.read(async move |connection| {
            let rows = own(tenant.id(), level)
                .select(GrantRow::as_select())
                .load(connection)
                .await?;
            let mut grants: Vec<Grant> = all(rows)?;
            // By their bytes, whatever collation the database has.
            grants.sort_unstable_by(|a, b| a.name.cmp(&b.name));
            Ok(grants)
        })
        .await
    }

    async fn update_grant(&self, grant: &Grant) -> Result<bool, StoreError> {
        let grant = grant.clone();
        self.write(async move |connection| {
            let members = serde_json::Value::from(grant.members.as_slice()).to_string();
            let kept = own(grant.tenant_id, grant.level).filter(grants::id.eq(DbId(grant.id.0)));
            let updated = diesel::update(kept)
                .set((
                    grants::name.eq(&grant.name),
                    grants::description.eq(&grant.description),
                    grants::members.eq(members),
                    grants::updated_at.eq(DbTime(grant.updated_at)),
                ))
                .execute(connection)
                .await?;
            Ok(updated > 0)
        })
        .await
    }

    async fn remove_grant(
        &self,
        tenant: TenantScope,
        level: GrantLevel,
        id: GrantId,
    ) -> Result<GrantRemoval, StoreError> {
        self.write(async move |connection| {
            let kept = || own(tenant.id(), level).filter(grants::id.eq(DbId(id.0)));
            let row = kept()
                .select(GrantRow::as_select())
                .first(connection)
                .await
                .optional()?;
            let Some(row) = row else {
                return Ok(GrantRemoval::NotFound);
            };
            if is_in_use(connection, &Grant::try_from(row)?).await? {
                return Ok(GrantRemoval::InUse);
            }
            diesel::delete(kept()).execute(connection).await?;
            Ok(GrantRemoval::Done)
        })
        .await
    }
}

/// A tenant's own grants of a level.
#[diesel::dsl::auto_type]
fn own(tenant: TenantId, level: GrantLevel) -> _ {
    let tenant: DbId = DbId(tenant.0);
    let level: &'static str = level.as_str();
    grants::table
        .filter(grants::tenant_id.eq(tenant))
        .filter(grants::level.eq(level))
}

async fn is_in_use(connection: &mut Connection, grant: &Grant) -> Result<bool, Failure> {
    let (above, held) = match grant.level {
        GrantLevel::Permission => (GrantLevel::Policy, grant.name.clone()),
        GrantLevel::Policy => (GrantLevel::Role, grant.id.to_string()),
        GrantLevel::Role => {
            let id = DbId(grant.id.0);
            let by_member = exists(members::table.filter(members::role_id.eq(id)));
            let by_program = exists(system_users::table.filter(system_users::role_id.eq(id)));
            let by_guest = exists(
                invitations::table
                    .filter(invitations::role_id.eq(id))
                    .filter(invitations::accepted_at.is_null()),
            );
            let any = select(by_member.or(by_program).or(by_guest));
            return Ok(any.get_result(connection).await?);
        }
    };
    let rows = own(grant.tenant_id, above)
        .select(GrantRow::as_select())
        .load(connection)
        .await?;
    for row in rows {
        if Grant::try_from(row)?.members.contains(&held) {
            return Ok(true);
        }
    }
    Ok(false)
}
