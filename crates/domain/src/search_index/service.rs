//! Service: brings the search index up to date.

use super::index_store::IndexStore;
use crate::cache::ReadCache;
use crate::clock::Clock;
use crate::ingest::hour_of;
use crate::store_error::StoreError;
use std::sync::Arc;
use time::{Duration, OffsetDateTime};
use tokio::sync::Mutex;

/// Steps of one call, half a million occurrences: with endless reports at once, a call must end.
const STEPS: u32 = 1_000;

/// Steps of turning projects at once.
const TURNS: u32 = 20;

/// Interval at which projects are looked for that rank errors by trend as seen from an earlier hour.
const TURNING: Duration = Duration::minutes(1);

/// Indexes what was recorded.
pub struct SearchIndex {
    store: Arc<dyn IndexStore>,
    cache: Arc<ReadCache>,
    clock: Arc<dyn Clock>,
    /// Held while this node indexes, so that callers at the same time share the work.
    turn: Mutex<()>,
    /// The time from which on it is looked again for projects that rank errors as seen from an earlier hour.
    turning: Mutex<OffsetDateTime>,
}

impl SearchIndex {
    /// Creates the service.
    #[must_use]
    pub fn new(store: Arc<dyn IndexStore>, cache: Arc<ReadCache>, clock: Arc<dyn Clock>) -> Self {
        Self {
            store,
            cache,
            clock,
            turn: Mutex::default(),
            turning: Mutex::new(OffsetDateTime::UNIX_EPOCH),
        }
    }

    /// Indexes what was recorded before a read. A read does without what cannot be indexed now (a full disk, an outage):
    /// it is indexed later.
    pub async fn refresh(&self) {
        if let Err(error) = self.catch_up().await {
            tracing::debug!(%error, "what was recorded is indexed later");
        }
    }

    /// Indexes what was recorded before the call, and makes cached reads of its tenants old.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn catch_up(&self) -> Result<(), StoreError> {
        let _turn = self.turn.lock().await;
        let now = self.clock.now();
        for _ in 0..STEPS {
            let step = self.store.index_some(now).await?;
            if !step.tenants.is_empty() {
                self.cache.advance(&step.tenants).await;
            }
            if !step.more {
                break;
            }
        }
        Ok(())
    }

    /// Has some projects rank errors by trend as seen from this hour: a few at a time, between indexing, since reads go
    /// without.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn turn_some(&self) -> Result<(), StoreError> {
        let mut turning = self.turning.lock().await;
        let now = self.clock.now();
        if now < *turning {
            return Ok(());
        }
        for _ in 0..TURNS {
            if !self.store.turn_some(now).await?.more {
                let next_hour = hour_of(now).checked_add(Duration::HOUR).unwrap_or(now);
                *turning = now.checked_add(TURNING).unwrap_or(now).min(next_hour);
                break;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::MemoryCache;
    use crate::search_index::{Indexed, MockIndexStore};
    use crate::testing::FixedClock;
    use time::macros::datetime;

    #[tokio::test]
    async fn it_goes_on_while_more_waits() {
        let mut store = MockIndexStore::new();
        let mut left = 3;
        store.expect_index_some().times(3).returning(move |_| {
            left -= 1;
            Ok(Indexed {
                tenants: Vec::new(),
                more: left > 0,
            })
        });
        let index = SearchIndex::new(
            Arc::new(store),
            Arc::new(ReadCache::new(Arc::new(MemoryCache::default()))),
            Arc::new(FixedClock::at(datetime!(2026-11-27 12:00 UTC))),
        );
        index.catch_up().await.unwrap();
    }

    #[tokio::test]
    async fn it_looks_for_late_projects_once_a_minute() {
        let mut store = MockIndexStore::new();
        let mut left = 3;
        store.expect_turn_some().times(4).returning(move |_| {
            left -= 1;
            Ok(Indexed {
                tenants: Vec::new(),
                more: left > 0,
            })
        });
        let clock = Arc::new(FixedClock::at(datetime!(2026-11-27 12:00 UTC)));
        let index = SearchIndex::new(
            Arc::new(store),
            Arc::new(ReadCache::new(Arc::new(MemoryCache::default()))),
            clock.clone(),
        );
        index.turn_some().await.unwrap();
        index.turn_some().await.unwrap();
        clock.advance(Duration::MINUTE);
        index.turn_some().await.unwrap();
    }
}
