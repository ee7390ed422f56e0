//! The embedded default store: every store port on one SQLite file.
//!
//! One thread owns the only connection that writes, so that writers never wait for each other's
//! locks, and runs each write as one `BEGIN IMMEDIATE` transaction in one blocking closure: a caller
//! that goes away can leave no lock behind. Readers have a few connections of their own; in WAL mode
//! they see the last commit and never wait for the writer.

mod alert_metrics_store;
mod analytics_store;
mod connect;
mod dialect;
mod driver;
mod error_query;
mod error_store;
mod event_store;
mod failure;
mod group_store;
mod health;
mod migrate;
mod private;
mod record_statement;
mod retention_store;
mod rollup_statement;
mod row;
mod schema;
mod settings;
mod statement;
mod store_maintenance;

// The ports that are alike on both databases: see `faultbook_sql`.
#[path = "../../sql/stores/mod.rs"]
mod stores;

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
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

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

    /// Runs one write transaction on the writer's thread. The work may await what is ready, and nothing
    /// else.
    async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: AsyncFnOnce(&mut SqliteConnection) -> Result<T, Failure> + Send + 'static,
    {
        let done = self
            .writer
            .transaction(move |connection| finished(work(connection)))
            .await;
        if done.as_ref().is_err_and(is_disk_full) {
            self.disk.failed();
        }
        done
    }

    /// Runs reads that all see the same commit on a reader's thread. The work may await what is ready,
    /// and nothing else.
    async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: AsyncFnOnce(&mut SqliteConnection) -> Result<T, Failure> + Send + 'static,
    {
        self.readers
            .snapshot(move |connection| finished(work(connection)))
            .await
    }
}

/// The result of work on a connection, whose every step was ready when it was awaited.
fn finished<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => Err(StoreError::internal(NotReady).into()),
    }
}

/// Work on a connection waited for something that its thread cannot wait for.
#[derive(Debug, thiserror::Error)]
#[error("work on the database waited for something else")]
struct NotReady;
