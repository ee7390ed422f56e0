//! Tenants, in process.

use super::MemoryStore;
use crate::entity::{Project, Slug, Tenant, TenantId};
use crate::port::{StoreError, TenantStore};
use async_trait::async_trait;

#[async_trait]
impl TenantStore for MemoryStore {
    async fn create(&self, tenant: &Tenant, first_project: &Project) -> Result<(), StoreError> {
        let mut state = self.state();
        if state
            .tenants
            .values()
            .any(|known| known.slug == tenant.slug)
        {
            return Err(StoreError::Conflict("the tenant's slug"));
        }
        state.tenants.insert(tenant.id, tenant.clone());
        state.add_project(first_project)?;
        Ok(())
    }

    async fn get(&self, id: TenantId) -> Result<Option<Tenant>, StoreError> {
        Ok(self.state().tenants.get(&id).cloned())
    }

    async fn find(&self, slug: &Slug) -> Result<Option<Tenant>, StoreError> {
        Ok(self
            .state()
            .tenants
            .values()
            .find(|tenant| tenant.slug == *slug)
            .cloned())
    }
}
