//! People.

use crate::PostgresStore;
use crate::row::UserRow;
use crate::schema::{sessions, users};
use async_trait::async_trait;
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, SelectableHelper};
use diesel_async::RunQueryDsl;
use faultbook_domain::id::{SessionId, UserId};
use faultbook_domain::identity::User;
use faultbook_domain::identity::UserStore;
use faultbook_domain::store_error::StoreError;

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

    async fn user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        self.run(|| async {
            let mut session = self.look().await?;
            let found = users::table
                .filter(users::id.eq(id.0))
                .select(UserRow::as_select())
                .first(&mut *session)
                .await
                .optional()?;
            session.finish().await?;
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
        self.run(|| async {
            let mut session = self.change().await?;
            diesel::update(users::table.filter(users::id.eq(id.0)))
                .set(users::password_hash.eq(password_hash))
                .execute(&mut *session)
                .await?;
            let others = sessions::table
                .filter(sessions::user_id.eq(id.0))
                .filter(sessions::id.ne(kept.0));
            diesel::delete(others).execute(&mut *session).await?;
            session.finish().await
        })
        .await
    }
}
