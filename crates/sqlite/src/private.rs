//! Files that nobody but their owner may read, whatever the umask.

use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Makes a folder, and those it lies in, for its owner alone. Folders that exist stay as they are.
pub(crate) fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.as_os_str().is_empty() || folder.is_dir() {
        return Ok(());
    }
    if let Some(parent) = folder.parent() {
        make_folder(parent)?;
    }
    match DirBuilder::new().mode(0o700).create(folder) {
        // The umask may have taken away what the owner needs.
        Ok(()) => fs::set_permissions(folder, Permissions::from_mode(0o700)),
        // Another process may have been first.
        Err(_) if folder.is_dir() => Ok(()),
        Err(cause) => Err(cause),
    }
}

/// Makes a database file for its owner alone, or takes from others what they may do with one that
/// exists and with the files that SQLite keeps beside it, whose mode follows the file's. What fails here
/// fails again, and is explained, when SQLite opens the file.
pub(crate) fn make_file(path: &Path) {
    let made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    if let Ok(file) = made {
        if let Err(cause) = file.set_permissions(Permissions::from_mode(0o600)) {
            warn(path, &cause);
        }
        return;
    }
    for suffix in ["", "-wal", "-shm", "-journal"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        restrict(Path::new(&name));
    }
}

fn restrict(path: &Path) {
    let Ok(about) = fs::metadata(path) else {
        return;
    };
    let mode = about.permissions().mode();
    if !about.is_file() || mode & 0o077 == 0 {
        return;
    }
    if let Err(cause) = fs::set_permissions(path, Permissions::from_mode(mode & 0o700)) {
        warn(path, &cause);
    }
}

fn warn(path: &Path, cause: &io::Error) {
    tracing::warn!(path = %path.display(), %cause, "other users of this machine may read the database");
}
