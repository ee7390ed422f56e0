//! Whether the file can be read.

use crate::SqliteStore;
use async_trait::async_trait;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer};
use faultbook_domain::port::{Figures, HealthProbe, StoreError};
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

    async fn figures(&self) -> Result<Figures, StoreError> {
        let (connections, max_connections) = self.readers.connections();
        let bytes = self.read(|connection| {
            let bytes = diesel::dsl::sql::<BigInt>(
                "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
            );
            Ok(bytes.get_result::<i64>(connection)?)
        });
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        Ok(vec![
            ("connections", count(connections)),
            ("max_connections", count(max_connections)),
            ("file_bytes", bytes.await?),
        ])
    }
}
