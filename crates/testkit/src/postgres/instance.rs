//! A private PostgreSQL server, for tests that stop or kill it.

use super::cluster::{Cluster, Durability, is_worth_another_port, url};
use crate::account::Account;
use crate::process::{LOOK_AGAIN, PATIENCE, Process};
use crate::{PORT_ATTEMPTS, ServerError, free_port, or_fail};
use rustix::process::Signal;
use std::fs;
use std::path::Path;
use std::time::Instant;

/// A private, durable server (fsync on, as in production), ended on drop. Takes about a second to start; tests that
/// stop no server use [`super::database`].
#[derive(Debug)]
pub struct Instance {
    process: Process,
    cluster: Cluster,
    port: u16,
}

impl Instance {
    /// Creates and starts a server.
    pub async fn start() -> Self {
        or_fail(Self::launch(None).await)
    }

    /// Starts a server on the data directory `data`, which is created where it does not exist, and which outlives this
    /// value.
    ///
    /// # Panics
    /// When PostgreSQL is not installed or does not start, or is running on that directory already.
    pub async fn start_in(data: &Path) -> Self {
        or_fail(Self::launch(Some(data)).await)
    }

    /// Returns the URL of its database `postgres`, owned by the superuser; also while it is down.
    #[must_use]
    pub fn url(&self) -> String {
        url(self.port, "postgres")
    }

    /// Returns the id of the server's main process, while it runs.
    #[must_use]
    pub fn process_id(&self) -> Option<u32> {
        self.process.id()
    }

    /// Shuts it down, disconnecting clients (the fast mode of `pg_ctl`).
    pub fn stop(&mut self) {
        or_fail(self.process.stop(Signal::INT));
    }

    /// Kills all its processes at once (SIGKILL).
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Restarts it on the same port; returns when it has recovered.
    pub async fn start_again(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.listen().await {
                // An outgoing connection of anybody's can hold the port for a moment.
                Err(error) if is_worth_another_port(&error) && Instant::now() < deadline => {
                    tokio::time::sleep(LOOK_AGAIN).await;
                }
                result => return or_fail(result),
            }
        }
    }

    async fn launch(kept: Option<&Path>) -> Result<Self, ServerError> {
        let account = Account::for_postgres()?;
        let process = Process::new("postgres", account)?;
        let cluster = match kept {
            None => Cluster::new(account, process.path().join("data"))?,
            Some(data) => {
                let failed = |cause| ServerError::io("making a data directory", cause);
                fs::create_dir_all(data).map_err(failed)?;
                let data = data.canonicalize().map_err(failed)?;
                if let Some(account) = account {
                    account.own(&data)?;
                }
                Cluster::new(account, data)?
            }
        };
        if !kept.is_some_and(|data| data.join("PG_VERSION").exists()) {
            cluster.initialise()?;
        }
        let mut instance = Self {
            process,
            cluster,
            port: 0,
        };
        let mut attempt = 1;
        loop {
            instance.port = free_port()?;
            match instance.listen().await {
                Ok(()) => return Ok(instance),
                Err(error) if is_worth_another_port(&error) && attempt < PORT_ATTEMPTS => {
                    attempt += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn listen(&mut self) -> Result<(), ServerError> {
        let mut command = self.cluster.serve(self.port, Durability::Full);
        self.process.spawn(&mut command)?;
        let deadline = Instant::now() + PATIENCE;
        while !self.cluster.answers(self.port).await {
            let why = match self.process.ended() {
                Some(status) => status.to_string(),
                None if Instant::now() > deadline => format!("no answer in {PATIENCE:?}"),
                None => {
                    tokio::time::sleep(LOOK_AGAIN).await;
                    continue;
                }
            };
            return Err(ServerError::NotReady {
                why,
                log: self.process.log(),
            });
        }
        Ok(())
    }
}
