//! [`Lease`](crate::coordination::Lease) in process.

use crate::clock::Clock;
use crate::coordination::Lease;
use crate::store_error::StoreError;
use async_trait::async_trait;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use time::OffsetDateTime;
use uuid::Uuid;

/// Leases within one process.
pub struct MemoryLease {
    clock: Arc<dyn Clock>,
    held: Mutex<HashMap<String, (Uuid, OffsetDateTime)>>,
}

impl MemoryLease {
    /// Creates an empty set of leases.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            held: Mutex::default(),
        }
    }
}

#[async_trait]
impl Lease for MemoryLease {
    async fn hold(&self, name: &str, holder: Uuid, ttl: Duration) -> Result<bool, StoreError> {
        let now = self.clock.now();
        // Every change is a single insertion, so that a panic leaves consistent state.
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = held
            .get(name)
            .is_some_and(|(other, until)| *other != holder && *until > now);
        if !taken {
            held.insert(name.to_owned(), (holder, now + ttl));
        }
        Ok(!taken)
    }

    async fn release(&self, name: &str, holder: Uuid) -> Result<(), StoreError> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.get(name).is_some_and(|(other, _)| *other == holder) {
            held.remove(name);
        }
        Ok(())
    }
}
