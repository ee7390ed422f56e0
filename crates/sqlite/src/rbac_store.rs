//! Tenants' own roles, policies and permissions.

use crate::SqliteStore;
use crate::failure::Failure;
use crate::row::{RbacItemRow, Uid, micros};
use crate::schema::{grants, invitations, members, system_users};
use async_trait::async_trait;
use diesel::dsl::{exists, select};
use diesel::prelude::*;
use faultbook_domain::id::{RbacItemId, TenantId};
use faultbook_domain::identity::{RbacItem, RbacKind};
use faultbook_domain::identity::{RbacRemoval, RbacStore};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::TenantScope;

#[async_trait]
impl RbacStore for SqliteStore {
    async fn add_grant(&self, grant: &RbacItem) -> Result<(), StoreError> {
        let row = RbacItemRow::from(grant);
        self.write(move |connection| {
            diesel::insert_into(grants::table)
                .values(row)
                .execute(connection)?;
            Ok(())
        })
        .await
    }

    async fn grant(
        &self,
        tenant: TenantScope,
        level: RbacKind,
        id: RbacItemId,
    ) -> Result<Option<RbacItem>, StoreError> {
        self.read(move |connection| {
            let row = own(tenant.id(), level)
                .filter(grants::id.eq(Uid::from(id.0)))
                .select(RbacItemRow::as_select())
                .first(connection)
                .optional()?;
            Ok(row.map(RbacItem::try_from).transpose()?)
        })
        .await
    }

    async fn grants(
        &self,
        tenant: TenantScope,
        level: RbacKind,
    ) -> Result<Vec<RbacItem>, StoreError> {
        self.read(move |connection| {
            let rows = own(tenant.id(), level)
                .order(grants::name)
                .select(RbacItemRow::as_select())
                .load(connection)?;
            let all: Result<_, StoreError> = rows.into_iter().map(RbacItem::try_from).collect();
            Ok(all?)
        })
        .await
    }

    async fn update_grant(&self, grant: &RbacItem) -> Result<bool, StoreError> {
        let grant = grant.clone();
        self.write(move |connection| {
            let members = serde_json::Value::from(grant.members.as_slice()).to_string();
            let kept =
                own(grant.tenant_id, grant.level).filter(grants::id.eq(Uid::from(grant.id.0)));
            let updated = diesel::update(kept)
                .set((
                    grants::name.eq(&grant.name),
                    grants::description.eq(&grant.description),
                    grants::members.eq(members),
                    grants::updated_at.eq(micros(grant.updated_at)),
                ))
                .execute(connection)?;
            Ok(updated > 0)
        })
        .await
    }

    async fn remove_grant(
        &self,
        tenant: TenantScope,
        level: RbacKind,
        id: RbacItemId,
    ) -> Result<RbacRemoval, StoreError> {
        self.write(move |connection| {
            let kept = || own(tenant.id(), level).filter(grants::id.eq(Uid::from(id.0)));
            let row = kept()
                .select(RbacItemRow::as_select())
                .first(connection)
                .optional()?;
            let Some(row) = row else {
                return Ok(RbacRemoval::NotFound);
            };
            if is_in_use(connection, &RbacItem::try_from(row)?)? {
                return Ok(RbacRemoval::InUse);
            }
            diesel::delete(kept()).execute(connection)?;
            Ok(RbacRemoval::Done)
        })
        .await
    }
}

/// A tenant's own grants of a level.
#[diesel::dsl::auto_type]
fn own(tenant: TenantId, level: RbacKind) -> _ {
    let tenant: Uid = Uid(tenant.0.into_bytes());
    let level: &'static str = level.as_str();
    grants::table
        .filter(grants::tenant_id.eq(tenant))
        .filter(grants::level.eq(level))
}

fn is_in_use(connection: &mut SqliteConnection, grant: &RbacItem) -> Result<bool, Failure> {
    let (above, held) = match grant.level {
        RbacKind::Permission => (RbacKind::Policy, grant.name.clone()),
        RbacKind::Policy => (RbacKind::Role, grant.id.to_string()),
        RbacKind::Role => {
            let id = Uid::from(grant.id.0);
            let by_member = exists(members::table.filter(members::role_id.eq(id)));
            let by_program = exists(system_users::table.filter(system_users::role_id.eq(id)));
            let by_guest = exists(
                invitations::table
                    .filter(invitations::role_id.eq(id))
                    .filter(invitations::accepted_at.is_null()),
            );
            let any = select(by_member.or(by_program).or(by_guest));
            return Ok(any.get_result(connection)?);
        }
    };
    let rows = own(grant.tenant_id, above)
        .select(RbacItemRow::as_select())
        .load(connection)?;
    for row in rows {
        if RbacItem::try_from(row)?.members.contains(&held) {
            return Ok(true);
        }
    }
    Ok(false)
}
