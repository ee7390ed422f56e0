//! The Faultbook under measurement.

use super::{Cpu, DEVELOPMENT_KEY, build};
use crate::connection::{Connection, Target};
use anyhow::{Context, bail, ensure};
use serde_json::Value;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// A running server; one that was started here is killed when dropped.
pub struct Server {
    target: Target,
    own: Option<Own>,
}

struct Own {
    process: Child,
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
        let binary = build::binary()?;
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
            target: Target::new(address.trim(), DEVELOPMENT_KEY).await?,
            own: Some(Own {
                process,
                _folder: folder,
            }),
        })
    }

    /// One that runs already, at `http://host:port`.
    ///
    /// # Errors
    /// When the URL is none, or its host is not known.
    pub async fn given(url: &str, key: &str) -> anyhow::Result<Self> {
        let host = url
            .strip_prefix("http://")
            .context("a server's URL is http://host:port")?;
        Ok(Self {
            target: Target::new(host.trim_end_matches('/'), key).await?,
            own: None,
        })
    }

    /// Where to send requests.
    pub const fn target(&self) -> &Target {
        &self.target
    }

    /// Its process, if it was started here.
    ///
    /// # Errors
    /// When it has ended.
    pub fn cpu(&self) -> anyhow::Result<Option<Cpu>> {
        let Some(own) = &self.own else {
            return Ok(None);
        };
        let process = own.process.id().context("the server has ended")?;
        Ok(Some(Cpu::of(process)?))
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

    /// Fails unless so many more are stored than before.
    ///
    /// # Errors
    /// When they are not.
    pub async fn ensure_stored(&self, before: u64, acknowledged: u64) -> anyhow::Result<()> {
        let stored = self.stored().await? - before;
        ensure!(
            stored == acknowledged,
            "{acknowledged} reports were acknowledged and {stored} are stored"
        );
        Ok(())
    }

    /// The `data` of a GET.
    ///
    /// # Errors
    /// When the server does not answer as documented.
    pub async fn get(&self, path: &str) -> anyhow::Result<Value> {
        let mut connection = Connection::open(&self.target).await?;
        let body: Value = serde_json::from_slice(connection.get(path).await?)?;
        Ok(body["data"].clone())
    }
}
