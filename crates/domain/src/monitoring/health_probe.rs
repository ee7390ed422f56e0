//! Port: health checks of dependencies.

use crate::store_error::StoreError;
use async_trait::async_trait;

/// Names and values of a service's metrics.
pub type ServiceMetrics = Vec<(&'static str, i64)>;

/// Checks the health of a dependency.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait HealthProbe: Send + Sync {
    /// Does one round trip. MUST return within about a second, with an error on timeout.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when it does not respond.
    async fn ping(&self) -> Result<(), StoreError>;

    /// Reads metrics of the service and of the connections to it: connections, bytes, entries.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when it does not respond.
    async fn read_metrics(&self) -> Result<ServiceMetrics, StoreError>;
}
