//! A Redis client with a time limit and a circuit breaker.

use crate::breaker::Breaker;
use crate::connection::{Connection, ConnectionManager};
use crate::failure::{RedisFailure, SettingsError};
use crate::settings::RedisSettings;
use deadpool::managed::{Object, Pool};
use redis::{FromRedisValue, Pipeline};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// A response of Redis.
pub(crate) struct Answer<T> {
    pub(crate) value: T,
    /// Run id of the server that responded, see [`Connection::run`].
    pub(crate) run: Arc<str>,
}

/// Sends commands to one Redis over pooled connections.
pub(crate) struct RedisClient {
    connections: Pool<ConnectionManager>,
    breaker: Breaker,
    timeout: Duration,
}

impl RedisClient {
    /// Creates the client, which connects on the first call.
    pub(crate) fn new(settings: &RedisSettings) -> Result<Self, SettingsError> {
        if settings.pool_size == 0 {
            return Err(SettingsError::NoConnections);
        }
        let connections = Pool::builder(ConnectionManager::new(settings)?)
            .max_size(settings.pool_size)
            .build()
            .map_err(|_| SettingsError::NoConnections)?;
        Ok(Self {
            connections,
            breaker: Breaker::default(),
            timeout: settings.timeout,
        })
    }

    /// Sends idempotent commands: they are sent again when a connection breaks.
    pub(crate) async fn ask<T: FromRedisValue>(
        &self,
        commands: &Pipeline,
    ) -> Result<Answer<T>, RedisFailure> {
        if self.breaker.allows() {
            self.insist(commands, self.timeout).await
        } else {
            Err(RedisFailure::CircuitOpen)
        }
    }

    /// Sends commands as [`RedisClient::ask`] does, but ignores the circuit breaker.
    pub(crate) async fn demand<T: FromRedisValue>(
        &self,
        commands: &Pipeline,
    ) -> Result<Answer<T>, RedisFailure> {
        self.insist(commands, self.timeout).await
    }

    /// Sends commands as [`RedisClient::demand`] does, with a time limit of at most `limit`.
    pub(crate) async fn insist<T: FromRedisValue>(
        &self,
        commands: &Pipeline,
        limit: Duration,
    ) -> Result<Answer<T>, RedisFailure> {
        let limit = limit.min(self.timeout);
        let outcome = match timeout(limit, self.exchange(commands)).await {
            Ok(outcome) => outcome,
            Err(_) => {
                self.drop_idle_connections();
                Err(RedisFailure::TimedOut(limit))
            }
        };
        match &outcome {
            Err(failure) if !failure.is_refusal() => {
                if self.breaker.failed() {
                    let cause = failure.source().map(ToString::to_string);
                    tracing::warn!(%failure, cause, "Redis is unavailable");
                }
            }
            _ => {
                if self.breaker.answered() {
                    tracing::info!("Redis is available again");
                }
            }
        }
        outcome
    }

    /// Retries on a new connection where the first was a reused one: Redis may only have restarted in between.
    async fn exchange<T: FromRedisValue>(
        &self,
        commands: &Pipeline,
    ) -> Result<Answer<T>, RedisFailure> {
        let mut connection = self.connections.get().await?;
        match send(&mut connection, commands).await {
            Err(failure) if !failure.is_refusal() => {
                let was_used = Object::metrics(&connection).recycle_count > 0;
                drop(Object::take(connection));
                self.drop_idle_connections();
                if !was_used {
                    return Err(failure);
                }
                send(&mut *self.connections.get().await?, commands).await
            }
            outcome => outcome,
        }
    }

    /// Drops idle connections: after one broke, the others are likely broken too.
    fn drop_idle_connections(&self) {
        drop(self.connections.retain(|_, _| false));
    }
}

async fn send<T: FromRedisValue>(
    connection: &mut Connection,
    commands: &Pipeline,
) -> Result<Answer<T>, RedisFailure> {
    let value = commands.query_async(&mut connection.inner).await?;
    Ok(Answer {
        value,
        run: Arc::clone(&connection.run),
    })
}
