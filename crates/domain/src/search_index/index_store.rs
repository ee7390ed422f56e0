//! Port: brings the search index up to date.

use crate::id::TenantId;
use crate::store_error::StoreError;
use async_trait::async_trait;
use time::OffsetDateTime;

/// What a step of indexing did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Indexed {
    /// Tenants whose index changed, each once.
    pub tenants: Vec<TenantId>,
    /// Whether more waits.
    pub more: bool,
}

/// Indexes recorded occurrences.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait IndexStore: Send + Sync {
    /// Indexes some of the occurrences that were recorded and not indexed, oldest first, and counts fingerprints again
    /// that lost occurrences to retention. MUST count each stored occurrence exactly once, whatever nodes do the same
    /// at once, and none that was deleted meanwhile. `now` is the hour from which a project's ranks by trend are seen
    /// until they are turned.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails; what waits stays.
    async fn index_some(&self, now: OffsetDateTime) -> Result<Indexed, StoreError>;

    /// Has some projects rank their errors by trend as seen from the hour of `now`. Changes no answer: errors are ranked
    /// anew where they are listed as seen from another hour, which takes long.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn turn_some(&self, now: OffsetDateTime) -> Result<Indexed, StoreError>;
}
