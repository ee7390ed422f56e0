//! A store in process always answers.

use super::MemoryStore;
use crate::port::{HealthProbe, StoreError};
use async_trait::async_trait;

#[async_trait]
impl HealthProbe for MemoryStore {
    async fn ping(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
