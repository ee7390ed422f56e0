//! [`TenantStore`](crate::tenancy::TenantStore) in process.

use super::{MemoryStore, newest_page};
use crate::id::{TenantId, UserId};
use crate::identity::{Member, MemberStatus};
use crate::page::{Cursor, Page};
use crate::store_error::StoreError;
use crate::tenancy::TenantStore;
use crate::tenancy::{Project, Slug, Tenant};
use async_trait::async_trait;
use time::OffsetDateTime;

#[async_trait]
impl TenantStore for MemoryStore {
    async fn create_tenant<'a>(
        &self,
        tenant: &Tenant,
        first_project: &Project,
        owner: Option<&'a Member>,
    ) -> Result<(), StoreError> {
        let mut state = self.state();
        let ever = || state.tenants.values().chain(state.deleted_tenants.values());
        if ever().any(|known| known.slug == tenant.slug) {
            return Err(StoreError::Conflict("the tenant's slug"));
        }
        state.tenants.insert(tenant.id, tenant.clone());
        state.add_project(first_project)?;
        if let Some(owner) = owner {
            state.members.insert(owner.id, owner.clone());
        }
        Ok(())
    }

    async fn get_tenant(&self, id: TenantId) -> Result<Option<Tenant>, StoreError> {
        Ok(self.state().tenants.get(&id).cloned())
    }

    async fn find_tenant(&self, slug: &Slug) -> Result<Option<Tenant>, StoreError> {
        Ok(self
            .state()
            .tenants
            .values()
            .find(|tenant| tenant.slug == *slug)
            .cloned())
    }

    async fn list_tenants(
        &self,
        member: Option<UserId>,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Tenant>, StoreError> {
        let state = self.state();
        let belongs = |tenant: &&Tenant, user| {
            state.members.values().any(|member| {
                (member.tenant_id, member.user_id) == (tenant.id, user)
                    && member.status == MemberStatus::Active
            })
        };
        let seen = state
            .tenants
            .values()
            .filter(|tenant| member.is_none_or(|user| belongs(tenant, user)));
        Ok(newest_page(seen, (after, limit), |tenant| tenant.id.0))
    }

    async fn update_tenant(&self, tenant: &Tenant) -> Result<bool, StoreError> {
        let mut state = self.state();
        let Some(kept) = state.tenants.get_mut(&tenant.id) else {
            return Ok(false);
        };
        kept.name.clone_from(&tenant.name);
        kept.suspended = tenant.suspended;
        Ok(true)
    }

    async fn delete_tenant(&self, id: TenantId, _: OffsetDateTime) -> Result<bool, StoreError> {
        let mut state = self.state();
        let gone = state.tenants.remove(&id);
        let was_there = gone.is_some();
        state
            .deleted_tenants
            .extend(gone.map(|tenant| (id, tenant)));
        Ok(was_there)
    }
}
