//! Creates files and directories that only their owner can access, whatever the umask.

use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Creates a directory and its parents with access for their owner only. Existing ones are unchanged.
pub(crate) fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.as_os_str().is_empty() || folder.is_dir() {
        return Ok(());
    }
    if let Some(parent) = folder.parent() {
        make_folder(parent)?;
    }
    match DirBuilder::new().mode(0o700).create(folder) {
        // The umask may have removed the owner's rights.
        Ok(()) => fs::set_permissions(folder, Permissions::from_mode(0o700)),
        // Another process may have created it first.
        Err(_) if folder.is_dir() => Ok(()),
        Err(cause) => Err(cause),
    }
}

/// Creates a database file with access for its owner only, or restricts an existing one and its side files, whose
/// mode follows the database's. Errors are ignored: they recur, and are reported, when SQLite opens the file.
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
