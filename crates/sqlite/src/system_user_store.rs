//! System users.

use crate::SqliteStore;
use crate::row::{SystemUserRow, Uid, micros};
use crate::schema::system_users;
use async_trait::async_trait;
use diesel::dsl::count_star;
use diesel::prelude::*;
use faultbook_domain::id::SystemUserId;
use faultbook_domain::identity::SystemUserStore;
use faultbook_domain::identity::{KeyDigest, SystemUser};
use faultbook_domain::page::{Cursor, Page};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::TenantScope;
use time::OffsetDateTime;

#[async_trait]
impl SystemUserStore for SqliteStore {
    async fn add_system_user(&self, user: &SystemUser) -> Result<(), StoreError> {
        let row = SystemUserRow::from(user);
        self.write(move |connection| {
            diesel::insert_into(system_users::table)
                .values(row)
                .execute(connection)?;
            Ok(())
        })
        .await
    }

    async fn system_user(
        &self,
        tenant: TenantScope,
        id: SystemUserId,
    ) -> Result<Option<SystemUser>, StoreError> {
        self.read(move |connection| {
            let row = system_users::table
                .filter(system_users::tenant_id.eq(Uid::from(tenant.id().0)))
                .filter(system_users::id.eq(Uid::from(id.0)))
                .select(SystemUserRow::as_select())
                .first(connection)
                .optional()?;
            Ok(row.map(SystemUser::try_from).transpose()?)
        })
        .await
    }

    async fn system_user_of(&self, digest: &KeyDigest) -> Result<Option<SystemUser>, StoreError> {
        let digest = digest.0;
        self.read(move |connection| {
            let row = system_users::table
                .filter(system_users::digest.eq(digest.as_slice()))
                .select(SystemUserRow::as_select())
                .first(connection)
                .optional()?;
            Ok(row.map(SystemUser::try_from).transpose()?)
        })
        .await
    }

    async fn system_users(
        &self,
        tenant: TenantScope,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<SystemUser>, StoreError> {
        self.read(move |connection| {
            let own =
                || system_users::table.filter(system_users::tenant_id.eq(Uid::from(tenant.id().0)));
            let total: i64 = own().select(count_star()).first(connection)?;
            let rows = own()
                .filter(system_users::id.lt(Uid::from(Cursor::bound(after))))
                .order(system_users::id.desc())
                .limit(i64::from(limit) + 1)
                .select(SystemUserRow::as_select())
                .load(connection)?;
            let items: Result<_, StoreError> = rows.into_iter().map(SystemUser::try_from).collect();
            let total = u64::try_from(total).unwrap_or(0);
            Ok(Page::newest(items?, limit, total, |one: &SystemUser| {
                one.id.0
            }))
        })
        .await
    }

    async fn update_system_user(&self, user: &SystemUser) -> Result<bool, StoreError> {
        let user = user.clone();
        self.write(move |connection| {
            let own = system_users::table
                .filter(system_users::tenant_id.eq(Uid::from(user.tenant_id.0)))
                .filter(system_users::id.eq(Uid::from(user.id.0)));
            let updated = diesel::update(own)
                .set((
                    system_users::name.eq(&user.name),
                    system_users::role_id.eq(Uid::from(user.role_id.0)),
                    system_users::digest.eq(user.digest.0.as_slice()),
                    system_users::preview.eq(&user.preview),
                    system_users::active.eq(user.active),
                    system_users::expires_at.eq(user.expires_at.map(micros)),
                ))
                .execute(connection)?;
            Ok(updated > 0)
        })
        .await
    }

    async fn remove_system_user(
        &self,
        tenant: TenantScope,
        id: SystemUserId,
    ) -> Result<bool, StoreError> {
        self.write(move |connection| {
            let own = system_users::table
                .filter(system_users::tenant_id.eq(Uid::from(tenant.id().0)))
                .filter(system_users::id.eq(Uid::from(id.0)));
            Ok(diesel::delete(own).execute(connection)? > 0)
        })
        .await
    }

    async fn touch_system_users(
        &self,
        used: &[(SystemUserId, OffsetDateTime)],
    ) -> Result<(), StoreError> {
        let used = used.to_vec();
        self.write(move |connection| {
            for (id, at) in used {
                let at = micros(at);
                let never = system_users::last_used.is_null();
                let earlier = system_users::table
                    .filter(system_users::id.eq(Uid::from(id.0)))
                    .filter(never.or(system_users::last_used.lt(at).assume_not_null()));
                diesel::update(earlier)
                    .set(system_users::last_used.eq(at))
                    .execute(connection)?;
            }
            Ok(())
        })
        .await
    }
}
