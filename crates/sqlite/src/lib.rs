//! The store ports on an embedded SQLite file, the default store.
//!
//! One thread owns the only writing connection, so that writers never wait for each other's locks, and runs each
//! write as one `BEGIN IMMEDIATE` transaction in a blocking closure: a caller that goes away leaves no lock behind.
//! Readers have a few connections of their own; in WAL mode they see the last commit and never wait for the writer.

mod activity_ids;
mod alert_metrics_store;
mod analytics_store;
mod connect;
mod decision;
mod dialect;
mod driver;
mod error_query;
mod error_store;
mod event_store;
mod failure;
mod group_store;
mod health;
mod index_statement;
mod migrate;
mod private;
mod record_statement;
mod release_statement;
mod retention_store;
mod rollup_statement;
mod row;
mod schema;
mod settings;
mod statement;
mod store_maintenance;

// Ports with the same implementation on both databases: see `faultbook_sql`.
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

/// A SQLite file that implements every store port. Confirmed writes are on disk.
///
/// Dropping it finishes submitted writes, checkpoints the write-ahead log and closes the file.
pub struct SqliteStore {
    // Fields are dropped in this order: the writer's connection closes last and removes the write-ahead log.
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
    /// Opens the file and creates it, with its directory, if it does not exist. Does not change the schema: see
    /// [`SqliteStore::migrate`].
    ///
    /// The clock is unused, for symmetry with the PostgreSQL store: every write here carries its own time.
    ///
    /// # Errors
    /// [`OpenError`] describes the problem of the directory or file.
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

    /// Applies missing migrations, all or none. Idempotent, also from several processes.
    ///
    /// # Errors
    /// [`MigrateError`] when a migration fails or the file cannot be written.
    pub async fn migrate(&self) -> Result<(), MigrateError> {
        self.writer
            .exclusive(migrate::run)
            .await
            .unwrap_or_else(|gone| Err(MigrateError::new(gone)))
    }

    /// Runs one write transaction on the writer thread. The closure must only await futures that are ready.
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

    /// Runs reads in one snapshot on a reader thread. The closure must only await futures that are ready.
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

/// Polls a future that must be ready, and returns its result.
fn finished<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => Err(StoreError::internal(NotReady).into()),
    }
}

/// A closure awaited a future that was not ready.
#[derive(Debug, thiserror::Error)]
#[error("a database closure awaited a future that was not ready")]
struct NotReady;
