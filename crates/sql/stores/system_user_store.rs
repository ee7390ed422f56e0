//! System users over SQL.

use crate::dialect;
use crate::driver::{RunQueryDsl, Store};
use async_trait::async_trait;
use diesel::dsl::count_star;
use diesel::prelude::*;
use faultbook_domain::id::SystemUserId;
use faultbook_domain::identity::SystemUserStore;
use faultbook_domain::identity::{KeyDigest, SystemUser};
use faultbook_domain::page::{Cursor, Page};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::TenantScope;
use faultbook_sql::row::{SystemUserRow, all, one};
use faultbook_sql::schema::system_users;
use faultbook_sql::types::{DbId, DbTime};
use time::OffsetDateTime;

#[async_trait]
impl SystemUserStore for Store {
    async fn add_system_user(&self, user: &SystemUser) -> Result<(), StoreError> {
        let user = user.clone();
        self.write(async move |connection| {
            diesel::insert_into(system_users::table)
                .values(SystemUserRow::from(&user))
                .execute(connection)
                .await?;
            Ok(())
        })
        .await
    }

    async fn get_system_user(
        &self,
        tenant: TenantScope,
        id: SystemUserId,
    ) -> Result<Option<SystemUser>, StoreError> {
        self.read(async move |connection| {
            let found = system_users::table
                .filter(system_users::tenant_id.eq(DbId(tenant.id().0)))
                .filter(system_users::id.eq(DbId(id.0)))
                .select(SystemUserRow::as_select())
                .first(connection)
                .await
                .optional()?;
            Ok(one(found)?)
        })
        .await
    }

    async fn find_system_user(&self, digest: &KeyDigest) -> Result<Option<SystemUser>, StoreError> {
        let digest = digest.0;
        self.read(async move |connection| {
            let found = system_users::table
                .filter(system_users::digest.eq(&digest[..]))
                .select(SystemUserRow::as_select())
                .first(connection)
                .await
                .optional()?;
            Ok(one(found)?)
        })
        .await
    }

    async fn list_system_users(
        &self,
        tenant: TenantScope,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<SystemUser>, StoreError> {
        self.read(async move |connection| {
            let own =
                || system_users::table.filter(system_users::tenant_id.eq(DbId(tenant.id().0)));
            let total: i64 = own().select(count_star()).first(connection).await?;
            let rows = own()
                .filter(system_users::id.lt(DbId(Cursor::bound(after))))
                .order(system_users::id.desc())
                .limit(i64::from(limit) + 1)
                .select(SystemUserRow::as_select())
                .load(connection)
                .await?;
            let items: Vec<SystemUser> = all(rows)?;
            let total = u64::try_from(total).unwrap_or(0);
            Ok(Page::newest(items, limit, total, |one: &SystemUser| {
                one.id.0
            }))
        })
        .await
    }

    async fn update_system_user(&self, user: &SystemUser) -> Result<bool, StoreError> {
        let user = user.clone();
        self.write(async move |connection| {
            let own = system_users::table
                .filter(system_users::tenant_id.eq(DbId(user.tenant_id.0)))
                .filter(system_users::id.eq(DbId(user.id.0)));
            let updated = diesel::update(own)
                .set((
                    system_users::name.eq(&user.name),
                    system_users::role_id.eq(DbId(user.role_id.0)),
                    system_users::digest.eq(&user.digest.0[..]),
                    system_users::preview.eq(&user.preview),
                    system_users::active.eq(user.active),
                    system_users::expires_at.eq(user.expires_at.map(DbTime)),
                ))
                .execute(connection)
                .await?;
            Ok(updated > 0)
        })
        .await
    }

    async fn remove_system_user(
        &self,
        tenant: TenantScope,
        id: SystemUserId,
    ) -> Result<bool, StoreError> {
        self.write(async move |connection| {
            let own = system_users::table
                .filter(system_users::tenant_id.eq(DbId(tenant.id().0)))
                .filter(system_users::id.eq(DbId(id.0)));
            let removed = diesel::delete(own).execute(connection).await?;
            Ok(removed > 0)
        })
        .await
    }

    async fn touch_system_users(
        &self,
        used: &[(SystemUserId, OffsetDateTime)],
    ) -> Result<(), StoreError> {
        let used = used.to_vec();
        self.write(async move |connection| dialect::touch_system_users(connection, &used).await)
            .await
    }
}
