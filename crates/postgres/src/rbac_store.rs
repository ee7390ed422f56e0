//! Tenants' own roles, policies and permissions.

use crate::PostgresStore;
use crate::failure::Failure;
use crate::row::RbacItemRow;
use crate::schema::{grants, invitations, members, system_users};
use async_trait::async_trait;
use diesel::dsl::{exists, select};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, SelectableHelper,
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use faultbook_domain::id::{RbacItemId, TenantId};
use faultbook_domain::identity::{RbacItem, RbacKind};
use faultbook_domain::identity::{RbacRemoval, RbacStore};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::TenantScope;
use uuid::Uuid;

#[async_trait]
impl RbacStore for PostgresStore {
    async fn add_grant(&self, grant: &RbacItem) -> Result<(), StoreError> {
        self.run(|| async {
            let mut session = self.change().await?;
            diesel::insert_into(grants::table)
                .values(RbacItemRow::from(grant))
                .execute(&mut *session)
                .await?;
            session.finish().await
        })
        .await
    }

    async fn grant(
        &self,
        tenant: TenantScope,
        level: RbacKind,
        id: RbacItemId,
    ) -> Result<Option<RbacItem>, StoreError> {
        self.run(|| async {
            let mut session = self.look().await?;
            let found = own(tenant.id(), level)
                .filter(grants::id.eq(id.0))
                .select(RbacItemRow::as_select())
                .first(&mut *session)
                .await
                .optional()?;
            session.finish().await?;
            Ok(found.map(RbacItem::try_from).transpose()?)
        })
        .await
    }

    async fn grants(
        &self,
        tenant: TenantScope,
        level: RbacKind,
    ) -> Result<Vec<RbacItem>, StoreError> {
        self.run(|| async {
            let mut session = self.look().await?;
            let rows = own(tenant.id(), level)
                .select(RbacItemRow::as_select())
                .load(&mut *session)
                .await?;
            session.finish().await?;
            let all: Result<Vec<RbacItem>, StoreError> =
                rows.into_iter().map(RbacItem::try_from).collect();
            let mut all = all?;
            // By their bytes, whatever collation the database has.
            all.sort_unstable_by(|a, b| a.name.cmp(&b.name));
            Ok(all)
        })
        .await
    }

    async fn update_grant(&self, grant: &RbacItem) -> Result<bool, StoreError> {
        let members = serde_json::Value::from(grant.members.as_slice()).to_string();
        self.run(|| async {
            let mut session = self.change().await?;
            let kept = own(grant.tenant_id, grant.level).filter(grants::id.eq(grant.id.0));
            let updated = diesel::update(kept)
                .set((
                    grants::name.eq(&grant.name),
                    grants::description.eq(&grant.description),
                    grants::members.eq(&members),
                    grants::updated_at.eq(grant.updated_at),
                ))
                .execute(&mut *session)
                .await?;
            session.finish().await?;
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
        self.run(|| async {
            let mut session = self.change().await?;
            let kept = || own(tenant.id(), level).filter(grants::id.eq(id.0));
            let row = kept()
                .select(RbacItemRow::as_select())
                .first(&mut *session)
                .await
                .optional()?;
            let Some(row) = row else {
                return Ok(RbacRemoval::NotFound);
            };
            if is_in_use(&mut session, &RbacItem::try_from(row)?).await? {
                return Ok(RbacRemoval::InUse);
            }
            diesel::delete(kept()).execute(&mut *session).await?;
            session.finish().await?;
            Ok(RbacRemoval::Done)
        })
        .await
    }
}

/// A tenant's own grants of a level.
#[diesel::dsl::auto_type]
fn own(tenant: TenantId, level: RbacKind) -> _ {
    let tenant: Uuid = tenant.0;
    let level: &'static str = level.as_str();
    grants::table
        .filter(grants::tenant_id.eq(tenant))
        .filter(grants::level.eq(level))
}

async fn is_in_use(connection: &mut AsyncPgConnection, grant: &RbacItem) -> Result<bool, Failure> {
    let (above, held) = match grant.level {
        RbacKind::Permission => (RbacKind::Policy, grant.name.clone()),
        RbacKind::Policy => (RbacKind::Role, grant.id.to_string()),
        RbacKind::Role => {
            let id = grant.id.0;
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
