//! Opens the adapters that the settings name. Nothing outside this folder names an adapter.

mod blob_directory;
pub mod channel_registry;

use crate::settings::{DatabaseSettings, RedisSettings, Settings, StoreUrl, without_credentials};
use anyhow::Context;
use blob_directory::BlobDirectory;
use faultbook_domain::artifacts::BlobStore;
use faultbook_domain::cache::Cache;
use faultbook_domain::clock::Clock;
use faultbook_domain::coordination::Lease;
use faultbook_domain::id_source::IdSource;
use faultbook_domain::memory::{MemoryCache, MemoryChangeLog, MemoryLease, MemoryRateLimiter};
use faultbook_domain::monitoring::HealthProbe;
use faultbook_domain::rate_limit::{RateLimiter, RateLimits};
use faultbook_domain::store::Store;
use faultbook_domain::stream::ChangeLog;
use faultbook_notify::{Channels, NotifySettings};
use faultbook_postgres::{PostgresSettings, PostgresStore};
use faultbook_redis::{RedisCache, RedisChangeLog, RedisIngestQueue, RedisLease, RedisRateLimiter};
use faultbook_sqlite::{SqliteSettings, SqliteStore};
use std::sync::Arc;

/// The store, and what to call it in the announcement of the start.
pub struct OpenStore {
    /// All store ports.
    pub store: Arc<dyn Store>,
    /// What it is and where.
    pub name: String,
}

/// Opens the store that the settings name and brings its schema up to date.
///
/// # Errors
/// When the store cannot be opened or migrated.
pub async fn open_store(
    settings: &Settings,
    ids: &Arc<dyn IdSource>,
    clock: &Arc<dyn Clock>,
) -> anyhow::Result<OpenStore> {
    let (ids, clock) = (Arc::clone(ids), Arc::clone(clock));
    let DatabaseSettings {
        url,
        pool_size,
        statement_cache,
    } = &settings.database;
    match url {
        StoreUrl::Sqlite(path) => {
            let sqlite = SqliteSettings {
                readers: *pool_size,
                ..SqliteSettings::new(path)
            };
            let store =
                SqliteStore::open(sqlite, ids, clock).context("the database cannot be opened")?;
            store
                .migrate()
                .await
                .context("the database's schema cannot be brought up to date")?;
            Ok(OpenStore {
                store: Arc::new(store),
                name: format!("SQLite at {}", path.display()),
            })
        }
        StoreUrl::Postgres(url) => {
            let postgres = PostgresSettings {
                pool_size: *pool_size,
                statement_cache: *statement_cache,
                ..PostgresSettings::new(url.reveal())
            };
            let store = PostgresStore::connect(&postgres, ids, clock)
                .await
                .context("the database cannot be reached")?;
            store
                .migrate()
                .await
                .context("the database's schema cannot be brought up to date")?;
            Ok(OpenStore {
                store: Arc::new(store),
                name: format!("PostgreSQL at {}", without_credentials(url.reveal())),
            })
        }
    }
}

/// Where the files of artifacts are kept: the store itself, or the directory of the settings.
///
/// # Errors
/// When the directory cannot be made.
pub fn blobs(settings: &Settings, store: &Arc<dyn Store>) -> std::io::Result<Arc<dyn BlobStore>> {
    Ok(match &settings.artifacts.directory {
        Some(directory) => Arc::new(BlobDirectory::open(directory)?),
        None => store.clone(),
    })
}

/// A cache.
pub struct SharedCache {
    /// The cache.
    pub cache: Arc<dyn Cache>,
    /// Its sign of life.
    pub health: Arc<dyn HealthProbe>,
    /// For the start's announcement.
    pub name: String,
}

impl SharedCache {
    fn of(cache: impl Cache + HealthProbe + 'static, name: String) -> Self {
        let cache = Arc::new(cache);
        Self {
            cache: cache.clone(),
            health: cache,
            name,
        }
    }
}

/// The cache that the settings name.
///
/// # Errors
/// When the settings can never work; a Redis that is away is no error.
pub fn cache(
    settings: &Settings,
    ids: &Arc<dyn IdSource>,
    clock: &Arc<dyn Clock>,
) -> anyhow::Result<SharedCache> {
    let Some(redis) = &settings.redis else {
        return Ok(SharedCache::of(
            MemoryCache::default(),
            "in process".to_owned(),
        ));
    };
    let cache = RedisCache::connect(&shared(redis), Arc::clone(clock), Arc::clone(ids))
        .context("the cache's settings cannot work")?;
    let name = format!("Redis at {}", without_credentials(redis.url.reveal()));
    Ok(SharedCache::of(cache, name))
}

/// The rate limits of the settings, counted together by all nodes where there is a Redis.
///
/// # Errors
/// When the settings can never work; a Redis that is away is no error.
pub fn rate_limits(settings: &Settings, clock: &Arc<dyn Clock>) -> anyhow::Result<RateLimits> {
    let own: Arc<dyn RateLimiter> = Arc::new(MemoryRateLimiter::new(Arc::clone(clock)));
    let shared: Arc<dyn RateLimiter> = match &settings.redis {
        Some(redis) => Arc::new(
            RedisRateLimiter::connect(&shared(redis))
                .context("the rate limiter's settings cannot work")?,
        ),
        None => Arc::clone(&own),
    };
    let clock = Arc::clone(clock);
    Ok(RateLimits::new(settings.rate_limits, shared, own, clock))
}

/// The queue of reports that are accepted and not stored yet; none without Redis.
///
/// # Errors
/// When the settings can never work; a Redis that is away is no error.
pub fn ingest_queue(
    settings: &Settings,
    ids: &Arc<dyn IdSource>,
    clock: &Arc<dyn Clock>,
) -> anyhow::Result<Option<Arc<RedisIngestQueue>>> {
    let Some(redis) = &settings.redis else {
        return Ok(None);
    };
    let queue = RedisIngestQueue::connect(
        &shared(redis),
        ids.next_id(clock.now()),
        settings.ingest.queue_reclaim_after,
        settings.ingest.queue_capacity,
    )
    .context("the queue's settings cannot work")?;
    Ok(Some(Arc::new(queue)))
}

/// The lease of work that one node does for all. A SQLite file has one node, which shares it
/// with nobody, whoever else uses the Redis.
///
/// # Errors
/// When the settings can never work; a Redis that is away is no error.
pub fn lease(settings: &Settings, clock: &Arc<dyn Clock>) -> anyhow::Result<Arc<dyn Lease>> {
    Ok(match (&settings.redis, &settings.database.url) {
        (Some(redis), StoreUrl::Postgres(_)) => Arc::new(
            RedisLease::connect(&shared(redis)).context("the leases' settings cannot work")?,
        ),
        _ => Arc::new(MemoryLease::new(Arc::clone(clock))),
    })
}

/// The log of changes, shared by all nodes where there is a Redis.
///
/// # Errors
/// When the settings can never work; a Redis that is away is no error.
pub fn change_log(
    settings: &Settings,
    ids: &Arc<dyn IdSource>,
    clock: &Arc<dyn Clock>,
) -> anyhow::Result<Arc<dyn ChangeLog>> {
    Ok(match &settings.redis {
        Some(redis) => Arc::new(
            RedisChangeLog::connect(&shared(redis)).context("the stream's settings cannot work")?,
        ),
        None => Arc::new(MemoryChangeLog::new(Arc::clone(clock), &**ids)),
    })
}

/// Sends notifications, mail and events.
///
/// # Errors
/// When the settings can never work.
pub fn channels(settings: &Settings, clock: &Arc<dyn Clock>) -> anyhow::Result<Arc<Channels>> {
    let notify = NotifySettings {
        allow_private_targets: settings.notifications.allow_private_targets,
        ..NotifySettings::default()
    };
    let channels = Channels::new(notify, Arc::clone(clock));
    Ok(Arc::new(channels.context("notifications cannot be sent")?))
}

fn shared(redis: &RedisSettings) -> faultbook_redis::RedisSettings {
    faultbook_redis::RedisSettings {
        pool_size: redis.pool_size,
        timeout: redis.timeout,
        max_entry: redis.max_entry,
        ..faultbook_redis::RedisSettings::new(redis.url.reveal())
    }
}
