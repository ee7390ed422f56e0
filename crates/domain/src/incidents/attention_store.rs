//! Port: counts what waits for somebody.

use super::incident_store::ProjectIncidents;
use crate::store_error::StoreError;
use crate::tenancy::TenantScope;
use async_trait::async_trait;

/// Counts rules that fire and incidents that are not resolved. Every page asks: MUST be answered out of an index.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait AttentionStore: Send + Sync {
    /// Counts a tenant's enabled rules whose condition held when it was last looked at.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn count_firing_rules(&self, tenant: TenantScope) -> Result<u64, StoreError>;

    /// Counts a tenant's incidents that are neither resolved nor closed: of a project alone, if given.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn count_unresolved_incidents(
        &self,
        tenant: TenantScope,
        of_project: Option<ProjectIncidents>,
    ) -> Result<u64, StoreError>;
}
