//! Sessions.

use crate::PostgresStore;
use crate::row::{SessionRow, UserRow};
use crate::schema::{sessions, users};
use async_trait::async_trait;
use diesel::dsl::sql_query;
use diesel::sql_types::{Array, Timestamptz, Uuid as SqlUuid};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, JoinOnDsl, OptionalExtension, QueryDsl,
    SelectableHelper,
};
use diesel_async::RunQueryDsl;
use faultbook_domain::id::SessionId;
use faultbook_domain::identity::SessionStore;
use faultbook_domain::identity::{KeyDigest, Session, User};
use faultbook_domain::store_error::StoreError;
use time::OffsetDateTime;
use uuid::Uuid;

const TOUCH: &str = "
    WITH used AS (SELECT id, max(at) AS at FROM unnest($1, $2) AS k (id, at) GROUP BY id),
    seen AS (
        UPDATE sessions SET last_seen = greatest(last_seen, u.at) FROM used u
        WHERE sessions.id = u.id
        RETURNING sessions.user_id, u.at
    ), people AS (SELECT user_id, max(at) AS at FROM seen GROUP BY user_id)
    UPDATE users SET last_active = greatest(last_active, p.at) FROM people p WHERE users.id = p.user_id";

#[async_trait]
impl SessionStore for PostgresStore {
    async fn begin(&self, session: &Session) -> Result<(), StoreError> {
        let begun = session;
        self.run(|| async {
            let mut session = self.change().await?;
            diesel::insert_into(sessions::table)
                .values(SessionRow::from(begun))
                .execute(&mut *session)
                .await?;
            session.finish().await
        })
        .await
    }

    async fn session(&self, digest: &KeyDigest) -> Result<Option<(Session, User)>, StoreError> {
        self.run(|| async {
            let mut session = self.look().await?;
            let found = sessions::table
                .inner_join(users::table.on(users::id.eq(sessions::user_id)))
                .filter(sessions::digest.eq(&digest.0[..]))
                .select((SessionRow::as_select(), UserRow::as_select()))
                .first::<(SessionRow, UserRow)>(&mut *session)
                .await
                .optional()?;
            session.finish().await?;
            let Some((found, user)) = found else {
                return Ok(None);
            };
            Ok(Some((found.try_into()?, user.into())))
        })
        .await
    }

    async fn touch_sessions(&self, used: &[(SessionId, OffsetDateTime)]) -> Result<(), StoreError> {
        let (ids, times): (Vec<Uuid>, Vec<OffsetDateTime>) =
            used.iter().map(|(id, at)| (id.0, *at)).unzip();
        self.run(|| async {
            let mut session = self.change().await?;
            sql_query(TOUCH)
                .bind::<Array<SqlUuid>, _>(&ids)
                .bind::<Array<Timestamptz>, _>(&times)
                .execute(&mut *session)
                .await?;
            session.finish().await
        })
        .await
    }

    async fn end(&self, id: SessionId) -> Result<(), StoreError> {
        self.run(|| async {
            let mut session = self.change().await?;
            diesel::delete(sessions::table.filter(sessions::id.eq(id.0)))
                .execute(&mut *session)
                .await?;
            session.finish().await
        })
        .await
    }

    async fn forget_sessions(
        &self,
        used_before: OffsetDateTime,
        begun_before: OffsetDateTime,
    ) -> Result<(), StoreError> {
        self.run(|| async {
            let mut session = self.change().await?;
            let unused = sessions::last_seen.lt(used_before);
            let old = sessions::created_at.lt(begun_before);
            diesel::delete(sessions::table.filter(unused.or(old)))
                .execute(&mut *session)
                .await?;
            session.finish().await
        })
        .await
    }
}
