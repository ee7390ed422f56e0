//! The machine a node runs on.

use super::sample::HostReading;
use async_trait::async_trait;

/// Reads the state of this node's host.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait HostProbe: Send + Sync {
    /// Reads it. Limits of a container count as what there is. Traffic is that since the reading
    /// before; what cannot be read is 0.
    async fn read_host(&self) -> HostReading;
}
