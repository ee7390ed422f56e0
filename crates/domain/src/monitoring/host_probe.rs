//! Port: CPU, memory, disk and network of a node's host.

use super::sample::HostReading;
use async_trait::async_trait;

/// Reads the state of this node's host.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait HostProbe: Send + Sync {
    /// Reads the host. Container limits count as the host's capacity. Traffic is the difference to the previous
    /// reading; values that cannot be read are 0.
    async fn read_host(&self) -> HostReading;
}
