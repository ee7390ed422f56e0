//! Port: state of the whole installation.

use crate::store_error::StoreError;
use async_trait::async_trait;

/// Stores state that all tenants and nodes share.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait PlatformStore: Send + Sync {
    /// Returns whether maintenance mode is on.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn get_maintenance(&self) -> Result<bool, StoreError>;

    /// Turns maintenance mode on or off.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn set_maintenance(&self, closed: bool) -> Result<(), StoreError>;
}
