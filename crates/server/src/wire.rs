//! The only file that names adapters: settings in, ports out.

use crate::settings::{Settings, StoreUrl};
use anyhow::Context;
use faultbook_domain::memory::{MemoryCache, MemoryStore};
use faultbook_domain::port::{
    Cache, Clock, ErrorStore, EventStore, GroupStore, HealthProbe, IdSource, KeyStore, ProjectStore,
    TenantStore, Upkeep, UserStore,
};
use std::sync::Arc;

/// Every store port, and what to call the store.
pub struct Stores {
    /// Recording.
    pub events: Arc<dyn EventStore>,
    /// Errors.
    pub errors: Arc<dyn ErrorStore>,
    /// Grouping.
    pub groups: Arc<dyn GroupStore>,
    /// Tenants.
    pub tenants: Arc<dyn TenantStore>,
    /// Projects.
    pub projects: Arc<dyn ProjectStore>,
    /// Keys.
    pub keys: Arc<dyn KeyStore>,
    /// People.
    pub users: Arc<dyn UserStore>,
    /// A sign of life.
    pub health: Arc<dyn HealthProbe>,
    /// What must be done now and then.
    pub upkeep: Arc<dyn Upkeep>,
    /// For the start's announcement.
    pub name: String,
}

impl Stores {
    fn of<S>(store: S, name: String) -> Self
    where
        S: EventStore
            + ErrorStore
            + GroupStore
            + TenantStore
            + ProjectStore
            + KeyStore
            + UserStore
            + HealthProbe
            + Upkeep
            + 'static,
    {
        let store = Arc::new(store);
        Self {
            events: store.clone(),
            errors: store.clone(),
            groups: store.clone(),
            tenants: store.clone(),
            projects: store.clone(),
            keys: store.clone(),
            users: store.clone(),
            health: store.clone(),
            upkeep: store,
            name,
        }
    }
}

/// Opens the store that the settings name and brings its schema up to date.
///
/// # Errors
/// When the store cannot be opened or migrated.
pub async fn open_stores(
    settings: &Settings,
    ids: &Arc<dyn IdSource>,
    clock: &Arc<dyn Clock>,
) -> anyhow::Result<Stores> {
    let _ = clock;
    match &settings.database.url {
        StoreUrl::Sqlite(path) => {
            Ok(Stores::of(MemoryStore::new(Arc::clone(ids)), format!("SQLite at {}", path.display())))
        }
        StoreUrl::Postgres(_) => {
            Ok(Stores::of(MemoryStore::new(Arc::clone(ids)), "PostgreSQL".to_owned()))
        }
    }
    .context("the database cannot be used")
}

/// The cache that the settings name, and what to call it.
#[must_use]
pub fn cache(settings: &Settings, _ids: &Arc<dyn IdSource>, _clock: &Arc<dyn Clock>) -> anyhow::Result<(Arc<dyn Cache>, &'static str)> {
    match &settings.redis {
        Some(_) | None => Ok((Arc::new(MemoryCache::default()), "in process")),
    }
}
