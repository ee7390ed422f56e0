//! A tenant's channels as they are kept.

use super::channel::ChannelKind;
use crate::id::TenantId;
use std::time::Duration;
use time::OffsetDateTime;

/// A channel that a tenant has set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Integration {
    /// Whose it is.
    pub tenant_id: TenantId,
    /// Which channel.
    pub kind: ChannelKind,
    /// Its configuration as JSON, sealed.
    pub sealed: Vec<u8>,
    /// Whether who set it may change the tenant: whoever sets a mail server reads what it sends.
    pub set_by_manager: bool,
    /// When it was set.
    pub updated_at: OffsetDateTime,
    /// Its last test, since it was set.
    pub last_test: Option<ChannelTest>,
}

/// How a test of a channel went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelTest {
    /// When it began.
    pub at: OffsetDateTime,
    /// Why it failed; `None` when it passed.
    pub error: Option<String>,
    /// What came of it, as a sentence; empty for tests of older versions.
    pub result: String,
    /// How long it took.
    pub took: Duration,
}
