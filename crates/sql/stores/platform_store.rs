//! Maintenance mode over SQL.

use crate::driver::{RunQueryDsl, Store};
use async_trait::async_trait;
use diesel::prelude::*;
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::PlatformStore;
use faultbook_sql::schema::platform;

#[async_trait]
impl PlatformStore for Store {
    async fn get_maintenance(&self) -> Result<bool, StoreError> {
        self.read(async move |connection| {
            let closed = platform::table
                .select(platform::maintenance)
                .first(connection)
                .await?;
            Ok(closed)
        })
        .await
    }

    async fn set_maintenance(&self, closed: bool) -> Result<(), StoreError> {
        self.write(async move |connection| {
            diesel::update(platform::table)
                .set(platform::maintenance.eq(closed))
                .execute(connection)
                .await?;
            Ok(())
        })
        .await
    }
}
