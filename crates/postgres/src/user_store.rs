//! People.

use crate::PostgresStore;
use crate::row::UserRow;
use crate::schema::users;
use async_trait::async_trait;
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, SelectableHelper};
use diesel_async::RunQueryDsl;
use faultbook_domain::entity::User;
use faultbook_domain::port::{StoreError, UserStore};

#[async_trait]
impl UserStore for PostgresStore {
    async fn create(&self, user: &User) -> Result<(), StoreError> {
        self.run(|| async {
            let mut session = self.change().await?;
            diesel::insert_into(users::table)
                .values(UserRow::from(user))
                .execute(&mut *session)
                .await?;
            session.finish().await
        })
        .await
    }

    async fn find(&self, email: &str) -> Result<Option<User>, StoreError> {
        // PostgreSQL's text holds no NUL and refuses to be asked for one.
        if email.contains('\0') {
            return Ok(None);
        }
        self.run(|| async {
            let mut session = self.look().await?;
            let found = users::table
                .filter(users::email.eq(email))
                .select(UserRow::as_select())
                .first(&mut *session)
                .await
                .optional()?;
            session.finish().await?;
            Ok(found.map(User::from))
        })
        .await
    }
}
