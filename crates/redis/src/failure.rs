//! Why Redis gave no answer.

use deadpool::managed::PoolError;
use faultbook_domain::store_error::StoreError;
use redis::{ErrorKind, RedisError};
use std::time::Duration;

/// Settings that no Redis can be used with.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// The URL is none, or not one of Redis. The cause quotes no part of it that may be secret.
    #[error("the Redis URL cannot be read")]
    Url(#[source] RedisError),
    /// No connection at all may be made.
    #[error("the Redis pool needs at least one connection")]
    NoConnections,
}

/// Why a call came back without an answer: the cause in [`StoreError::Unavailable`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RedisFailure {
    /// It failed a moment ago, so it was not asked.
    #[error("Redis did not answer a moment ago and was not asked again")]
    Resting,
    /// There was no answer in time.
    #[error("Redis did not answer within {0:?}")]
    TimedOut(Duration),
    /// The connection failed, or Redis refused the command.
    #[error("Redis failed")]
    Redis(#[from] RedisError),
    /// No connection could be made.
    #[error("no connection to Redis")]
    Connecting(#[source] PoolError<RedisError>),
    /// It answered what a Redis does not answer.
    #[error("Redis answered without {0}")]
    Odd(&'static str),
}

impl RedisFailure {
    /// Whether Redis did answer, with a refusal (out of memory, loading, read only...). That costs
    /// little time, so there is no reason to stop asking.
    pub(crate) fn is_refusal(&self) -> bool {
        match self {
            Self::Redis(error) => {
                matches!(error.kind(), ErrorKind::Server(_) | ErrorKind::Extension)
            }
            Self::Odd(_) => true,
            Self::Resting | Self::TimedOut(_) | Self::Connecting(_) => false,
        }
    }

    /// Whether Redis refused with this code, such as `NOGROUP`.
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
