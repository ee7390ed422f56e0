//! Pooled connections that know the run of the server at the other end.

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
    /// The server process at the other end, newly named by Redis at each start. A server that is
    /// started again may have forgotten the last writes or brought back old ones; a connection never
    /// outlives its server, so what is tied to this name cannot be mistaken for the present.
    pub(crate) run: Arc<str>,
}

/// Makes connections with `deadpool-redis`, and learns which run of the server they lead to.
pub(crate) struct ConnectionManager(deadpool_redis::Manager);

impl ConnectionManager {
    pub(crate) fn new(settings: &RedisSettings) -> Result<Self, SettingsError> {
        let info = settings
            .url
            .as_str()
            .into_connection_info()
            .map_err(SettingsError::Url)?;
        if matches!(info.addr(), ConnectionAddr::TcpTls { .. }) {
            // An error says that the process has chosen a provider already, which is as good.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        // The caller's own limit covers connecting and answering.
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

    /// Does not ping, as `deadpool-redis` would: a dead connection is found out by using it, which
    /// costs living ones no round trip.
    async fn recycle(&self, _: &mut Connection, _: &Metrics) -> RecycleResult<RedisError> {
        Ok(())
    }
}

/// Out of the answer to `INFO server`. Sixteen of its forty random hexadecimal digits tell the runs
/// of one server apart.
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
