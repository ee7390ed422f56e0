//! Which files are opened, and who may read them.
#![allow(
    clippy::unwrap_used,
    reason = "in a test, a panic is how failure is reported"
)]

use faultbook_domain::monitoring::HealthProbe;
use faultbook_domain::system::{SystemClock, SystemIds};
use faultbook_sqlite::{OpenError, SqliteSettings, SqliteStore};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

fn open(settings: SqliteSettings) -> Result<SqliteStore, OpenError> {
    let ids = Arc::new(SystemIds::default());
    SqliteStore::open(settings, ids, Arc::new(SystemClock))
}

async fn ready(settings: SqliteSettings) -> SqliteStore {
    let store = open(settings).unwrap();
    store.migrate().await.unwrap();
    store
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

#[tokio::test]
async fn new_files_and_folders_are_for_their_owner_alone() {
    let root = tempfile::tempdir().unwrap();
    set_mode(root.path(), 0o755);
    let folder = root.path().join("a/b");
    let store = ready(SqliteSettings::new(folder.join("faultbook.db"))).await;
    store.ping().await.unwrap();
    for suffix in ["", "-wal", "-shm"] {
        let file = folder.join(format!("faultbook.db{suffix}"));
        assert_eq!(mode(&file), 0o600, "{suffix}");
    }
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(&root.path().join("a")), 0o700);
    assert_eq!(mode(root.path()), 0o755, "a folder that was there");
}

#[tokio::test]
async fn files_of_an_older_version_are_closed_to_others() {
    let root = tempfile::tempdir().unwrap();
    set_mode(root.path(), 0o755);
    let file = |suffix: &str| root.path().join(format!("faultbook.db{suffix}"));
    let before = ready(SqliteSettings::new(file(""))).await;
    before.ping().await.unwrap();
    for suffix in ["", "-wal", "-shm"] {
        set_mode(&file(suffix), 0o644);
    }
    // Beside the first, as when a command runs while an older server does.
    let after = ready(SqliteSettings::new(file(""))).await;
    after.ping().await.unwrap();
    for suffix in ["", "-wal", "-shm"] {
        assert_eq!(mode(&file(suffix)), 0o600, "{suffix}");
    }
    assert_eq!(mode(root.path()), 0o755);
}

#[test]
fn a_file_of_something_else_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("faultbook.db");
    fs::write(&file, "not a database at all, ".repeat(500)).unwrap();
    let refused = open(SqliteSettings::new(&file)).unwrap_err();
    assert!(
        matches!(&refused, OpenError::NotADatabase(path) if *path == file),
        "{refused:?}"
    );
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let taken = folder.path().join("taken");
    fs::write(&taken, "").unwrap();
    let refused = open(SqliteSettings::new(taken.join("faultbook.db"))).unwrap_err();
    assert!(
        matches!(&refused, OpenError::Folder { path, .. } if *path == taken),
        "{refused:?}"
    );
}

/// `/proc` takes no files from anybody, root included, whom permissions do not stop.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_takes_no_files_is_named() {
    let file = Path::new("/proc/faultbook.db");
    let refused = open(SqliteSettings::new(file)).unwrap_err();
    assert!(
        matches!(&refused, OpenError::NotWritable { path, .. } if path == file),
        "{refused:?}"
    );
}
