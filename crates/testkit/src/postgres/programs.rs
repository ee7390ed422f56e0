//! Finds PostgreSQL's programs.

use crate::ServerError;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The oldest PostgreSQL that Faultbook supports.
const OLDEST: u32 = 15;
/// Directory in which Debian keeps a subdirectory per major version, off the PATH.
const DEBIAN: &str = "/usr/lib/postgresql";

/// Finds the directory with `initdb` and `postgres`: the newest of Debian's, else the first on the PATH.
pub(super) fn directory() -> Result<PathBuf, ServerError> {
    debian().or_else(on_path).ok_or(ServerError::Missing {
        program: "PostgreSQL 15 or newer",
        package: "postgresql",
    })
}

fn debian() -> Option<PathBuf> {
    fs::read_dir(DEBIAN)
        .ok()?
        .flatten()
        .filter_map(|entry| {
            let version: u32 = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .filter(|(version, bin)| *version >= OLDEST && is_complete(bin))
        .max()
        .map(|(_, bin)| bin)
}

fn on_path() -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?)
        .find(|bin| is_complete(bin) && version(bin).is_some_and(|version| version >= OLDEST))
}

fn is_complete(bin: &Path) -> bool {
    ["initdb", "postgres"]
        .iter()
        .all(|program| bin.join(program).is_file())
}

/// Parses the major version of `postgres (PostgreSQL) 15.18 (Debian ...)`.
fn version(bin: &Path) -> Option<u32> {
    let output = Command::new(bin.join("postgres"))
        .arg("--version")
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let number = text.split_once(") ")?.1;
    let major = number.split(|c: char| !c.is_ascii_digit()).next()?;
    major.parse().ok()
}
