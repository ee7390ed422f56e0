//! A PostgreSQL data directory and the command that serves it.

use super::programs;
use crate::account::Account;
use crate::{ServerError, port_was_taken};
use std::path::{Path, PathBuf};
use std::process::Command;
use tokio_postgres::{Client, NoTls};

/// The superuser, without a password.
const USER: &str = "postgres";

/// Whether commits must survive a crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Durability {
    /// PostgreSQL's own defaults.
    Full,
    /// No fsync: fast; commits are lost only if the machine crashes.
    None,
}

/// A data directory.
#[derive(Debug)]
pub(super) struct Cluster {
    programs: PathBuf,
    account: Option<Account>,
    data: PathBuf,
}

impl Cluster {
    /// Creates a handle of the directory `data`, owned by the account; writes nothing.
    pub(super) fn new(account: Option<Account>, data: PathBuf) -> Result<Self, ServerError> {
        Ok(Self {
            programs: programs::directory()?,
            account,
            data,
        })
    }

    /// Initializes the directory.
    pub(super) fn initialise(&self) -> Result<(), ServerError> {
        let output = self
            .command("initdb")
            .args(["--no-sync", "--auth=trust", "--username", USER])
            .args(["--encoding=UTF8", "--no-locale", "--pgdata"])
            .arg(&self.data)
            .output()
            .map_err(|cause| ServerError::io("running initdb", cause))?;
        if output.status.success() {
            return Ok(());
        }
        Err(ServerError::Failed {
            program: "initdb".to_owned(),
            output: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    /// Returns the server's command.
    pub(super) fn serve(&self, port: u16, durability: Durability) -> Command {
        let mut command = self.command("postgres");
        command
            .arg("-D")
            .arg(&self.data)
            .args(["-p", &port.to_string(), "-h", "127.0.0.1"])
            .args(["-c", "unix_socket_directories="])
            .args(["-c", "shared_buffers=32MB"]);
        if durability == Durability::None {
            command
                .args(["-c", "fsync=off", "-c", "full_page_writes=off"])
                // An autovacuum worker connected to a template would block cloning it.
                .args(["-c", "autovacuum=off"])
                .args(["-c", "max_connections=400"]);
        }
        command
    }

    /// Returns whether this cluster responds on the port and accepts statements.
    pub(super) async fn answers(&self, port: u16) -> bool {
        let Ok(client) = connect(&url(port, "postgres")).await else {
            return false;
        };
        let directory = client
            .query_one("SELECT current_setting('data_directory')", &[])
            .await;
        directory.is_ok_and(|row| Path::new(row.get::<_, &str>(0)) == self.data)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        if let Some(account) = self.account {
            account.run(&mut command);
        }
        if let Some(parent) = self.data.parent() {
            command.current_dir(parent);
        }
        // Keeps the caller's psql settings away from the server.
        command.env_remove("PGDATA").env_remove("PGPORT");
        command
    }
}

/// Returns whether a server that ended can be started on another port.
pub(super) fn is_worth_another_port(error: &ServerError) -> bool {
    matches!(error, ServerError::NotReady { log, .. } if port_was_taken(log))
}

/// Returns the URL of a database of a local server.
pub(super) fn url(port: u16, database: &str) -> String {
    format!("postgres://{USER}@127.0.0.1:{port}/{database}")
}

/// Opens a connection, which is closed when the client is dropped.
///
/// # Errors
/// When PostgreSQL cannot be reached.
pub async fn connect(url: &str) -> Result<Client, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    // Its failure appears as the failure of the client's next call.
    tokio::spawn(async {
        let _ = connection.await;
    });
    Ok(client)
}
