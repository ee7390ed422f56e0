//! Health check: whether the database responds, and whether it can be written after a full disk.

use crate::PostgresStore;
use crate::failure::Failure;
use async_trait::async_trait;
use diesel::QueryableByName;
use diesel::sql_query;
use diesel::sql_types::BigInt;
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use faultbook_domain::ingest::{DiskState, NoRoom, PROBE_BYTES};
use faultbook_domain::monitoring::{HealthProbe, ServiceMetrics};
use faultbook_domain::store_error::StoreError;
use std::time::Duration;
use tokio::time::timeout;

/// Time limit of the check.
const LIMIT: Duration = Duration::from_secs(1);

#[derive(QueryableByName)]
struct Server {
    #[diesel(sql_type = BigInt)]
    connections: i64,
    #[diesel(sql_type = BigInt)]
    max_connections: i64,
    #[diesel(sql_type = BigInt)]
    database_bytes: i64,
}

const SERVER: &str = "
SELECT (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS connections,
  current_setting('max_connections')::bigint AS max_connections,
  pg_database_size(current_database()) AS database_bytes";

impl PostgresStore {
    /// Writes as much as a batch of reports takes. The session is dropped unfinished, which rolls it back.
    async fn find_room(&self) -> Result<(), StoreError> {
        let fill = format!(
            "SET LOCAL lock_timeout = '500ms'; TRUNCATE write_probe; \
             INSERT INTO write_probe (filler) VALUES (repeat('x', {PROBE_BYTES}))"
        );
        let attempt = async {
            let mut session = self.begin_write().await?;
            session.batch_execute(&fill).await?;
            Ok(())
        };
        attempt.await.map_err(Failure::into_store)?;
        self.disk.wrote();
        Ok(())
    }
}

#[async_trait]
impl HealthProbe for PostgresStore {
    async fn ping(&self) -> Result<(), StoreError> {
        timeout(LIMIT, async {
            match self.disk.state() {
                DiskState::Fine => {}
                DiskState::Full => return Err(StoreError::unavailable(NoRoom)),
                DiskState::Probe => self.find_room().await?,
            }
            let mut connection = self.pool.get().await.map_err(StoreError::unavailable)?;
            connection
                .batch_execute("SELECT 1")
                .await
                .map_err(StoreError::unavailable)
        })
        .await
        .map_err(StoreError::unavailable)?
    }

    async fn read_metrics(&self) -> Result<ServiceMetrics, StoreError> {
        let pool = self.pool.status();
        let server: Server = self
            .run(|| async {
                let mut session = self.begin_read().await?;
                let server = sql_query(SERVER).get_result(&mut *session).await?;
                session.finish().await?;
                Ok(server)
            })
            .await?;
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        Ok(vec![
            ("connections", server.connections),
            ("max_connections", server.max_connections),
            ("database_bytes", server.database_bytes),
            ("pool_size", count(pool.max_size)),
            (
                "pool_in_use",
                count(pool.size.saturating_sub(pool.available)),
            ),
        ])
    }
}
