//! Sessions over SQL.

use crate::dialect;
use crate::driver::{RunQueryDsl, Store};
use async_trait::async_trait;
use diesel::prelude::*;
use faultbook_domain::id::SessionId;
use faultbook_domain::identity::SessionStore;
use faultbook_domain::identity::{KeyDigest, Session, User};
use faultbook_domain::store_error::StoreError;
use faultbook_sql::row::{SessionRow, UserRow};
use faultbook_sql::schema::{sessions, users};
use faultbook_sql::types::{DbId, DbTime};
use time::OffsetDateTime;

#[async_trait]
impl SessionStore for Store {
    async fn create_session(&self, session: &Session) -> Result<(), StoreError> {
        let session = session.clone();
        self.write(async move |connection| {
            diesel::insert_into(sessions::table)
                .values(SessionRow::from(&session))
                .execute(connection)
                .await?;
            Ok(())
        })
        .await
    }

    async fn find_session(
        &self,
        digest: &KeyDigest,
    ) -> Result<Option<(Session, User)>, StoreError> {
        let digest = digest.0;
        self.read(async move |connection| {
            let found = sessions::table
                .inner_join(users::table.on(users::id.eq(sessions::user_id)))
                .filter(sessions::digest.eq(&digest[..]))
                .select((SessionRow::as_select(), UserRow::as_select()))
                .first::<(SessionRow, UserRow)>(connection)
                .await
                .optional()?;
            let Some((session, user)) = found else {
                return Ok(None);
            };
            Ok(Some((session.try_into()?, user.into())))
        })
        .await
    }

    async fn touch_sessions(&self, used: &[(SessionId, OffsetDateTime)]) -> Result<(), StoreError> {
        let used = used.to_vec();
        self.write(async move |connection| dialect::touch_sessions(connection, &used).await)
            .await
    }

    async fn delete_session(&self, id: SessionId) -> Result<(), StoreError> {
        self.write(async move |connection| {
            diesel::delete(sessions::table.filter(sessions::id.eq(DbId(id.0))))
                .execute(connection)
                .await?;
            Ok(())
        })
        .await
    }

    async fn delete_old_sessions(
        &self,
        used_before: OffsetDateTime,
        begun_before: OffsetDateTime,
    ) -> Result<(), StoreError> {
        self.write(async move |connection| {
            let unused = sessions::last_seen.lt(DbTime(used_before));
            let old = sessions::created_at.lt(DbTime(begun_before));
            diesel::delete(sessions::table.filter(unused.or(old)))
                .execute(connection)
                .await?;
            Ok(())
        })
        .await
    }
}
