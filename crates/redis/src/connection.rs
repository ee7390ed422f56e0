//! Pooled connections with the run id of their server.

use crate::failure::SettingsError;
use crate::settings::RedisSettings;
use deadpool::managed::{Manager, Metrics, RecycleResult};
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, ConnectionAddr, ErrorKind, IntoConnectionInfo};
use redis::{RedisError, RedisResult};
use std::sync::Arc;

/// A connection of the pool.
pub(crate) struct Connection {
    pub(crate) inner: MultiplexedConnection,
    /// Run id of the server process, which Redis generates at each start. A restarted server may have lost the last
    /// writes or restored old ones; a connection never outlives its server, so data tied to this id is never mistaken
    /// for current data.
    pub(crate) run: Arc<str>,
}

/// Opens connections with `deadpool-redis`, and reads the run id of their server.
pub(crate) struct ConnectionManager(deadpool_redis::Manager);

impl ConnectionManager {
    pub(crate) fn new(settings: &RedisSettings) -> Result<Self, SettingsError> {
        let info = settings
            .url
            .as_str()
            .into_connection_info()
            .map_err(SettingsError::Url)?;
        if matches!(info.addr(), ConnectionAddr::TcpTls { .. }) {
            // Fails only if the process has installed a provider already, which works as well.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        // The caller's own time limit covers connecting and responding.
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(None)
            .set_response_timeout(None);
        deadpool_redis::Manager::new_with_config(info, config)
            .map(Self)
            .map_err(SettingsError::Url)
    }
}

impl Manager for ConnectionManager {
    type Type = Connection;
    type Error = RedisError;

    async fn create(&self) -> RedisResult<Connection> {
        let mut inner = self.0.create().await?;
        let about: String = redis::cmd("INFO")
            .arg("server")
            .query_async(&mut inner)
            .await?;
        let run = run_id(&about).ok_or((
            ErrorKind::UnexpectedReturnType,
            "the server does not say its run_id",
        ))?;
        Ok(Connection {
            inner,
            run: run.into(),
        })
    }

    /// Does not ping, as `deadpool-redis` would: a dead connection is detected on use, which costs living ones no
    /// round trip.
    async fn recycle(&self, _: &mut Connection, _: &Metrics) -> RecycleResult<RedisError> {
        Ok(())
    }
}

/// Extracts the run id from the response to `INFO server`. Sixteen of its forty random hexadecimal digits distinguish
/// the runs of a server.
fn run_id(about: &str) -> Option<&str> {
    let id = about
        .lines()
        .find_map(|line| line.strip_prefix("run_id:"))?
        .trim();
    id.get(..16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_run_is_read_from_what_redis_says_of_itself() {
        let about = "# Server\r\nredis_version:7.0.15\r\nrun_id:00112233445566778899aabbccddeeff00112233\r\ntcp_port:6379\r\n";
        assert_eq!(run_id(about), Some("0011223344556677"));
        assert_eq!(run_id("# Server\r\nredis_version:7.0.15\r\n"), None);
        assert_eq!(run_id("run_id:short\r\n"), None);
    }

    #[test]
    fn tls_needs_nothing_but_its_url() {
        assert!(ConnectionManager::new(&RedisSettings::new("rediss://cache.example")).is_ok());
    }

    #[test]
    fn a_bad_url_is_refused_without_quoting_it() {
        for url in [
            "hunter2",
            "http://:hunter2@h",
            "redis://:hunter2@h/x",
            "redis://:hunter2@",
        ] {
            let error = ConnectionManager::new(&RedisSettings::new(url))
                .map(|_| ())
                .unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hunter2"));
        }
    }
}
