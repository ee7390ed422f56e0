//! The user account that a test server runs as.

use super::ServerError;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// The user `postgres`, for tests that run as root: PostgreSQL refuses to run as root.
#[derive(Debug, Clone, Copy)]
pub(super) struct Account {
    uid: u32,
    gid: u32,
}

impl Account {
    /// Returns the account for PostgreSQL, unless the current user can run it.
    pub(super) fn for_postgres() -> Result<Option<Self>, ServerError> {
        if !rustix::process::geteuid().is_root() {
            return Ok(None);
        }
        Ok(Some(Self {
            uid: number("-u")?,
            gid: number("-g")?,
        }))
    }

    /// Runs a command as this account.
    pub(super) fn run(self, command: &mut Command) {
        command.uid(self.uid).gid(self.gid);
    }

    /// Makes this account the owner of a path.
    pub(super) fn own(self, path: &Path) -> Result<(), ServerError> {
        chown(path, Some(self.uid), Some(self.gid))
            .map_err(|cause| ServerError::io(format!("chown of {}", path.display()), cause))
    }
}

fn number(option: &str) -> Result<u32, ServerError> {
    let output = Command::new("id")
        .args([option, "postgres"])
        .output()
        .map_err(|cause| ServerError::io("running id", cause))?;
    String::from_utf8_lossy(&output.stdout)
        .trim()
        .parse()
        .map_err(|_| ServerError::Missing {
            program: "the system user `postgres`",
            package: "postgresql",
        })
}
