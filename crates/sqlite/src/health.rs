//! Whether the file can be read.

use crate::SqliteStore;
use async_trait::async_trait;
use diesel::prelude::*;
use diesel::sql_types::Integer;
use faultbook_domain::port::{HealthProbe, StoreError};
use std::time::Duration;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(1);

#[async_trait]
impl HealthProbe for SqliteStore {
    async fn ping(&self) -> Result<(), StoreError> {
        // Names a table, so that the file is looked at.
        let ask = self.read(|connection| {
            let one = diesel::dsl::sql::<Integer>("SELECT count(*) FROM sqlite_schema");
            Ok(one.get_result::<i32>(connection)?)
        });
        match tokio::time::timeout(PATIENCE, ask).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(cause)) => Err(StoreError::unavailable(cause)),
            Err(elapsed) => Err(StoreError::unavailable(elapsed)),
        }
    }
}
