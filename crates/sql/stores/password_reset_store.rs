//! Rights to set a new password over SQL.

use super::user_store::replace_password;
use crate::driver::{RunQueryDsl, Store};
use async_trait::async_trait;
use diesel::dsl::count_star;
use diesel::prelude::*;
use faultbook_domain::id::UserId;
use faultbook_domain::identity::{KeyDigest, PasswordReset, PasswordResetStore};
use faultbook_domain::store_error::StoreError;
use faultbook_sql::schema::{password_resets, users};
use faultbook_sql::types::{DbId, DbTime};
use time::OffsetDateTime;

#[async_trait]
impl PasswordResetStore for Store {
    async fn create_password_reset(&self, reset: &PasswordReset) -> Result<bool, StoreError> {
        let reset = reset.clone();
        self.write(async move |connection| {
            let user = DbId(reset.user_id.0);
            // Locks the person, so that of concurrent calls each counts what the others added.
            diesel::update(users::table.filter(users::id.eq(user)))
                .set(users::id.eq(user))
                .execute(connection)
                .await?;
            let since = reset.created_at - PasswordReset::VALIDITY;
            let recent: i64 = password_resets::table
                .filter(password_resets::user_id.eq(user))
                .filter(password_resets::created_at.gt(DbTime(since)))
                .select(count_star())
                .first(connection)
                .await?;
            if recent >= i64::from(PasswordReset::MOST) {
                return Ok(false);
            }
            diesel::insert_into(password_resets::table)
                .values((
                    password_resets::digest.eq(&reset.digest.0[..]),
                    password_resets::user_id.eq(user),
                    password_resets::created_at.eq(DbTime(reset.created_at)),
                    password_resets::used.eq(false),
                ))
                .execute(connection)
                .await?;
            Ok(true)
        })
        .await
    }

    async fn find_password_reset(
        &self,
        digest: &KeyDigest,
        now: OffsetDateTime,
    ) -> Result<Option<PasswordReset>, StoreError> {
        let digest = *digest;
        let since = now - PasswordReset::VALIDITY;
        self.read(async move |connection| {
            let found = password_resets::table
                .filter(password_resets::digest.eq(&digest.0[..]))
                .filter(password_resets::used.eq(false))
                .filter(password_resets::created_at.gt(DbTime(since)))
                .select((password_resets::user_id, password_resets::created_at))
                .first::<(DbId, DbTime)>(connection)
                .await
                .optional()?;
            Ok(found.map(|(user, created_at)| PasswordReset {
                digest,
                user_id: UserId(user.0),
                created_at: created_at.0,
            }))
        })
        .await
    }

    async fn use_password_reset(
        &self,
        digest: &KeyDigest,
        now: OffsetDateTime,
        password_hash: &str,
    ) -> Result<Option<UserId>, StoreError> {
        let (digest, password_hash) = (digest.0, password_hash.to_owned());
        let since = now - PasswordReset::VALIDITY;
        self.write(async move |connection| {
            let usable = password_resets::table
                .filter(password_resets::digest.eq(&digest[..]))
                .filter(password_resets::used.eq(false))
                .filter(password_resets::created_at.gt(DbTime(since)));
            let used = diesel::update(usable)
                .set(password_resets::used.eq(true))
                .execute(connection)
                .await?;
            if used == 0 {
                return Ok(None);
            }
            let user: DbId = password_resets::table
                .filter(password_resets::digest.eq(&digest[..]))
                .select(password_resets::user_id)
                .first(connection)
                .await?;
            let user = UserId(user.0);
            replace_password(connection, user, &password_hash, None).await?;
            Ok(Some(user))
        })
        .await
    }

    async fn delete_password_resets(&self, before: OffsetDateTime) -> Result<(), StoreError> {
        self.write(async move |connection| {
            let old = password_resets::table.filter(password_resets::created_at.lt(DbTime(before)));
            diesel::delete(old).execute(connection).await?;
            Ok(())
        })
        .await
    }
}
