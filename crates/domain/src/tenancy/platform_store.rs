//! The installation's own state.

use crate::store_error::StoreError;
use async_trait::async_trait;

/// Keeps what holds for every tenant and node.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait PlatformStore: Send + Sync {
    /// Whether the installation is closed for maintenance.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn get_maintenance(&self) -> Result<bool, StoreError>;

    /// Closes or opens it.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn set_maintenance(&self, closed: bool) -> Result<(), StoreError>;
}
