//! The embedded default store: every store port on one SQLite file.
//!
//! One thread owns the only connection that writes, so that writers never wait for each other's
//! locks, and runs each write as one `BEGIN IMMEDIATE` transaction in one blocking closure: a caller
//! that goes away can leave no lock behind. Readers have a few connections of their own; in WAL mode
//! they see the last commit and never wait for the writer.

mod alert_metrics_store;
mod analytics_store;
mod audit_log;
mod connect;
mod error_query;
mod error_store;
mod event_store;
mod failure;
mod group_store;
mod health;
mod incident_store;
mod integration_store;
mod invitation_store;
mod key_store;
mod member_store;
mod migrate;
mod outbox;
mod platform_store;
mod private;
mod project_store;
mod rbac_store;
mod record_statement;
mod retention_store;
mod row;
mod rule_store;
mod sample_store;
mod schema;
mod session_store;
mod settings;
mod statement;
mod store_maintenance;
mod system_user_store;
mod tenant_store;
mod user_store;

pub use connect::OpenError;
pub use migrate::MigrateError;
pub use settings::SqliteSettings;

use connect::{Opener, Readers, Writer};
use diesel::SqliteConnection;
use failure::{Failure, is_disk_full};
use faultbook_domain::clock::Clock;
use faultbook_domain::id_source::IdSource;
use faultbook_domain::ingest::DiskFull;
use faultbook_domain::store_error::StoreError;
use std::sync::Arc;

/// Every store port on one SQLite file. What it returns as done is on disk.
///
/// Dropping it finishes the writes already handed over, empties the write-ahead log into the file
/// and closes it.
pub struct SqliteStore {
    // Fields are dropped in this order: the last connection to close is the writer's, which then
    // removes the write-ahead log.
    readers: Arc<Readers>,
    writer: Writer,
    ids: Arc<dyn IdSource>,
    disk: DiskFull,
}

impl std::fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteStore").finish_non_exhaustive()
    }
}

impl SqliteStore {
    /// Opens the file, which is made with its folder when it does not exist. Its schema is not
    /// touched: see [`SqliteStore::migrate`].
    ///
    /// The clock is taken for likeness with the other stores; every write here carries its own time.
    ///
    /// # Errors
    /// [`OpenError`] says what is wrong with the folder or the file.
    pub fn open(
        settings: SqliteSettings,
        ids: Arc<dyn IdSource>,
        _clock: Arc<dyn Clock>,
    ) -> Result<Self, OpenError> {
        let opener = Arc::new(Opener::new(settings)?);
        let writer = Writer::start(Arc::clone(&opener))?;
        Ok(Self {
            readers: Arc::new(Readers::new(opener)),
            writer,
            ids,
            disk: DiskFull::default(),
        })
    }

    /// Brings the schema up to date, all or nothing. May be repeated, also by several processes.
    ///
    /// # Errors
    /// [`MigrateError`] when a migration fails or the file cannot be written.
    pub async fn migrate(&self) -> Result<(), MigrateError> {
        self.writer
            .exclusive(migrate::run)
            .await
            .unwrap_or_else(|gone| Err(MigrateError::new(gone)))
    }

    /// Runs one write transaction.
    async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut SqliteConnection) -> Result<T, Failure> + Send + 'static,
    {
        let done = self.writer.transaction(work).await;
        if done.as_ref().is_err_and(is_disk_full) {
            self.disk.failed();
        }
        done
    }

    /// Runs reads that all see the same commit.
    async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut SqliteConnection) -> Result<T, Failure> + Send + 'static,
    {
        self.readers.snapshot(work).await
    }
}
