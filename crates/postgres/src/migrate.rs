//! Applies schema migrations.

use crate::PostgresStore;
use crate::failure::Cause;
use diesel::Connection;
use diesel::connection::SimpleConnection;
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use faultbook_domain::store_error::StoreError;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");

/// Takes the advisory lock of schema changes, whose number is "faultbok" in ASCII. It belongs to the transaction,
/// because a session lock is lost behind a transaction pooler.
pub const TAKE_SCHEMA_LOCK: &str = "SELECT pg_advisory_xact_lock(7377306773279108971)";

impl PostgresStore {
    /// Applies missing migrations, all or none, and creates the partitions of the next days. Nodes that start
    /// together wait for each other.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when there is no connection, [`StoreError::Internal`] when a
    /// migration fails.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        let connection = self
            .connector
            .open_diesel()
            .await
            .map_err(StoreError::unavailable)?;
        let mut connection: AsyncConnectionWrapper<_> = connection.into();
        // The wrapper blocks, so it runs on a blocking thread.
        let applied = tokio::task::spawn_blocking(move || {
            connection.transaction(|connection| {
                connection.batch_execute(TAKE_SCHEMA_LOCK)?;
                let applied = connection.run_pending_migrations(MIGRATIONS)?;
                Ok::<_, Cause>(applied.iter().map(ToString::to_string).collect::<Vec<_>>())
            })
        });
        let applied = applied
            .await
            .map_err(StoreError::internal)?
            .map_err(StoreError::Internal)?;
        for version in applied {
            tracing::info!(version, "migration applied");
        }
        self.maintain_partitions(self.clock.now()).await
    }
}
