//! Who may read the database's files.
#![allow(
    clippy::unwrap_used,
    reason = "in a test, a panic is how failure is reported"
)]

use faultbook_domain::monitoring::HealthProbe;
use faultbook_domain::system::{SystemClock, SystemIds};
use faultbook_sqlite::{SqliteSettings, SqliteStore};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

async fn ready(settings: SqliteSettings) -> SqliteStore {
    let ids = Arc::new(SystemIds::default());
    let store = SqliteStore::open(settings, ids, Arc::new(SystemClock)).unwrap();
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
