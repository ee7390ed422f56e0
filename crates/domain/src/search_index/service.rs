//! Service: brings the search index up to date.

use super::index_store::IndexStore;
use crate::cache::ReadCache;
use crate::store_error::StoreError;
use std::sync::Arc;
use tokio::sync::Mutex;

/// Steps of one call, half a million occurrences: with endless reports at once, a call must end.
const STEPS: u32 = 1_000;

/// Indexes what was recorded.
pub struct SearchIndex {
    store: Arc<dyn IndexStore>,
    cache: Arc<ReadCache>,
    /// Held while this node indexes, so that callers at the same time share the work.
    turn: Mutex<()>,
}

impl SearchIndex {
    /// Creates the service.
    #[must_use]
    pub fn new(store: Arc<dyn IndexStore>, cache: Arc<ReadCache>) -> Self {
        Self {
            store,
            cache,
            turn: Mutex::default(),
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
        for _ in 0..STEPS {
            let step = self.store.index_some().await?;
            if !step.tenants.is_empty() {
                self.cache.advance(&step.tenants).await;
            }
            if !step.more {
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

    #[tokio::test]
    async fn it_goes_on_while_more_waits() {
        let mut store = MockIndexStore::new();
        let mut left = 3;
        store.expect_index_some().times(3).returning(move || {
            left -= 1;
            Ok(Indexed {
                tenants: Vec::new(),
                more: left > 0,
            })
        });
        let index = SearchIndex::new(
            Arc::new(store),
            Arc::new(ReadCache::new(Arc::new(MemoryCache::default()))),
        );
        index.catch_up().await.unwrap();
    }
}
