//! How the store is to work.

use std::path::PathBuf;
use std::time::Duration;

/// Where the file lies and how it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqliteSettings {
    /// The database file. Made, with the folder it lies in, when it does not exist.
    pub path: PathBuf,
    /// How many reads may run at once, each on a connection of its own (at least 1). Connections are
    /// opened when first needed.
    pub readers: usize,
    /// How long a statement waits for another process that holds the file.
    pub busy_timeout: Duration,
    /// The size in bytes the file may not grow beyond; writes then fail as on a full disk, until
    /// something is deleted. No limit when absent.
    pub max_bytes: Option<u64>,
}

impl SqliteSettings {
    /// The defaults for a file: 4 readers, 5 seconds of patience, no limit.
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
