//! [`PlatformStore`](crate::tenancy::PlatformStore) in process.

use super::MemoryStore;
use crate::store_error::StoreError;
use crate::tenancy::PlatformStore;
use async_trait::async_trait;

#[async_trait]
impl PlatformStore for MemoryStore {
    async fn get_maintenance(&self) -> Result<bool, StoreError> {
        Ok(self.state().maintenance)
    }

    async fn set_maintenance(&self, closed: bool) -> Result<(), StoreError> {
        self.state().maintenance = closed;
        Ok(())
    }
}
