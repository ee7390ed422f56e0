//! The installation's own state.

use crate::PostgresStore;
use crate::schema::platform;
use async_trait::async_trait;
use diesel::{ExpressionMethods, QueryDsl};
use diesel_async::RunQueryDsl;
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::PlatformStore;

#[async_trait]
impl PlatformStore for PostgresStore {
    async fn maintenance(&self) -> Result<bool, StoreError> {
        self.run(|| async {
            let mut session = self.look().await?;
            let closed = platform::table
                .select(platform::maintenance)
                .first(&mut *session)
                .await?;
            session.finish().await?;
            Ok(closed)
        })
        .await
    }

    async fn set_maintenance(&self, closed: bool) -> Result<(), StoreError> {
        self.run(|| async {
            let mut session = self.change().await?;
            diesel::update(platform::table)
                .set(platform::maintenance.eq(closed))
                .execute(&mut *session)
                .await?;
            session.finish().await
        })
        .await
    }
}
