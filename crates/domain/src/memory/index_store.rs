//! [`IndexStore`](crate::search_index::IndexStore) in process.

use super::MemoryStore;
use crate::search_index::{IndexStore, Indexed};
use crate::store_error::StoreError;
use async_trait::async_trait;
use time::OffsetDateTime;

#[async_trait]
impl IndexStore for MemoryStore {
    /// Does nothing: queries look at the occurrences themselves.
    async fn index_some(&self, _: OffsetDateTime) -> Result<Indexed, StoreError> {
        Ok(Indexed::default())
    }

    /// Does nothing, for the same reason.
    async fn turn_some(&self, _: OffsetDateTime) -> Result<Indexed, StoreError> {
        Ok(Indexed::default())
    }
}
