//! The store ports on PostgreSQL 15 and later, without libpq.
//!
//! Reads and manual changes use diesel; occurrences are recorded over dedicated connections (see
//! [`EventStore`](faultbook_domain::ingest::EventStore)), a batch per statement.

mod activity_ids;
mod alert_metrics_store;
mod analytics_store;
mod connect;
mod decision;
mod dedup;
mod deletion;
mod dialect;
mod driver;
mod error_delta;
mod error_query;
mod error_store;
mod event_store;
mod failure;
mod fingerprint_cache;
mod group_store;
mod health;
mod index_statement;
mod migrate;
mod partition;
mod record_arrays;
mod record_statement;
mod recounted_summary;
mod retention_store;
mod row;
mod schema;
mod session;
mod settings;
mod store_maintenance;
mod tls;

// Ports with the same implementation on both databases: see `faultbook_sql`.
#[path = "../../sql/stores/mod.rs"]
mod stores;

pub use connect::ConnectError;
pub use settings::{InvalidUrl, PostgresSettings};
pub use tls::TlsError;

use connect::{Connector, WriteManager, diesel_manager};
use diesel_async::AsyncPgConnection;
use diesel_async::pooled_connection::deadpool::Pool;
use faultbook_domain::clock::Clock;
use faultbook_domain::id_source::IdSource;
use faultbook_domain::ingest::DiskFull;
use fingerprint_cache::FingerprintCache;
use settings::Target;
use std::sync::Arc;

/// A PostgreSQL database that implements every store port. Cheap to clone.
#[derive(Clone)]
pub struct PostgresStore {
    connector: Arc<Connector>,
    pool: Pool<AsyncPgConnection>,
    writers: deadpool::managed::Pool<WriteManager>,
    owners: FingerprintCache,
    disk: Arc<DiskFull>,
    ids: Arc<dyn IdSource>,
    clock: Arc<dyn Clock>,
}

impl PostgresStore {
    /// Connects, and checks that one connection of each pool works. Others are opened on demand and reopened when
    /// they break.
    ///
    /// # Errors
    /// [`ConnectError`]; its text contains the message of the server or the network.
    pub async fn connect(
        settings: &PostgresSettings,
        ids: Arc<dyn IdSource>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ConnectError> {
        let target = Target::parse(&settings.url)?;
        let connector = Arc::new(Connector::new(target, settings.statement_cache)?);
        let pool = Pool::builder(diesel_manager(Arc::clone(&connector)))
            .max_size(settings.pool_size)
            .build()
            .map_err(|error| unreachable(error.into()))?;
        let writers = deadpool::managed::Pool::builder(WriteManager(Arc::clone(&connector)))
            .max_size(settings.writers)
            .queue_mode(deadpool::managed::QueueMode::Lifo)
            .build()
            .map_err(|error| unreachable(error.into()))?;
        if settings.pool_size == 0 || settings.writers == 0 {
            return Err(ConnectError::EmptyPool);
        }
        drop(
            writers
                .get()
                .await
                .map_err(|error| unreachable(error.into()))?,
        );
        drop(
            pool.get()
                .await
                .map_err(|error| unreachable(error.into()))?,
        );
        Ok(Self {
            connector,
            pool,
            writers,
            owners: FingerprintCache::default(),
            disk: Arc::default(),
            ids,
            clock,
        })
    }
}

fn unreachable(cause: failure::Cause) -> ConnectError {
    ConnectError::Unreachable(failure::describe(&*cause), cause)
}

impl std::fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PostgresStore").finish_non_exhaustive()
    }
}
