//! Settings of the SQLite store.

use std::path::PathBuf;
use std::time::Duration;

/// Path and limits of the database file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqliteSettings {
    /// The database file. Created, with its directory, if it does not exist.
    pub path: PathBuf,
    /// Maximum concurrent reads, each on its own connection (at least 1). Connections are opened on demand.
    pub readers: usize,
    /// How long a statement waits for a lock of another process.
    pub busy_timeout: Duration,
    /// Maximum size of the file in bytes; at the limit writes fail as on a full disk, until something is deleted.
    /// Unlimited when absent.
    pub max_bytes: Option<u64>,
}

impl SqliteSettings {
    /// Returns the defaults: 4 readers, 5 seconds of busy timeout, no size limit.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            readers: 4,
            busy_timeout: Duration::from_secs(5),
            max_bytes: None,
        }
    }
}
