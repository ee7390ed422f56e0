//! Health check: whether the file can be read, and whether it can be written after a full disk.

use crate::SqliteStore;
use async_trait::async_trait;
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer};
use faultbook_domain::ingest::{DiskState, NoRoom, PROBE_BYTES};
use faultbook_domain::monitoring::{HealthProbe, ServiceMetrics};
use faultbook_domain::store_error::StoreError;
use std::time::Duration;

/// Time limit of the check.
const TIMEOUT: Duration = Duration::from_secs(1);

impl SqliteStore {
    /// Writes as much as a batch of reports takes, and deletes it again.
    async fn find_room(&self) -> Result<(), StoreError> {
        let fill = format!(
            "DELETE FROM write_probe; INSERT INTO write_probe (filler) VALUES (zeroblob({PROBE_BYTES}));"
        );
        for work in [fill.as_str(), "DELETE FROM write_probe;"] {
            let work = work.to_owned();
            self.writer
                .transaction(move |connection| Ok(connection.batch_execute(&work)?))
                .await?;
        }
        self.disk.wrote();
        Ok(())
    }
}

#[async_trait]
impl HealthProbe for SqliteStore {
    async fn ping(&self) -> Result<(), StoreError> {
        match self.disk.state() {
            DiskState::Fine => {}
            DiskState::Full => return Err(StoreError::unavailable(NoRoom)),
            DiskState::Probe => match tokio::time::timeout(TIMEOUT, self.find_room()).await {
                Ok(found) => found?,
                Err(elapsed) => return Err(StoreError::unavailable(elapsed)),
            },
        }
        // Names a table, so that the file is read.
        let ask = self.read(async |connection| {
            let one = diesel::dsl::sql::<Integer>("SELECT count(*) FROM sqlite_schema");
            Ok(one.get_result::<i32>(connection)?)
        });
        match tokio::time::timeout(TIMEOUT, ask).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(cause)) => Err(StoreError::unavailable(cause)),
            Err(elapsed) => Err(StoreError::unavailable(elapsed)),
        }
    }

    async fn read_metrics(&self) -> Result<ServiceMetrics, StoreError> {
        let (connections, max_connections) = self.readers.connections();
        let bytes = self.read(async |connection| {
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
