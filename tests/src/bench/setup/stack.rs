//! A whole Faultbook under measurement.

use super::{Database, Places, Redis, Server};
use crate::load::Measured;
use crate::round::{Round, WARM_UP, Watched};
use std::time::Duration;

/// A server with what it stands on, for as long as this lives.
pub struct Stack {
    server: Server,
    database: Option<Database>,
    _redis: Option<Redis>,
    _folder: Option<tempfile::TempDir>,
}

impl Stack {
    /// One that runs already.
    pub const fn given(server: Server) -> Self {
        Self {
            server,
            database: None,
            _redis: None,
            _folder: None,
        }
    }

    /// On an SQLite file of its own.
    ///
    /// # Errors
    /// When the server does not start.
    pub async fn sqlite() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let database = format!("sqlite://{}", folder.path().join("bench.db").display());
        Ok(Self {
            server: Server::start(&database, "").await?,
            database: None,
            _redis: None,
            _folder: Some(folder),
        })
    }

    /// On a fresh database of PostgreSQL, with Redis.
    ///
    /// # Errors
    /// When the server does not start, or the given PostgreSQL refuses.
    pub async fn postgres(places: &Places) -> anyhow::Result<Self> {
        let database = Database::new(places).await?;
        let redis = Redis::new(places).await;
        Ok(Self {
            server: Server::start(database.url(), redis.url()).await?,
            database: Some(database),
            _redis: Some(redis),
            _folder: None,
        })
    }

    /// The server.
    pub const fn server(&self) -> &Server {
        &self.server
    }

    /// Warms up, measures what `send` sends, and compares what is stored with what was acknowledged.
    ///
    /// # Errors
    /// Those of sending, or when the counts differ.
    pub async fn round(
        &self,
        reports_a_turn: usize,
        duration: Duration,
        send: impl AsyncFn(&Server, Duration) -> anyhow::Result<Measured>,
    ) -> anyhow::Result<Round> {
        let database = self.database.as_ref().map(Database::cpu).transpose()?;
        let watched = Watched {
            server: self.server.cpu()?,
            database: database.flatten(),
        };
        send(&self.server, WARM_UP).await?;
        let before = self.server.stored().await?;
        let sending = send(&self.server, duration);
        let round = Round::of(watched, reports_a_turn, sending).await?;
        self.server.ensure_stored(before, round.reports()).await?;
        Ok(round)
    }

    /// Ends what was started here.
    ///
    /// # Errors
    /// As [`Database::close`].
    pub async fn close(self) -> anyhow::Result<()> {
        drop(self.server);
        match self.database {
            Some(database) => database.close().await,
            None => Ok(()),
        }
    }
}
