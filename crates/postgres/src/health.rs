//! A sign of life.

use crate::PostgresStore;
use async_trait::async_trait;
use diesel::QueryableByName;
use diesel::sql_query;
use diesel::sql_types::BigInt;
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use faultbook_domain::port::{Figures, HealthProbe, StoreError};
use std::time::Duration;
use tokio::time::timeout;

/// How long the database may take.
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

    async fn figures(&self) -> Result<Figures, StoreError> {
        let pool = self.pool.status();
        let server: Server = self
            .run(|| async {
                let mut session = self.look().await?;
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
