//! System users.

use crate::PostgresStore;
use crate::row::SystemUserRow;
use crate::schema::system_users;
use async_trait::async_trait;
use diesel::dsl::{count_star, sql_query};
use diesel::sql_types::{Array, Timestamptz, Uuid as SqlUuid};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, SelectableHelper};
use diesel_async::RunQueryDsl;
use faultbook_domain::id::SystemUserId;
use faultbook_domain::identity::SystemUserStore;
use faultbook_domain::identity::{KeyDigest, SystemUser};
use faultbook_domain::page::{Cursor, Page};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::TenantScope;
use time::OffsetDateTime;
use uuid::Uuid;

#[async_trait]
impl SystemUserStore for PostgresStore {
    async fn add_system_user(&self, user: &SystemUser) -> Result<(), StoreError> {
        self.run(|| async {
            let mut session = self.change().await?;
            diesel::insert_into(system_users::table)
                .values(SystemUserRow::from(user))
                .execute(&mut *session)
                .await?;
            session.finish().await
        })
        .await
    }

    async fn system_user(
        &self,
        tenant: TenantScope,
        id: SystemUserId,
    ) -> Result<Option<SystemUser>, StoreError> {
        self.run(|| async {
            let mut session = self.look().await?;
            let found = system_users::table
                .filter(system_users::tenant_id.eq(tenant.id().0))
                .filter(system_users::id.eq(id.0))
                .select(SystemUserRow::as_select())
                .first(&mut *session)
                .await
                .optional()?;
            session.finish().await?;
            Ok(found.map(SystemUser::try_from).transpose()?)
        })
        .await
    }

    async fn system_user_of(&self, digest: &KeyDigest) -> Result<Option<SystemUser>, StoreError> {
        self.run(|| async {
            let mut session = self.look().await?;
            let found = system_users::table
                .filter(system_users::digest.eq(&digest.0[..]))
                .select(SystemUserRow::as_select())
                .first(&mut *session)
                .await
                .optional()?;
            session.finish().await?;
            Ok(found.map(SystemUser::try_from).transpose()?)
        })
        .await
    }

    async fn system_users(
        &self,
        tenant: TenantScope,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<SystemUser>, StoreError> {
        self.run(|| async {
            let mut session = self.look().await?;
            let own = || system_users::table.filter(system_users::tenant_id.eq(tenant.id().0));
            let total: i64 = own().select(count_star()).first(&mut *session).await?;
            let rows = own()
                .filter(system_users::id.lt(Cursor::bound(after)))
                .order(system_users::id.desc())
                .limit(i64::from(limit) + 1)
                .select(SystemUserRow::as_select())
                .load(&mut *session)
                .await?;
            session.finish().await?;
            let items: Result<_, StoreError> = rows.into_iter().map(SystemUser::try_from).collect();
            let total = u64::try_from(total).unwrap_or(0);
            Ok(Page::newest(items?, limit, total, |one: &SystemUser| {
                one.id.0
            }))
        })
        .await
    }

    async fn update_system_user(&self, user: &SystemUser) -> Result<bool, StoreError> {
        self.run(|| async {
            let mut session = self.change().await?;
            let own = system_users::table
                .filter(system_users::tenant_id.eq(user.tenant_id.0))
                .filter(system_users::id.eq(user.id.0));
            let updated = diesel::update(own)
                .set((
                    system_users::name.eq(&user.name),
                    system_users::role_id.eq(user.role_id.0),
                    system_users::digest.eq(&user.digest.0[..]),
                    system_users::preview.eq(&user.preview),
                    system_users::active.eq(user.active),
                    system_users::expires_at.eq(user.expires_at),
                ))
                .execute(&mut *session)
                .await?;
            session.finish().await?;
            Ok(updated > 0)
        })
        .await
    }

    async fn remove_system_user(
        &self,
        tenant: TenantScope,
        id: SystemUserId,
    ) -> Result<bool, StoreError> {
        self.run(|| async {
            let mut session = self.change().await?;
            let own = system_users::table
                .filter(system_users::tenant_id.eq(tenant.id().0))
                .filter(system_users::id.eq(id.0));
            let removed = diesel::delete(own).execute(&mut *session).await?;
            session.finish().await?;
            Ok(removed > 0)
        })
        .await
    }

    async fn touch_system_users(
        &self,
        used: &[(SystemUserId, OffsetDateTime)],
    ) -> Result<(), StoreError> {
        let (ids, times): (Vec<Uuid>, Vec<OffsetDateTime>) =
            used.iter().map(|(id, at)| (id.0, *at)).unzip();
        self.run(|| async {
            let mut session = self.change().await?;
            sql_query(
                "UPDATE system_users SET last_used = greatest(last_used, u.at) \
                 FROM (SELECT id, max(at) AS at FROM unnest($1, $2) AS k (id, at) GROUP BY id) u \
                 WHERE system_users.id = u.id",
            )
            .bind::<Array<SqlUuid>, _>(&ids)
            .bind::<Array<Timestamptz>, _>(&times)
            .execute(&mut *session)
            .await?;
            session.finish().await
        })
        .await
    }
}
