//! A tenant's channels as they are kept.

use super::channel::ChannelKind;
use crate::id::TenantId;
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
    /// When it was last tested, since it was set.
    pub last_test: Option<OffsetDateTime>,
    /// Why that test failed; `None` when it passed.
    pub last_error: Option<String>,
}
