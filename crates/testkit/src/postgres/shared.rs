//! The PostgreSQL server that all tests of a workspace share, with a private database each.
//!
//! Test processes come and go, so the server belongs to none of them: the first starts it, each holds a lease while
//! it uses it, and a watcher ends it when nobody has for a while. All decisions are made under one file lock.

use super::cluster::{Cluster, Durability, is_worth_another_port};
use crate::account::Account;
use crate::process::{
    LOOK_AGAIN, PATIENCE, children_of, kill_and_wait, read_log, spawn_logged, works_in,
};
use crate::{PORT_ATTEMPTS, ServerError, free_port, or_fail};
use rustix::process::geteuid;
use sha2::{Digest, Sha256};
use std::env;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Idle time after which the server ends.
const IDLE: Duration = Duration::from_secs(90);
const WATCHER: &str = include_str!("watcher.sh");

/// Paths of the shared server, whether or not it runs.
#[derive(Debug, Clone)]
pub(super) struct Shared {
    root: PathBuf,
    idle: Duration,
}

/// Keeps the server running; ends with this value or its process.
#[derive(Debug)]
pub(super) struct Lease {
    file: File,
    /// Port of the server.
    pub(super) port: u16,
}

impl Drop for Lease {
    fn drop(&mut self) {
        // The idle time counts from here. At worst the server ends sooner.
        let _ = touch(&self.file);
    }
}

/// Ends the shared server now, if it runs, even if it is in use.
pub fn stop_shared() {
    or_fail(Shared::of_workspace().and_then(|shared| {
        let _lock = shared.lock()?;
        shared.clear()
    }));
}

impl Shared {
    /// Returns the shared server of this workspace and user.
    pub(super) fn of_workspace() -> Result<Self, ServerError> {
        let key = Sha256::digest(env!("CARGO_MANIFEST_DIR"));
        let key: String = key[..6].iter().map(|byte| format!("{byte:02x}")).collect();
        let name = format!("faultbook-tests-{}-{key}", geteuid().as_raw());
        Self::at(&env::temp_dir().join(name), IDLE)
    }

    /// Returns the shared server in a directory, which is created if needed.
    pub(super) fn at(root: &Path, idle: Duration) -> Result<Self, ServerError> {
        let failed = |cause| ServerError::io(format!("making {}", root.display()), cause);
        match fs::create_dir(root) {
            Err(cause) if cause.kind() != ErrorKind::AlreadyExists => return Err(failed(cause)),
            _ => {}
        }
        let found = fs::symlink_metadata(root).map_err(failed)?;
        if !found.is_dir() || found.uid() != geteuid().as_raw() {
            return Err(ServerError::Failed {
                program: root.display().to_string(),
                output: "is not a directory of this user".to_owned(),
            });
        }
        // PostgreSQL's own user must be able to traverse it, whatever the umask.
        fs::set_permissions(root, Permissions::from_mode(0o711)).map_err(failed)?;
        let root = root.canonicalize().map_err(failed)?;
        Ok(Self { root, idle })
    }

    /// Acquires the file lock of the server. It is released with the file.
    pub(super) fn lock(&self) -> Result<File, ServerError> {
        let failed = |cause| ServerError::io("locking the shared server", cause);
        let file = self.open("lock").map_err(failed)?;
        file.lock().map_err(failed)?;
        Ok(file)
    }

    /// Acquires the lock as [`Shared::lock`] does, without blocking the runtime.
    pub(super) async fn lock_async(&self) -> Result<File, ServerError> {
        let shared = self.clone();
        tokio::task::spawn_blocking(move || shared.lock())
            .await
            .map_err(|cause| ServerError::io("waiting for the shared server", cause.into()))?
    }

    /// Returns a lease of the running server, which is started if needed.
    pub(super) async fn lease(&self) -> Result<Lease, ServerError> {
        let _lock = self.lock_async().await?;
        let failed = |cause| ServerError::io("taking a lease of the shared server", cause);
        let file = self.open("lease").map_err(failed)?;
        file.lock_shared().map_err(failed)?;
        touch(&file).map_err(failed)?;
        let account = Account::for_postgres()?;
        let cluster = Cluster::new(account, self.server_directory().join("data"))?;
        if let Some(port) = self.port()
            && cluster.answers(port).await
        {
            return Ok(Lease { file, port });
        }
        self.clear()?;
        let port = self.launch(&cluster, account).await?;
        Ok(Lease { file, port })
    }

    async fn launch(
        &self,
        cluster: &Cluster,
        account: Option<Account>,
    ) -> Result<u16, ServerError> {
        let directory = self.server_directory();
        let failed = |cause| ServerError::io(format!("making {}", directory.display()), cause);
        DirBuilder::new()
            .mode(0o700)
            .create(&directory)
            .map_err(failed)?;
        if let Some(account) = account {
            account.own(&directory)?;
        }
        cluster.initialise()?;
        let mut attempt = 1;
        loop {
            let port = free_port()?;
            match self.listen(cluster, port).await {
                Ok(id) => {
                    self.watch(id)?;
                    // Written last: a stored port belongs to a server that was ready.
                    fs::write(directory.join("port"), port.to_string()).map_err(failed)?;
                    return Ok(port);
                }
                Err(error) if is_worth_another_port(&error) && attempt < PORT_ATTEMPTS => {
                    attempt += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Starts the server and returns its process id.
    async fn listen(&self, cluster: &Cluster, port: u16) -> Result<u32, ServerError> {
        let log = self.server_directory().join("log");
        let mut child = spawn_logged(&mut cluster.serve(port, Durability::None), &log)?;
        let deadline = Instant::now() + PATIENCE;
        while !cluster.answers(port).await {
            let why = match child.try_wait() {
                Ok(Some(status)) => status.to_string(),
                _ if Instant::now() > deadline => format!("no answer in {PATIENCE:?}"),
                _ => {
                    tokio::time::sleep(LOOK_AGAIN).await;
                    continue;
                }
            };
            // Fails only if it has ended already.
            let _ = child.kill();
            let _ = child.wait();
            return Err(ServerError::NotReady {
                why,
                log: read_log(&log),
            });
        }
        Ok(child.id())
    }

    /// Starts the watcher that ends the idle server; it outlives this process.
    fn watch(&self, server: u32) -> Result<(), ServerError> {
        Command::new("sh")
            .args(["-c", WATCHER, "sh"])
            .arg(&self.root)
            .args([server.to_string(), self.idle.as_secs().to_string()])
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .map(drop)
            .map_err(|cause| ServerError::io("starting the shared server's watcher", cause))
    }

    /// Ends the server, if it runs, and removes its files. Needs the lock.
    fn clear(&self) -> Result<(), ServerError> {
        let directory = self.server_directory();
        if let Some(server) = self.process() {
            let children = children_of(server);
            kill_and_wait(server, &directory);
            for child in children {
                kill_and_wait(child, &directory);
            }
        }
        match fs::remove_dir_all(&directory) {
            Err(cause) if cause.kind() != ErrorKind::NotFound => Err(ServerError::io(
                format!("removing {}", directory.display()),
                cause,
            )),
            _ => Ok(()),
        }
    }

    /// Returns the process id of the running server: the first line of its `postmaster.pid`.
    fn process(&self) -> Option<u32> {
        let directory = self.server_directory();
        let text = fs::read_to_string(directory.join("data/postmaster.pid")).ok()?;
        let id = text.lines().next()?.trim().parse().ok()?;
        works_in(id, &directory).then_some(id)
    }

    fn port(&self) -> Option<u16> {
        let text = fs::read_to_string(self.server_directory().join("port")).ok()?;
        text.parse().ok()
    }

    fn server_directory(&self) -> PathBuf {
        self.root.join("postgres")
    }

    fn open(&self, name: &str) -> io::Result<File> {
        OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(self.root.join(name))
    }
}

/// Sets the modification time to now.
fn touch(mut file: &File) -> io::Result<()> {
    file.rewind()?;
    file.write_all(b"x")
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;
    use tokio_postgres::NoTls;

    const SOON: Duration = Duration::from_secs(1);
    const LONG: Duration = Duration::from_secs(600);

    fn shared(idle: Duration) -> (TempDir, Shared) {
        let directory = TempDir::new().unwrap();
        let shared = Shared::at(directory.path(), idle).unwrap();
        (directory, shared)
    }

    async fn connects(port: u16) -> bool {
        let url = super::super::cluster::url(port, "postgres");
        tokio_postgres::connect(&url, NoTls).await.is_ok()
    }

    #[tokio::test]
    async fn the_server_is_shared_and_ends_only_when_nobody_uses_it() {
        let (_directory, shared) = shared(SOON);
        let first = shared.lease().await.unwrap();
        let second = shared.lease().await.unwrap();
        assert_eq!(first.port, second.port);
        drop(first);

        let watched_for = Instant::now() + 4 * SOON;
        while Instant::now() < watched_for {
            assert!(connects(second.port).await, "ended while it was in use");
            tokio::time::sleep(SOON / 10).await;
        }

        let port = second.port;
        drop(second);
        let deadline = Instant::now() + PATIENCE;
        while shared.server_directory().exists() {
            assert!(Instant::now() < deadline, "still there, though unused");
            tokio::time::sleep(SOON / 10).await;
        }
        assert!(!connects(port).await);
    }

    #[tokio::test]
    async fn a_dead_server_is_replaced() {
        let (_directory, shared) = shared(LONG);
        let before = shared.lease().await.unwrap();
        let killed = shared.process().unwrap();
        kill_and_wait(killed, &shared.server_directory());
        assert!(!connects(before.port).await);

        let after = shared.lease().await.unwrap();

        assert!(connects(after.port).await);
        assert_ne!(shared.process(), Some(killed));
        shared.clear().unwrap();
    }

    #[tokio::test]
    async fn a_half_made_server_is_replaced() {
        let (_directory, shared) = shared(LONG);
        fs::create_dir_all(shared.server_directory().join("data/base")).unwrap();

        let lease = shared.lease().await.unwrap();

        assert!(connects(lease.port).await);
        shared.clear().unwrap();
        assert!(!connects(lease.port).await);
    }
}
