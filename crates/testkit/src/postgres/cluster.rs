//! A data directory and the command that serves it.

use super::programs;
use crate::account::Account;
use crate::{ServerError, port_was_taken};
use std::path::{Path, PathBuf};
use std::process::Command;
use tokio_postgres::{Client, NoTls};

/// The superuser, who needs no password.
const USER: &str = "postgres";

/// Whether what is committed must survive the server's death.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Durability {
    /// PostgreSQL's own defaults.
    Full,
    /// No fsync: fast, and lost with the machine only.
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
    /// One in `data`, owned by the account; nothing is made yet.
    pub(super) fn new(account: Option<Account>, data: PathBuf) -> Result<Self, ServerError> {
        Ok(Self {
            programs: programs::directory()?,
            account,
            data,
        })
    }

    /// Makes the directory's content.
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

    /// The server's command.
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
                // A worker in a template would be in the way of its clones.
                .args(["-c", "autovacuum=off"])
                .args(["-c", "max_connections=400"]);
        }
        command
    }

    /// Whether it is this cluster that answers on the port, and takes statements.
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
        // Settings of the caller's psql must not reach the server.
        command.env_remove("PGDATA").env_remove("PGPORT");
        command
    }
}

/// Whether a server that ended can be given another port.
pub(super) fn is_worth_another_port(error: &ServerError) -> bool {
    matches!(error, ServerError::NotReady { log, .. } if port_was_taken(log))
}

/// The URL of a database of a server on this machine.
pub(super) fn url(port: u16, database: &str) -> String {
    format!("postgres://{USER}@127.0.0.1:{port}/{database}")
}

/// A connection of its own, whose work ends when it is dropped.
///
/// # Errors
/// When PostgreSQL cannot be reached.
pub async fn connect(url: &str) -> Result<Client, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    // Its failure is the failure of whatever the client is asked next.
    tokio::spawn(async {
        let _ = connection.await;
    });
    Ok(client)
}
