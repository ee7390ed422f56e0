//! What Faultbook's nodes share beside the database, kept in Redis (6.2 or newer).
//!
//! But for reports that wait to be stored, Redis holds nothing that cannot be made again: while it is
//! away everything is slower and nothing is wrong. No call takes longer than [`RedisSettings::timeout`], and while Redis does not answer,
//! all but one call a second fail at once; those that end a cache's generation are tried each time.

mod breaker;
mod cache;
mod client;
mod connection;
mod entry;
mod failure;
mod ingest_queue;
mod lease;
mod rate_limiter;
mod settings;

pub use cache::RedisCache;
pub use failure::{RedisFailure, SettingsError};
pub use ingest_queue::RedisIngestQueue;
pub use lease::RedisLease;
pub use rate_limiter::RedisRateLimiter;
pub use settings::RedisSettings;
