//! Runs a port call: connection, transaction, time limit and retries.

use crate::PostgresStore;
use crate::failure::{Failure, describe, is_disk_full};
use diesel_async::pooled_connection::deadpool::Object;
use diesel_async::{AnsiTransactionManager, AsyncPgConnection, TransactionManager};
use faultbook_domain::store_error::StoreError;
use std::ops::{Deref, DerefMut};
use std::pin::pin;
use std::time::Duration;
use tokio::time::timeout;

/// Maximum time to wait for a free connection.
pub const WAIT_FOR_CONNECTION: Duration = Duration::from_secs(2);

/// Time without a response after which the server is probed. A long statement may take its time; a dead server must
/// not hold up callers.
const PROBE_AFTER: Duration = Duration::from_secs(2);

/// Time limit of that probe.
const PROBE: Duration = Duration::from_secs(1);

/// Maximum attempts after conflicts.
pub(crate) const TRIES: u32 = 16;

/// Attempts after conflicts that follow at once. Each waits for the conflicting transaction within the database.
const SWIFT_TRIES: u32 = 4;

/// Maximum attempts after errors without a diesel kind.
const UNNAMED_TRIES: u32 = 3;

/// Waits before another attempt, twice as long each time, from 2 ms to a quarter of a second: writers that lose to the
/// same others again and again get their turn while these are at their next batch.
pub(crate) async fn give_way(tries: u32) {
    if let Some(doublings) = tries.checked_sub(SWIFT_TRIES) {
        let wait = Duration::from_millis(2) * 2_u32.saturating_pow(doublings);
        tokio::time::sleep(wait.min(Duration::from_millis(250))).await;
    }
}

/// A connection, in a transaction where needed. Dropping it unfinished closes the connection, which rolls back.
pub struct Session {
    /// `None` only once the session is finished or dropped.
    connection: Option<Object<AsyncPgConnection>>,
    transaction: bool,
}

const IN_USE: &str = "a session that is neither finished nor dropped has its connection";

impl Deref for Session {
    type Target = AsyncPgConnection;

    #[expect(
        clippy::expect_used,
        reason = "finishing and dropping take the session"
    )]
    fn deref(&self) -> &AsyncPgConnection {
        self.connection.as_ref().expect(IN_USE)
    }
}

impl DerefMut for Session {
    #[expect(
        clippy::expect_used,
        reason = "finishing and dropping take the session"
    )]
    fn deref_mut(&mut self) -> &mut AsyncPgConnection {
        self.connection.as_mut().expect(IN_USE)
    }
}

impl Drop for Session {
    /// Back in the pool, an unfinished transaction would hold its locks until the connection is used again.
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take()
            && self.transaction
        {
            drop(Object::take(connection));
        }
    }
}

impl Session {
    /// Commits.
    pub async fn finish(mut self) -> Result<(), Failure> {
        if self.transaction {
            AnsiTransactionManager::commit_transaction(&mut *self).await?;
        }
        self.transaction = false;
        Ok(())
    }
}

impl PostgresStore {
    /// Begins a read session.
    pub(crate) async fn begin_read(&self) -> Result<Session, Failure> {
        // A prepared statement must reach the same server connection when it is run; behind a transaction pooler only
        // a transaction ensures that.
        self.session(!self.connector.keeps_statements()).await
    }

    /// Begins a write transaction.
    pub(crate) async fn begin_write(&self) -> Result<Session, Failure> {
        self.session(true).await
    }

    async fn session(&self, transaction: bool) -> Result<Session, Failure> {
        let mut connection = timeout(WAIT_FOR_CONNECTION, self.pool.get())
            .await
            .map_err(StoreError::unavailable)?
            .map_err(StoreError::unavailable)?;
        if transaction {
            AnsiTransactionManager::begin_transaction(&mut *connection).await?;
        }
        Ok(Session {
            connection: Some(connection),
            transaction,
        })
    }

    /// Runs the reads of one port call.
    pub(crate) async fn read<T>(
        &self,
        work: impl AsyncFn(&mut AsyncPgConnection) -> Result<T, Failure>,
    ) -> Result<T, StoreError> {
        self.run(|| async {
            let mut session = self.begin_read().await?;
            let value = work(&mut session).await?;
            session.finish().await?;
            Ok(value)
        })
        .await
    }

    /// Runs one port call in a transaction, which an error rolls back.
    pub(crate) async fn write<T>(
        &self,
        work: impl AsyncFn(&mut AsyncPgConnection) -> Result<T, Failure>,
    ) -> Result<T, StoreError> {
        self.run(|| async {
            let mut session = self.begin_write().await?;
            let value = work(&mut session).await?;
            session.finish().await?;
            Ok(value)
        })
        .await
    }

    /// Runs one port call: retries after conflicts, and gives up when the server is dead.
    pub(crate) async fn run<T, F>(&self, attempt: impl Fn() -> F) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        let mut tries = 0;
        loop {
            tries += 1;
            let failure = match self.while_alive(attempt()).await {
                Ok(done) => return Ok(done),
                Err(failure) => failure,
            };
            let cause = match &failure {
                Failure::StartOver(cause) if tries < TRIES => cause,
                Failure::Unnamed(cause) if tries < UNNAMED_TRIES => cause,
                _ => return Err(self.record_disk_full(failure.into_store())),
            };
            tracing::debug!(error = describe(&**cause), tries, "retrying");
            give_way(tries).await;
        }
    }

    /// Records a full disk for the health probe, and returns the error.
    pub(crate) fn record_disk_full(&self, error: StoreError) -> StoreError {
        if is_disk_full(&error) {
            self.disk.failed();
        }
        error
    }

    /// Waits for a response for as long as the server is alive.
    pub(crate) async fn while_alive<T>(
        &self,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let mut work = pin!(work);
        loop {
            if let Ok(outcome) = timeout(PROBE_AFTER, &mut work).await {
                return outcome;
            }
            timeout(PROBE, self.connector.probe())
                .await
                .map_err(StoreError::unavailable)??;
        }
    }
}
