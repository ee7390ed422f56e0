//! People.

use crate::SqliteStore;
use crate::failure::Failure;
use crate::row::{Uid, UserRow};
use crate::schema::{sessions, users};
use async_trait::async_trait;
use diesel::prelude::*;
use faultbook_domain::id::{SessionId, UserId};
use faultbook_domain::identity::User;
use faultbook_domain::identity::UserStore;
use faultbook_domain::store_error::StoreError;

#[async_trait]
impl UserStore for SqliteStore {
    async fn create(&self, user: &User) -> Result<(), StoreError> {
        let row = UserRow::from(user);
        self.write(move |connection| insert_user(connection, row))
            .await
    }

    async fn find(&self, email: &str) -> Result<Option<User>, StoreError> {
        let email = email.to_owned();
        self.read(move |connection| {
            let row = users::table
                .filter(users::email.eq(email))
                .select(UserRow::as_select())
                .first(connection)
                .optional()?;
            Ok(row.map(User::try_from).transpose()?)
        })
        .await
    }

    async fn user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        self.read(move |connection| {
            let row = users::table
                .filter(users::id.eq(Uid::from(id.0)))
                .select(UserRow::as_select())
                .first(connection)
                .optional()?;
            Ok(row.map(User::try_from).transpose()?)
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
        self.write(move |connection| {
            let id = Uid::from(id.0);
            diesel::update(users::table.filter(users::id.eq(id)))
                .set(users::password_hash.eq(password_hash))
                .execute(connection)?;
            let others = sessions::table
                .filter(sessions::user_id.eq(id))
                .filter(sessions::id.ne(Uid::from(kept.0)));
            diesel::delete(others).execute(connection)?;
            Ok(())
        })
        .await
    }
}

pub(crate) fn insert_user(connection: &mut SqliteConnection, row: UserRow) -> Result<(), Failure> {
    diesel::insert_into(users::table)
        .values(row)
        .execute(connection)?;
    Ok(())
}
