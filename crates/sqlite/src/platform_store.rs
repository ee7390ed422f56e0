//! The installation's own state.

use crate::SqliteStore;
use crate::schema::platform;
use async_trait::async_trait;
use diesel::prelude::*;
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::PlatformStore;

#[async_trait]
impl PlatformStore for SqliteStore {
    async fn maintenance(&self) -> Result<bool, StoreError> {
        self.read(|connection| {
            Ok(platform::table
                .select(platform::maintenance)
                .first(connection)?)
        })
        .await
    }

    async fn set_maintenance(&self, closed: bool) -> Result<(), StoreError> {
        self.write(move |connection| {
            diesel::update(platform::table)
                .set(platform::maintenance.eq(closed))
                .execute(connection)?;
            Ok(())
        })
        .await
    }
}
