//! The promises of the store ports, kept by SQLite.
#![allow(
    clippy::unwrap_used,
    reason = "in a test, a panic is how failure is reported"
)]

use faultbook_contract::Stores;
use faultbook_domain::system::{SystemClock, SystemIds};
use faultbook_sqlite::{SqliteSettings, SqliteStore};
use std::sync::Arc;

async fn sqlite() -> Stores {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(
        SqliteSettings::new(folder.path().join("faultbook.db")),
        Arc::new(SystemIds::default()),
        Arc::new(SystemClock),
    )
    .unwrap();
    store.migrate().await.unwrap();
    Stores::of(store, folder)
}

faultbook_contract::store_contract!(sqlite);
