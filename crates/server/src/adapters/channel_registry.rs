//! The kinds of notification channels, which settings and services validate against.

use faultbook_domain::notifications::ChannelRegistry;
use faultbook_notify::ChannelTypes;
use std::sync::Arc;

/// The registry of channel kinds.
#[must_use]
pub fn channel_registry() -> Arc<dyn ChannelRegistry> {
    Arc::new(ChannelTypes)
}
