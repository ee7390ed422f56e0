//! Settings of the Redis connection.

use redis::IntoConnectionInfo;
use std::fmt;
use std::time::Duration;

/// URL and limits of a Redis connection. Its `Debug` shows no credentials.
#[derive(Clone)]
pub struct RedisSettings {
    /// `redis://[user:password@]host[:port][/database]`, `rediss://...` for TLS (checked against the
    /// system's root certificates), or `redis+unix:///path`.
    pub url: String,
    /// Maximum connections, hence concurrent calls.
    pub pool_size: usize,
    /// Time limit of one call, connecting included.
    pub timeout: Duration,
    /// Maximum bytes of a cached response; larger ones are not cached.
    pub max_entry: usize,
}

impl RedisSettings {
    /// Returns the defaults: 8 connections, cached responses of up to 128 KiB and a time limit of 250 ms, long for a
    /// nearby Redis, and short enough for requests that have to do without it.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            pool_size: 8,
            timeout: Duration::from_millis(250),
            max_entry: 128 << 10,
        }
    }
}

impl fmt::Debug for RedisSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let server = self.url.as_str().into_connection_info().map_or_else(
            |_| "(unreadable)".to_owned(),
            |info| format!("{}/{}", info.addr(), info.redis_settings().db()),
        );
        f.debug_struct("RedisSettings")
            .field("server", &server)
            .field("pool_size", &self.pool_size)
            .field("timeout", &self.timeout)
            .field("max_entry", &self.max_entry)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_not_shown() {
        for url in [
            "redis://me:hunter2@cache.example:6380/3",
            "rediss://:hunter2@cache.example:6380/3",
            "redis+unix:///run/redis.sock?user=me&pass=hunter2",
            "redis://me:hunter2@cache.example:no-port",
            "hunter2",
        ] {
            let shown = format!("{:?}", RedisSettings::new(url));
            assert!(!shown.contains("hunter2"), "{shown}");
        }
        let shown = format!(
            "{:?}",
            RedisSettings::new("redis://me:x@cache.example:6380/3")
        );
        assert!(shown.contains("cache.example:6380/3"), "{shown}");
    }
}
