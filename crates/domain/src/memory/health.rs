//! [`HealthProbe`](crate::monitoring::HealthProbe) in process: always healthy.

use super::MemoryStore;
use crate::monitoring::{HealthProbe, ServiceMetrics};
use crate::store_error::StoreError;
use async_trait::async_trait;

#[async_trait]
impl HealthProbe for MemoryStore {
    async fn ping(&self) -> Result<(), StoreError> {
        Ok(())
    }

    async fn read_metrics(&self) -> Result<ServiceMetrics, StoreError> {
        let occurrences = i64::try_from(self.state().occurrences.len()).unwrap_or(i64::MAX);
        Ok(vec![("occurrences", occurrences)])
    }
}
