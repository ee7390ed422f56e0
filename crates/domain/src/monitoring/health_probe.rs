//! Whether a server we depend on answers.

use crate::store_error::StoreError;
use async_trait::async_trait;

/// Names and values of a service's own figures.
pub type ServiceMetrics = Vec<(&'static str, i64)>;

/// Asks a dependency for a sign of life.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait HealthProbe: Send + Sync {
    /// Does one round trip. MUST return within about a second, with an error when there was no
    /// answer by then.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when there is no answer.
    async fn ping(&self) -> Result<(), StoreError>;

    /// What the service and our connections to it say about themselves: connections, bytes, entries.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when there is no answer.
    async fn read_metrics(&self) -> Result<ServiceMetrics, StoreError>;
}
