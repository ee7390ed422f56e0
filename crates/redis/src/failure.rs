//! Errors of Redis calls and settings.

use deadpool::managed::PoolError;
use faultbook_domain::store_error::StoreError;
use redis::{ErrorKind, RedisError};
use std::time::Duration;

/// Why settings are invalid.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// The URL is invalid. The cause quotes no secret part of it.
    #[error("the Redis URL cannot be read")]
    Url(#[source] RedisError),
    /// The pool size is zero.
    #[error("the Redis pool needs at least one connection")]
    NoConnections,
}

/// Why a Redis call failed: the cause in [`StoreError::Unavailable`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RedisFailure {
    /// The circuit breaker is open.
    #[error("Redis is unavailable: the circuit breaker is open")]
    CircuitOpen,
    /// The call timed out.
    #[error("Redis did not answer within {0:?}")]
    TimedOut(Duration),
    /// The connection failed, or Redis rejected the command.
    #[error("Redis failed")]
    Redis(#[from] RedisError),
    /// Connecting failed.
    #[error("no connection to Redis")]
    Connecting(#[source] PoolError<RedisError>),
    /// The response has an unexpected form.
    #[error("unexpected response of Redis: no {0}")]
    UnexpectedResponse(&'static str),
}

impl RedisFailure {
    /// Returns whether Redis responded with an error (out of memory, loading, read-only...). That is fast, so it does
    /// not open the circuit breaker.
    pub(crate) fn is_refusal(&self) -> bool {
        match self {
            Self::Redis(error) => {
                matches!(error.kind(), ErrorKind::Server(_) | ErrorKind::Extension)
            }
            Self::UnexpectedResponse(_) => true,
            Self::CircuitOpen | Self::TimedOut(_) | Self::Connecting(_) => false,
        }
    }

    /// Returns whether Redis responded with this error code, such as `NOGROUP`.
    pub(crate) fn is_refusal_with(&self, code: &str) -> bool {
        let Self::Redis(error) = self else {
            return false;
        };
        let refusals = error.clone().into_server_errors();
        refusals.is_some_and(|refusals| refusals.iter().any(|(_, error)| error.code() == code))
    }
}

impl From<PoolError<RedisError>> for RedisFailure {
    fn from(error: PoolError<RedisError>) -> Self {
        Self::Connecting(error)
    }
}

impl From<RedisFailure> for StoreError {
    fn from(failure: RedisFailure) -> Self {
        Self::unavailable(failure)
    }
}
