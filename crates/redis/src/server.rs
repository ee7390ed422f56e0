//! One Redis, asked within a time limit and left alone when it does not answer.

use crate::breaker::Breaker;
use crate::failure::{RedisFailure, SettingsError};
use crate::link::{Link, Links};
use crate::settings::RedisSettings;
use deadpool::managed::{Object, Pool};
use redis::{FromRedisValue, Pipeline};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// What Redis answered.
pub(crate) struct Answer<T> {
    pub(crate) value: T,
    /// The run of the server that answered, see [`Link::run`].
    pub(crate) run: Arc<str>,
}

/// A Redis and the way to it.
pub(crate) struct Server {
    links: Pool<Links>,
    breaker: Breaker,
    timeout: Duration,
}

impl Server {
    /// Connects when it is first asked something.
    pub(crate) fn new(settings: &RedisSettings) -> Result<Self, SettingsError> {
        if settings.pool_size == 0 {
            return Err(SettingsError::NoConnections);
        }
        let links = Pool::builder(Links::new(settings)?)
            .max_size(settings.pool_size)
            .build()
            .map_err(|_| SettingsError::NoConnections)?;
        Ok(Self {
            links,
            breaker: Breaker::default(),
            timeout: settings.timeout,
        })
    }

    /// Sends commands that may be sent twice, since that is what happens when a connection breaks
    /// under them.
    pub(crate) async fn ask<T: FromRedisValue>(
        &self,
        commands: &Pipeline,
    ) -> Result<Answer<T>, RedisFailure> {
        if self.breaker.allows() {
            self.insist(commands, self.timeout).await
        } else {
            Err(RedisFailure::Resting)
        }
    }

    /// [`Server::ask`], also when Redis did not answer a moment ago.
    pub(crate) async fn demand<T: FromRedisValue>(
        &self,
        commands: &Pipeline,
    ) -> Result<Answer<T>, RedisFailure> {
        self.insist(commands, self.timeout).await
    }

    /// [`Server::demand`] with a limit of at most `limit`.
    pub(crate) async fn insist<T: FromRedisValue>(
        &self,
        commands: &Pipeline,
        limit: Duration,
    ) -> Result<Answer<T>, RedisFailure> {
        let limit = limit.min(self.timeout);
        let outcome = match timeout(limit, self.exchange(commands)).await {
            Ok(outcome) => outcome,
            Err(_) => {
                self.drop_idle_links();
                Err(RedisFailure::TimedOut(limit))
            }
        };
        match &outcome {
            Err(failure) if !failure.is_refusal() => {
                if self.breaker.failed() {
                    let cause = failure.source().map(ToString::to_string);
                    tracing::warn!(%failure, cause, "doing without Redis");
                }
            }
            _ => {
                if self.breaker.answered() {
                    tracing::info!("Redis answers again");
                }
            }
        }
        outcome
    }

    /// Asks once more on a new link where the first had been used before: it may only be that Redis
    /// was restarted in between.
    async fn exchange<T: FromRedisValue>(
        &self,
        commands: &Pipeline,
    ) -> Result<Answer<T>, RedisFailure> {
        let mut link = self.links.get().await?;
        match send(&mut link, commands).await {
            Err(failure) if !failure.is_refusal() => {
                let was_used = Object::metrics(&link).recycle_count > 0;
                drop(Object::take(link));
                self.drop_idle_links();
                if !was_used {
                    return Err(failure);
                }
                send(&mut *self.links.get().await?, commands).await
            }
            outcome => outcome,
        }
    }

    /// One broken link tells that the others are.
    fn drop_idle_links(&self) {
        drop(self.links.retain(|_, _| false));
    }
}

async fn send<T: FromRedisValue>(
    link: &mut Link,
    commands: &Pipeline,
) -> Result<Answer<T>, RedisFailure> {
    let value = commands.query_async(&mut link.connection).await?;
    Ok(Answer {
        value,
        run: Arc::clone(&link.run),
    })
}
