//! People.

use crate::SqliteStore;
use crate::row::UserRow;
use crate::schema::users;
use async_trait::async_trait;
use diesel::prelude::*;
use faultbook_domain::entity::User;
use faultbook_domain::port::{StoreError, UserStore};

#[async_trait]
impl UserStore for SqliteStore {
    async fn create(&self, user: &User) -> Result<(), StoreError> {
        let row = UserRow::from(user);
        self.write(move |connection| {
            diesel::insert_into(users::table)
                .values(row)
                .execute(connection)?;
            Ok(())
        })
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
}
