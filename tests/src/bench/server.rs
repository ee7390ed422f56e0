//! The server under measurement: the release binary beside this one.

use crate::connection::Connection;
use anyhow::{Context, bail, ensure};
use serde_json::Value;
use std::net::SocketAddr;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// A running server; killed when dropped.
pub struct Server {
    address: SocketAddr,
    _process: Child,
    _folder: tempfile::TempDir,
}

impl Server {
    /// Starts the binary on a free port.
    ///
    /// # Errors
    /// When there is no binary, or it does not start.
    pub async fn start(database: &str, redis: &str) -> anyhow::Result<Self> {
        Self::start_with(database, redis, &[]).await
    }

    /// Starts it with further variables.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub async fn start_with(
        database: &str,
        redis: &str,
        variables: &[(&str, &str)],
    ) -> anyhow::Result<Self> {
        let binary = std::env::current_exe()?.with_file_name("faultbook");
        ensure!(
            binary.is_file(),
            "{} is missing: run `cargo build --release -p faultbook-server`",
            binary.display()
        );
        let folder = tempfile::tempdir()?;
        let mut process = Command::new(binary)
            .current_dir(folder.path())
            .env("DATABASE_URL", database)
            .env("REDIS_URL", redis)
            .env("PORT", "0")
            .env("FAULTBOOK__METRICS__BIND", "")
            .env("RUST_LOG", "warn")
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("the server does not start")?;
        let stdout = process.stdout.take().context("no output")?;
        let first = BufReader::new(stdout)
            .lines()
            .next_line()
            .await?
            .unwrap_or_default();
        let Some((_, address)) = first.split_once("http://") else {
            bail!("the server did not say where it listens: '{first}'");
        };
        Ok(Self {
            address: address.trim().parse()?,
            _process: process,
            _folder: folder,
        })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The sum of the counts of all errors.
    ///
    /// # Errors
    /// When the server does not answer as documented.
    pub async fn stored(&self) -> anyhow::Result<u64> {
        let mut sum = 0;
        let mut cursor = String::new();
        loop {
            let data = self.get(&format!("/api/errors?limit=100{cursor}")).await?;
            let errors = data["errors"].as_array().context("no errors")?;
            sum += errors
                .iter()
                .filter_map(|error| error["count"].as_u64())
                .sum::<u64>();
            match data["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return Ok(sum),
            }
        }
    }

    /// The `data` of a GET.
    ///
    /// # Errors
    /// When the server does not answer as documented.
    pub async fn get(&self, path: &str) -> anyhow::Result<Value> {
        let mut connection = Connection::open(self.address).await?;
        let body: Value = serde_json::from_slice(connection.get(path).await?)?;
        Ok(body["data"].clone())
    }
}
