//! A sign of life.

use crate::PostgresStore;
use async_trait::async_trait;
use diesel_async::SimpleAsyncConnection;
use faultbook_domain::port::{HealthProbe, StoreError};
use std::time::Duration;
use tokio::time::timeout;

/// How long the database may take.
const LIMIT: Duration = Duration::from_secs(1);

#[async_trait]
impl HealthProbe for PostgresStore {
    async fn ping(&self) -> Result<(), StoreError> {
        timeout(LIMIT, async {
            let mut connection = self.pool.get().await.map_err(StoreError::unavailable)?;
            connection
                .batch_execute("SELECT 1")
                .await
                .map_err(StoreError::unavailable)
        })
        .await
        .map_err(StoreError::unavailable)?
    }
}
