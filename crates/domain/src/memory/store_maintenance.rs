//! [`StoreMaintenance`](crate::retention::StoreMaintenance) in process: deletes old event ids.

use super::MemoryStore;
use crate::retention::{EVENT_IDS_KEPT, StoreMaintenance};
use crate::store_error::StoreError;
use async_trait::async_trait;
use time::OffsetDateTime;

#[async_trait]
impl StoreMaintenance for MemoryStore {
    async fn run_maintenance(&self, now: OffsetDateTime) -> Result<(), StoreError> {
        let mut state = self.state();
        state
            .event_ids
            .retain(|_, (_, stored_at)| *stored_at + EVENT_IDS_KEPT > now);
        Ok(())
    }
}
