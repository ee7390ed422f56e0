//! One port call on the database: its connection, its transaction, its time limit and its retries.

use crate::PostgresStore;
use crate::failure::{Failure, describe, is_disk_full};
use diesel_async::pooled_connection::deadpool::Object;
use diesel_async::{AnsiTransactionManager, AsyncPgConnection, TransactionManager};
use faultbook_domain::store_error::StoreError;
use std::ops::{Deref, DerefMut};
use std::pin::pin;
use std::time::Duration;
use tokio::time::timeout;

/// How long a call may wait for a free connection.
pub const WAIT_FOR_CONNECTION: Duration = Duration::from_secs(2);

/// How long to wait for an answer before asking whether the server lives. A long statement may take
/// its time; a server that is gone without a word must not hold up its callers.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long a living server may take to say so.
const PROBE: Duration = Duration::from_secs(1);

/// How often what stood in the way of others is tried.
const TRIES: u32 = 16;

/// How often what nobody has a name for is tried.
const UNNAMED_TRIES: u32 = 3;

/// A connection, in a transaction where one is needed. Dropped unfinished, it is closed and whatever
/// it did is rolled back.
pub struct Session {
    /// Gone only once the session is finished or dropped.
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
    /// Back in the pool, an unfinished transaction would hold its locks until somebody needs the
    /// connection.
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take()
            && self.transaction
        {
            drop(Object::take(connection));
        }
    }
}

impl Session {
    /// Commits what was done.
    pub async fn finish(mut self) -> Result<(), Failure> {
        if self.transaction {
            AnsiTransactionManager::commit_transaction(&mut *self).await?;
        }
        self.transaction = false;
        Ok(())
    }
}

impl PostgresStore {
    /// Begins to read.
    pub(crate) async fn begin_read(&self) -> Result<Session, Failure> {
        // A statement that is prepared and then run must meet the same server connection both times;
        // behind a transaction pooler only a transaction ensures that.
        self.session(!self.connector.keeps_statements()).await
    }

    /// Begins to write, as a whole or not at all.
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

    /// Runs reads of one port call.
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

    /// Runs one port call in a transaction, which an error undoes.
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

    /// Runs one port call: again when others were in the way, and not beyond a sign of death.
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
                _ => return Err(self.noted(failure.into_store())),
            };
            tracing::debug!(error = describe(&**cause), tries, "trying again");
        }
    }

    /// Remembers a full disk for the health probe, and passes the error on.
    pub(crate) fn noted(&self, error: StoreError) -> StoreError {
        if is_disk_full(&error) {
            self.disk.failed();
        }
        error
    }

    /// Waits for an answer for as long as the server shows signs of life.
    pub(crate) async fn while_alive<T>(
        &self,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let mut work = pin!(work);
        loop {
            if let Ok(outcome) = timeout(PATIENCE, &mut work).await {
                return outcome;
            }
            timeout(PROBE, self.connector.probe())
                .await
                .map_err(StoreError::unavailable)??;
        }
    }
}
