//! Adapters for Redis 6.2 and later: cache, ingest queue, rate limits and leases that all nodes share.
//!
//! Apart from queued reports, Redis holds no data that cannot be recreated: while it is down, requests are slower and
//! still correct. No call takes longer than [`RedisSettings::timeout`], and while Redis is down all but one call a
//! second fail at once; those that end a cache's generation are always tried.

mod breaker;
mod cache;
mod change_entry;
mod change_log;
mod client;
mod connection;
mod entry;
mod failure;
mod ingest_queue;
mod lease;
mod rate_limiter;
mod settings;

pub use cache::RedisCache;
pub use change_log::RedisChangeLog;
pub use failure::{RedisFailure, SettingsError};
pub use ingest_queue::RedisIngestQueue;
pub use lease::RedisLease;
pub use rate_limiter::RedisRateLimiter;
pub use settings::RedisSettings;
