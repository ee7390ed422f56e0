//! Connections with TLS and timeouts, in two pools.

use crate::failure::{Cause, describe};
use crate::settings::{InvalidUrl, Target};
use crate::tls::{TlsError, client_config};
use deadpool::managed::{Manager, Metrics, RecycleError, RecycleResult};
use diesel::ConnectionError;
use diesel::connection::CacheSize;
use diesel_async::pooled_connection::{
    AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod,
};
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use faultbook_domain::store_error::StoreError;
use futures_util::FutureExt;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::AbortHandle;
use tokio::time::timeout;
use tokio_postgres::config::SslMode;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Connection, Row, Socket, Statement};
use tokio_postgres_rustls::MakeRustlsConnect;

/// Why the store could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The URL is invalid.
    #[error(transparent)]
    Url(#[from] InvalidUrl),
    /// TLS cannot be set up as the URL demands.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The pool's size is zero.
    #[error("a pool needs at least one connection")]
    EmptyPool,
    /// No connection could be made.
    #[error("cannot connect to PostgreSQL: {0}")]
    Unreachable(String, #[source] Cause),
}

/// Why a connection attempt failed.
#[derive(Debug, thiserror::Error)]
pub enum AttemptError {
    /// The server rejected it or the network failed.
    #[error("{}", describe(.0))]
    Driver(tokio_postgres::Error),
    /// It timed out.
    #[error("no answer within {0:?}")]
    TimedOut(Duration),
}

type TlsStream = <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream;

/// Opens connections.
pub struct Connector {
    target: Target,
    tls: MakeRustlsConnect,
    statement_cache: bool,
}

impl Connector {
    pub fn new(target: Target, statement_cache: bool) -> Result<Self, TlsError> {
        let tls = MakeRustlsConnect::new(client_config(target.trust, &target.roots)?);
        Ok(Self {
            target,
            tls,
            statement_cache,
        })
    }

    pub const fn keeps_statements(&self) -> bool {
        self.statement_cache
    }

    /// Returns the timeout for all hosts of the URL, and a margin for the start of the session.
    fn limit(&self) -> Duration {
        let hosts = u32::try_from(self.target.config.get_hosts().len()).unwrap_or(1);
        let each = self.target.config.get_connect_timeout().copied();
        each.unwrap_or(Duration::from_secs(2)) * hosts.max(1) + Duration::from_millis(500)
    }

    /// Opens a connection within the timeout; an `sslmode` that allows both tries with and without TLS.
    pub async fn open(&self) -> Result<(Client, Connection<Socket, TlsStream>), AttemptError> {
        let limit = self.limit();
        timeout(limit, self.try_modes())
            .await
            .map_err(|_| AttemptError::TimedOut(limit))?
            .map_err(AttemptError::Driver)
    }

    async fn try_modes(
        &self,
    ) -> Result<(Client, Connection<Socket, TlsStream>), tokio_postgres::Error> {
        let (first, others) = self
            .target
            .attempts
            .split_first()
            .unwrap_or((&SslMode::Disable, &[]));
        let mut outcome = self.try_mode(*first).await;
        for mode in others {
            if outcome.is_ok() {
                break;
            }
            // The first error explains the failure best.
            if let Ok(made) = self.try_mode(*mode).await {
                outcome = Ok(made);
            }
        }
        outcome
    }

    async fn try_mode(
        &self,
        mode: SslMode,
    ) -> Result<(Client, Connection<Socket, TlsStream>), tokio_postgres::Error> {
        let mut config = self.target.config.clone();
        config.ssl_mode(mode);
        config.connect(self.tls.clone()).await
    }

    /// Opens a diesel connection outside the pool.
    pub async fn open_diesel(&self) -> Result<AsyncPgConnection, ConnectionError> {
        let bad = |refusal: AttemptError| ConnectionError::BadConnection(refusal.to_string());
        let (client, connection) = self.open().await.map_err(bad)?;
        let mut made =
            AsyncPgConnection::try_from_client_and_connection(client, connection).await?;
        if self.statement_cache {
            made.batch_execute(SESSION)
                .await
                .map_err(ConnectionError::CouldntSetupConfiguration)?;
        } else {
            made.set_prepared_statement_cache_size(CacheSize::Disabled);
        }
        Ok(made)
    }

    /// Checks the server over a connection of its own. A server that has no free connection slots counts as alive.
    pub async fn probe(&self) -> Result<(), StoreError> {
        let (client, connection) = match self.open().await {
            Ok(made) => made,
            Err(AttemptError::Driver(error)) if error.as_db_error().is_some() => return Ok(()),
            Err(refusal) => return Err(StoreError::unavailable(refusal)),
        };
        let driver = tokio::spawn(connection);
        let answer = client.batch_execute("").await;
        driver.abort();
        answer.map_err(StoreError::unavailable)
    }
}

/// Statements are few and take arrays of any length: replanning them each time costs a quarter of the throughput. JIT
/// compilation would cost more than they do.
const SESSION: &str = "SET plan_cache_mode = force_generic_plan; SET jit = off";

/// While tables are small and new, cached plans must already suit large ones: use indexes, never sequential scans.
/// lz4 costs a fraction of pglz; a server built without it keeps pglz.
const WRITE_SESSION: &str = "SET plan_cache_mode = force_generic_plan; SET jit = off; \
     SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; \
     SELECT set_config('default_toast_compression', 'lz4', false) FROM pg_settings \
     WHERE name = 'default_toast_compression' AND 'lz4' = ANY (enumvals)";

/// Creates the manager of diesel connections: everything but recording.
pub fn diesel_manager(
    connector: Arc<Connector>,
) -> AsyncDieselConnectionManager<AsyncPgConnection> {
    let mut config = ManagerConfig::default();
    config.recycling_method = RecyclingMethod::Fast;
    config.custom_setup = Box::new(move |_| {
        let connector = Arc::clone(&connector);
        async move { connector.open_diesel().await }.boxed()
    });
    // The connector holds the URL; a copy in the manager could leak into logs.
    AsyncDieselConnectionManager::new_with_config(String::new(), config)
}

/// A parameter of a statement and its type.
pub type Parameter<'a> = (&'a (dyn ToSql + Sync), Type);

/// A connection for recording. It bypasses diesel-async, which hides the server's error codes: recording must tell
/// rejected data from a deadlock from a full disk.
pub struct WriteConnection {
    client: Client,
    kept: Option<HashMap<&'static str, Statement>>,
    /// Set while a statement runs: a connection abandoned halfway is not reused.
    busy: bool,
    driver: AbortHandle,
}

impl Drop for WriteConnection {
    fn drop(&mut self) {
        // An idle driver says goodbye. A busy one would wait for a response first, forever if the server is gone.
        if self.busy {
            self.driver.abort();
        }
    }
}

impl WriteConnection {
    /// Runs a prepared statement and returns its rows. The text must be constant.
    pub async fn query(
        &mut self,
        text: &'static str,
        parameters: &[Parameter<'_>],
    ) -> Result<Vec<Row>, tokio_postgres::Error> {
        let Some(kept) = &mut self.kept else {
            return self.client.query_typed(text, parameters).await;
        };
        let statement = match kept.get(text) {
            Some(statement) => statement.clone(),
            None => {
                let types: Vec<Type> = parameters.iter().map(|(_, kind)| kind.clone()).collect();
                let statement = self.client.prepare_typed(text, &types).await?;
                kept.insert(text, statement.clone());
                statement
            }
        };
        let values: Vec<&(dyn ToSql + Sync)> = parameters.iter().map(|(value, _)| *value).collect();
        self.client.query(&statement, &values).await
    }

    /// Runs a statement without parameters, such as one that begins or ends a transaction.
    pub async fn run(&mut self, text: &'static str) -> Result<(), tokio_postgres::Error> {
        self.client.batch_execute(text).await
    }

    /// Marks the connection as busy until [`WriteConnection::finish`].
    pub const fn start(&mut self) {
        self.busy = true;
    }

    /// Marks the connection as idle.
    pub const fn finish(&mut self) {
        self.busy = false;
    }
}

/// Opens and checks [`WriteConnection`]s.
pub struct WriteManager(pub Arc<Connector>);

impl Manager for WriteManager {
    type Type = WriteConnection;
    type Error = AttemptError;

    async fn create(&self) -> Result<WriteConnection, AttemptError> {
        let (client, connection) = self.0.open().await?;
        let driver = tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(error = describe(&error), "a write connection ended");
            }
        });
        let kept = self.0.keeps_statements();
        if kept {
            client
                .batch_execute(WRITE_SESSION)
                .await
                .map_err(AttemptError::Driver)?;
        }
        Ok(WriteConnection {
            client,
            kept: kept.then(HashMap::new),
            busy: false,
            driver: driver.abort_handle(),
        })
    }

    async fn recycle(
        &self,
        connection: &mut WriteConnection,
        _: &Metrics,
    ) -> RecycleResult<AttemptError> {
        if connection.busy || connection.client.is_closed() {
            return Err(RecycleError::message("closed or left in the middle"));
        }
        Ok(())
    }
}
