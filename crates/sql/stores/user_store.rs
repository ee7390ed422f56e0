//! User accounts over SQL.

use crate::driver::{Connection, Failure, RunQueryDsl, Store};
use async_trait::async_trait;
use diesel::prelude::*;
use faultbook_domain::id::{SessionId, UserId};
use faultbook_domain::identity::UserStore;
use faultbook_domain::identity::{Profile, User};
use faultbook_domain::store_error::StoreError;
use faultbook_sql::row::{ProfileRow, UserRow};
use faultbook_sql::schema::{password_resets, sessions, users};
use faultbook_sql::types::DbId;
use uuid::Uuid;

#[async_trait]
impl UserStore for Store {
    async fn create_user(&self, user: &User) -> Result<(), StoreError> {
        let user = user.clone();
        self.write(async move |connection| {
            diesel::insert_into(users::table)
                .values(UserRow::from(&user))
                .execute(connection)
                .await?;
            Ok(())
        })
        .await
    }

    async fn find_user(&self, email: &str) -> Result<Option<User>, StoreError> {
        // PostgreSQL's text cannot hold NUL and rejects it as a parameter.
        if email.contains('\0') {
            return Ok(None);
        }
        let email = email.to_owned();
        self.read(async move |connection| {
            let found = users::table
                .filter(users::email.eq(&email))
                .select(UserRow::as_select())
                .first(connection)
                .await
                .optional()?;
            Ok(found.map(User::from))
        })
        .await
    }

    async fn get_user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        self.read(async move |connection| {
            let found = users::table
                .filter(users::id.eq(DbId(id.0)))
                .select(UserRow::as_select())
                .first(connection)
                .await
                .optional()?;
            Ok(found.map(User::from))
        })
        .await
    }

    async fn get_profile(&self, id: UserId) -> Result<Profile, StoreError> {
        self.read(async move |connection| {
            let found = users::table
                .filter(users::id.eq(DbId(id.0)))
                .select(ProfileRow::as_select())
                .first(connection)
                .await
                .optional()?;
            Ok(found.map(Profile::from).unwrap_or_default())
        })
        .await
    }

    async fn set_profile(
        &self,
        id: UserId,
        name: &str,
        profile: &Profile,
    ) -> Result<(), StoreError> {
        let (name, profile) = (name.to_owned(), profile.clone());
        self.write(async move |connection| {
            diesel::update(users::table.filter(users::id.eq(DbId(id.0))))
                .set((users::name.eq(&name), ProfileRow::from(&profile)))
                .execute(connection)
                .await?;
            Ok(())
        })
        .await
    }

    async fn set_password(
        &self,
        id: UserId,
        password_hash: &str,
        kept: SessionId,
    ) -> Result<(), StoreError> {
        let password_hash = password_hash.to_owned();
        self.write(async move |connection| {
            replace_password(connection, id, &password_hash, Some(kept)).await
        })
        .await
    }
}

/// Sets a password, deletes sessions but `kept` and ends rights to set another.
pub(super) async fn replace_password(
    connection: &mut Connection,
    id: UserId,
    password_hash: &str,
    kept: Option<SessionId>,
) -> Result<(), Failure> {
    let id = DbId(id.0);
    diesel::update(users::table.filter(users::id.eq(id)))
        .set(users::password_hash.eq(password_hash))
        .execute(connection)
        .await?;
    let kept = DbId(kept.map_or(Uuid::nil(), |kept| kept.0));
    let others = sessions::table
        .filter(sessions::user_id.eq(id))
        .filter(sessions::id.ne(kept));
    diesel::delete(others).execute(connection).await?;
    diesel::update(password_resets::table.filter(password_resets::user_id.eq(id)))
        .set(password_resets::used.eq(true))
        .execute(connection)
        .await?;
    Ok(())
}
