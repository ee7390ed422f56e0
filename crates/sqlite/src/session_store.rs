//! Sessions.

use crate::SqliteStore;
use crate::row::{SessionRow, Uid, UserRow, micros};
use crate::schema::{sessions, users};
use async_trait::async_trait;
use diesel::prelude::*;
use faultbook_domain::id::SessionId;
use faultbook_domain::identity::SessionStore;
use faultbook_domain::identity::{KeyDigest, Session, User};
use faultbook_domain::store_error::StoreError;
use time::OffsetDateTime;

#[async_trait]
impl SessionStore for SqliteStore {
    async fn begin(&self, session: &Session) -> Result<(), StoreError> {
        let row = SessionRow::from(session);
        self.write(move |connection| {
            diesel::insert_into(sessions::table)
                .values(row)
                .execute(connection)?;
            Ok(())
        })
        .await
    }

    async fn session(&self, digest: &KeyDigest) -> Result<Option<(Session, User)>, StoreError> {
        let digest = digest.0;
        self.read(move |connection| {
            let found = sessions::table
                .inner_join(users::table.on(users::id.eq(sessions::user_id)))
                .filter(sessions::digest.eq(digest.as_slice()))
                .select((SessionRow::as_select(), UserRow::as_select()))
                .first::<(SessionRow, UserRow)>(connection)
                .optional()?;
            let Some((session, user)) = found else {
                return Ok(None);
            };
            Ok(Some((session.try_into()?, user.try_into()?)))
        })
        .await
    }

    async fn touch_sessions(&self, used: &[(SessionId, OffsetDateTime)]) -> Result<(), StoreError> {
        let used = used.to_vec();
        self.write(move |connection| {
            for (id, at) in used {
                let (id, at) = (Uid::from(id.0), micros(at));
                let earlier = sessions::table
                    .filter(sessions::id.eq(id))
                    .filter(sessions::last_seen.lt(at));
                diesel::update(earlier)
                    .set(sessions::last_seen.eq(at))
                    .execute(connection)?;
                let user = sessions::table
                    .filter(sessions::id.eq(id))
                    .select(sessions::user_id);
                let never = users::last_active.is_null();
                let earlier = users::table
                    .filter(users::id.eq_any(user))
                    .filter(never.or(users::last_active.lt(at).assume_not_null()));
                diesel::update(earlier)
                    .set(users::last_active.eq(at))
                    .execute(connection)?;
            }
            Ok(())
        })
        .await
    }

    async fn end(&self, id: SessionId) -> Result<(), StoreError> {
        self.write(move |connection| {
            let session = sessions::table.filter(sessions::id.eq(Uid::from(id.0)));
            diesel::delete(session).execute(connection)?;
            Ok(())
        })
        .await
    }

    async fn forget_sessions(
        &self,
        used_before: OffsetDateTime,
        begun_before: OffsetDateTime,
    ) -> Result<(), StoreError> {
        self.write(move |connection| {
            let unused = sessions::last_seen.lt(micros(used_before));
            let old = sessions::created_at.lt(micros(begun_before));
            diesel::delete(sessions::table.filter(unused.or(old))).execute(connection)?;
            Ok(())
        })
        .await
    }
}
