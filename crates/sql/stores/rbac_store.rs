//! Custom roles, policies and permissions over SQL.

use crate::driver::{Connection, Failure, RunQueryDsl, Store};
use async_trait::async_trait;
use diesel::dsl::{exists, select};
use diesel::prelude::*;
use faultbook_domain::id::{RbacItemId, TenantId};
use faultbook_domain::identity::{RbacItem, RbacKind};
use faultbook_domain::identity::{RbacRemoval, RbacStore};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::TenantScope;
use faultbook_sql::row::{RbacItemRow, all, one};
use faultbook_sql::schema::{grants, invitations, members, system_users};
use faultbook_sql::types::{DbId, DbTime};

#[async_trait]
impl RbacStore for Store {
    async fn add_rbac_item(&self, grant: &RbacItem) -> Result<(), StoreError> {
        let grant = grant.clone();
        self.write(async move |connection| {
            diesel::insert_into(grants::table)
                .values(RbacItemRow::from(&grant))
                .execute(connection)
                .await?;
            Ok(())
        })
        .await
    }

    async fn get_rbac_item(
        &self,
        tenant: TenantScope,
        level: RbacKind,
        id: RbacItemId,
    ) -> Result<Option<RbacItem>, StoreError> {
        self.read(async move |connection| {
            let found = own(tenant.id(), level)
                .filter(grants::id.eq(DbId(id.0)))
                .select(RbacItemRow::as_select())
                .first(connection)
                .await
                .optional()?;
            Ok(one(found)?)
        })
        .await
    }

    async fn list_rbac_items(
        &self,
        tenant: TenantScope,
        level: RbacKind,
    ) -> Result<Vec<RbacItem>, StoreError> {
        self.read(async move |connection| {
            let rows = own(tenant.id(), level)
                .select(RbacItemRow::as_select())
                .load(connection)
                .await?;
            let mut grants: Vec<RbacItem> = all(rows)?;
            // Bytewise order, independent of the database's collation.
            grants.sort_unstable_by(|a, b| a.name.cmp(&b.name));
            Ok(grants)
        })
        .await
    }

    async fn update_rbac_item(&self, grant: &RbacItem) -> Result<bool, StoreError> {
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

    async fn remove_rbac_item(
        &self,
        tenant: TenantScope,
        level: RbacKind,
        id: RbacItemId,
    ) -> Result<RbacRemoval, StoreError> {
        self.write(async move |connection| {
            let kept = || own(tenant.id(), level).filter(grants::id.eq(DbId(id.0)));
            let row = kept()
                .select(RbacItemRow::as_select())
                .first(connection)
                .await
                .optional()?;
            let Some(row) = row else {
                return Ok(RbacRemoval::NotFound);
            };
            if is_in_use(connection, &RbacItem::try_from(row)?).await? {
                return Ok(RbacRemoval::InUse);
            }
            diesel::delete(kept()).execute(connection).await?;
            Ok(RbacRemoval::Done)
        })
        .await
    }
}

/// Selects a tenant's custom items of a kind.
#[diesel::dsl::auto_type]
fn own(tenant: TenantId, level: RbacKind) -> _ {
    let tenant: DbId = DbId(tenant.0);
    let level: &'static str = level.as_str();
    grants::table
        .filter(grants::tenant_id.eq(tenant))
        .filter(grants::level.eq(level))
}

async fn is_in_use(connection: &mut Connection, grant: &RbacItem) -> Result<bool, Failure> {
    let (above, held) = match grant.level {
        RbacKind::Permission => (RbacKind::Policy, grant.name.clone()),
        RbacKind::Policy => (RbacKind::Role, grant.id.to_string()),
        RbacKind::Role => {
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
        .select(RbacItemRow::as_select())
        .load(connection)
        .await?;
    for row in rows {
        if RbacItem::try_from(row)?.members.contains(&held) {
            return Ok(true);
        }
    }
    Ok(false)
}
