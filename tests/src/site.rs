//! An installation: where the data is, whichever process serves it.

use crate::value::fresh_id;
use crate::{Server, Stack, binary};
use faultbook_domain::identity::{InvitationStore, KeyStore};
use faultbook_domain::ingest::EventStore;
use faultbook_domain::monitoring::SampleStore;
use faultbook_domain::system::{SystemClock, SystemIds};
use faultbook_domain::tenancy::{ProjectStore, TenantStore};
use faultbook_postgres::{PostgresSettings, PostgresStore};
use faultbook_sqlite::{SqliteSettings, SqliteStore};
use faultbook_testkit::{postgres, redis};
use sha2::{Digest, Sha256};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use tempfile::TempDir;
use tokio::sync::{Mutex, MutexGuard};

/// A directory, a database and a cache, which outlive the servers that use them.
#[derive(Debug)]
pub struct Site {
    directory: TempDir,
    variables: Vec<(String, String)>,
    database: Database,
    redis: Option<(String, Mutex<redis::Instance>)>,
}

#[derive(Debug)]
enum Database {
    /// The default: `data/faultbook.db` below the working directory.
    Sqlite,
    Shared(postgres::TestDatabase),
    Own(String, Mutex<postgres::Instance>),
}

/// The parts of a store that tests reach into, where the API has no way yet.
pub struct Stores {
    /// Recording.
    pub events: Arc<dyn EventStore>,
    /// Keys.
    pub keys: Arc<dyn KeyStore>,
    /// Tenants.
    pub tenants: Arc<dyn TenantStore>,
    /// Projects.
    pub projects: Arc<dyn ProjectStore>,
    /// Invitations.
    pub invitations: Arc<dyn InvitationStore>,
    /// Samples.
    pub samples: Arc<dyn SampleStore>,
}

impl Site {
    /// An empty one.
    pub async fn new(stack: Stack) -> Self {
        match stack {
            Stack::Sqlite => Self::with(Database::Sqlite, None),
            Stack::PostgresRedis => {
                let database = postgres::database_from_template(&template_name(), migrate).await;
                let redis = redis::Instance::start().await;
                Self::with(Database::Shared(database), Some(redis))
            }
        }
    }

    /// One with a PostgreSQL of its own, for tests that end it.
    pub async fn with_own_postgres() -> Self {
        let instance = postgres::Instance::start().await;
        let database = Database::Own(instance.url(), Mutex::new(instance));
        Self::with(database, Some(redis::Instance::start().await))
    }

    /// One with a PostgreSQL of its own, and a Redis that keeps on disk what it was told.
    pub async fn with_own_postgres_and_durable_redis() -> Self {
        let instance = postgres::Instance::start().await;
        let database = Database::Own(instance.url(), Mutex::new(instance));
        Self::with(database, Some(redis::Instance::start_durable().await))
    }

    /// One whose Redis keeps on disk what it was told, so that it comes back with it after an outage.
    pub async fn with_durable_redis() -> Self {
        let database = postgres::database_from_template(&template_name(), migrate).await;
        let redis = redis::Instance::start_durable().await;
        Self::with(Database::Shared(database), Some(redis))
    }

    fn with(database: Database, redis: Option<redis::Instance>) -> Self {
        let directory = tempfile::Builder::new()
            .prefix("faultbook-e2e-")
            .tempdir()
            .unwrap();
        Self {
            directory,
            variables: Vec::new(),
            database,
            redis: redis.map(|redis| (redis.url(), Mutex::new(redis))),
        }
    }

    /// With a variable in the environment of every process.
    #[must_use]
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Starts a server.
    pub async fn start(self) -> Server {
        Server::on(Arc::new(self)).await
    }

    /// Its working directory.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Its Redis.
    ///
    /// # Panics
    /// When it has none.
    pub async fn redis(&self) -> MutexGuard<'_, redis::Instance> {
        self.redis.as_ref().unwrap().1.lock().await
    }

    /// Its own PostgreSQL.
    ///
    /// # Panics
    /// When it has none.
    pub async fn postgres(&self) -> MutexGuard<'_, postgres::Instance> {
        match &self.database {
            Database::Own(_, instance) => instance.lock().await,
            _ => panic!("this site has no PostgreSQL of its own"),
        }
    }

    /// Where its database is, as `DATABASE_URL`.
    #[must_use]
    pub fn database_url(&self) -> Option<&str> {
        match &self.database {
            Database::Sqlite => None,
            Database::Shared(database) => Some(&database.url),
            Database::Own(url, _) => Some(url),
        }
    }

    /// The binary with this site's environment and nothing else of ours.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary::path());
        command
            .args(arguments)
            .current_dir(self.directory())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("PORT", "0")
            .env("FAULTBOOK__METRICS__BIND", "");
        if let Some(url) = self.database_url() {
            command.env("DATABASE_URL", url);
        }
        if let Some((url, _)) = &self.redis {
            command.env("REDIS_URL", url);
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs a subcommand to its end.
    ///
    /// # Panics
    /// When it cannot be started.
    pub async fn run(&self, arguments: &[&str]) -> Output {
        self.run_with_input(arguments, "").await
    }

    /// Runs a subcommand to its end, with a text as its standard input.
    ///
    /// # Panics
    /// When it cannot be started.
    pub async fn run_with_input(&self, arguments: &[&str], input: &str) -> Output {
        let mut command = self.command(arguments);
        let input = input.to_owned();
        tokio::task::spawn_blocking(move || {
            let mut child = command
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            // A command that asks for nothing may be gone already.
            let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
            child.wait_with_output().unwrap()
        })
        .await
        .unwrap()
    }

    /// The standard output of a subcommand that succeeds.
    ///
    /// # Panics
    /// When it fails.
    pub async fn output_of(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments).await;
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Makes a key with `faultbook key create`. A server must have started before.
    pub async fn create_key(&self, arguments: &[&str]) -> String {
        let arguments = [&["key", "create"], arguments].concat();
        self.output_of(&arguments).await.trim().to_owned()
    }

    /// Reaches into its store.
    ///
    /// # Panics
    /// When that cannot be opened.
    pub async fn stores(&self) -> Stores {
        let (ids, clock) = (Arc::new(SystemIds::default()), Arc::new(SystemClock));
        match self.database_url() {
            None => {
                let file = self.directory().join("data/faultbook.db");
                let store = SqliteStore::open(SqliteSettings::new(file), ids, clock).unwrap();
                Stores::of(store)
            }
            Some(url) => {
                let settings = PostgresSettings::new(url);
                Stores::of(PostgresStore::connect(&settings, ids, clock).await.unwrap())
            }
        }
    }
}

impl Stores {
    fn of<S>(store: S) -> Self
    where
        S: EventStore
            + KeyStore
            + TenantStore
            + ProjectStore
            + InvitationStore
            + SampleStore
            + 'static,
    {
        let store = Arc::new(store);
        Self {
            invitations: store.clone(),
            events: store.clone(),
            keys: store.clone(),
            tenants: store.clone(),
            projects: store.clone(),
            samples: store,
        }
    }
}

/// Fills a database with the schema, by the binary itself.
async fn migrate(url: String) {
    let directory = tempfile::tempdir().unwrap();
    let mut command = Command::new(binary::path());
    command
        .arg("migrate")
        .current_dir(directory.path())
        .env_clear()
        .env("DATABASE_URL", url);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap();
    assert!(output.status.success(), "{output:?}");
}

/// A name that changes with the migrations.
fn template_name() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations/postgres");
    let mut files = files_below(&root);
    files.sort();
    let mut hash = Sha256::new();
    for file in files {
        hash.update(file.as_os_str().as_encoded_bytes());
        hash.update(fs::read(&file).unwrap());
    }
    let digest = hash.finalize();
    let digits: String = digest[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("e2e_{digits}")
}

fn files_below(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| {
            if path.is_dir() {
                files_below(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

/// An e-mail address, a slug or whatever must be new.
#[must_use]
pub fn unique(prefix: &str) -> String {
    format!("{prefix}-{}", fresh_id().simple())
}
