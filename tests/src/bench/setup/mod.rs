//! What is measured with: private servers, started here, or those whose URLs were given.

mod build;
mod cpu;
mod database;
mod redis;
mod server;
mod stack;

pub use cpu::Cpu;
pub use database::Database;
pub use redis::Redis;
pub use server::Server;
pub use stack::Stack;

use clap::Args;

/// The key of a Faultbook in development, which is how it is started here.
const DEVELOPMENT_KEY: &str = "test-api-key";

/// Where to measure. What is not given is started on a free port and ended afterwards.
#[derive(Debug, Clone, Args)]
pub struct Places {
    /// A PostgreSQL to measure with. Databases are made in it and dropped again, so the role must be
    /// allowed to. Its CPU time is not known here.
    #[arg(long, value_name = "URL")]
    postgres_url: Option<String>,
    /// A Redis to measure with. It should be empty. Its CPU time is not known here.
    #[arg(long, value_name = "URL")]
    redis_url: Option<String>,
}

impl Places {
    /// Whether a PostgreSQL was given.
    pub const fn has_postgres(&self) -> bool {
        self.postgres_url.is_some()
    }
}

/// A Faultbook that runs already.
#[derive(Debug, Clone, Args)]
pub struct Running {
    /// A running Faultbook to measure alone, `http://host:port`. Nothing else may write to it meanwhile:
    /// what it stored is compared with what it acknowledged.
    #[arg(long, value_name = "URL")]
    server_url: Option<String>,
    /// A key that may read and report there.
    #[arg(long, env = "FAULTBOOK_API_KEY", hide_env_values = true, default_value = DEVELOPMENT_KEY)]
    api_key: String,
}

impl Running {
    /// It, if one was given.
    ///
    /// # Errors
    /// When the URL is none, or its host is not known.
    pub async fn server(&self) -> anyhow::Result<Option<Server>> {
        match &self.server_url {
            Some(url) => Ok(Some(Server::given(url, &self.api_key).await?)),
            None => Ok(None),
        }
    }
}
