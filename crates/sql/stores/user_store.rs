//! User accounts over SQL.

use crate::driver::{RunQueryDsl, Store};
use async_trait::async_trait;
use diesel::prelude::*;
use faultbook_domain::id::{SessionId, UserId};
use faultbook_domain::identity::User;
use faultbook_domain::identity::UserStore;
use faultbook_domain::store_error::StoreError;
use faultbook_sql::row::UserRow;
use faultbook_sql::schema::{sessions, users};
use faultbook_sql::types::DbId;

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

    async fn set_password(
        &self,
        id: UserId,
        password_hash: &str,
        kept: SessionId,
    ) -> Result<(), StoreError> {
        let password_hash = password_hash.to_owned();
        self.write(async move |connection| {
            diesel::update(users::table.filter(users::id.eq(DbId(id.0))))
                .set(users::password_hash.eq(&password_hash))
                .execute(connection)
                .await?;
            let others = sessions::table
                .filter(sessions::user_id.eq(DbId(id.0)))
                .filter(sessions::id.ne(DbId(kept.0)));
            diesel::delete(others).execute(connection).await?;
            Ok(())
        })
        .await
    }
}
