//! [`RbacStore`](crate::identity::RbacStore) in process.

use super::{MemoryStore, State};
use crate::id::RbacItemId;
use crate::identity::{RbacItem, RbacKind};
use crate::identity::{RbacRemoval, RbacStore};
use crate::store_error::StoreError;
use crate::tenancy::TenantScope;
use async_trait::async_trait;

#[async_trait]
impl RbacStore for MemoryStore {
    async fn add_rbac_item(&self, grant: &RbacItem) -> Result<(), StoreError> {
        let mut state = self.state();
        if state.has_grant_of_that_name(grant) {
            return Err(StoreError::Conflict("the name"));
        }
        state.rbac_items.insert(grant.id, grant.clone());
        Ok(())
    }

    async fn get_rbac_item(
        &self,
        tenant: TenantScope,
        level: RbacKind,
        id: RbacItemId,
    ) -> Result<Option<RbacItem>, StoreError> {
        let state = self.state();
        let found = state.rbac_items.get(&id);
        Ok(found
            .filter(|grant| (grant.tenant_id, grant.level) == (tenant.id(), level))
            .cloned())
    }

    async fn list_rbac_items(
        &self,
        tenant: TenantScope,
        level: RbacKind,
    ) -> Result<Vec<RbacItem>, StoreError> {
        let state = self.state();
        let own = state
            .rbac_items
            .values()
            .filter(|grant| (grant.tenant_id, grant.level) == (tenant.id(), level));
        let mut own: Vec<RbacItem> = own.cloned().collect();
        own.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(own)
    }

    async fn update_rbac_item(&self, grant: &RbacItem) -> Result<bool, StoreError> {
        let mut state = self.state();
        if state.has_grant_of_that_name(grant) {
            return Err(StoreError::Conflict("the name"));
        }
        let kept = state.rbac_items.get_mut(&grant.id);
        let place = (grant.tenant_id, grant.level);
        let Some(kept) = kept.filter(|kept| (kept.tenant_id, kept.level) == place) else {
            return Ok(false);
        };
        kept.clone_from(grant);
        Ok(true)
    }

    async fn remove_rbac_item(
        &self,
        tenant: TenantScope,
        level: RbacKind,
        id: RbacItemId,
    ) -> Result<RbacRemoval, StoreError> {
        let mut state = self.state();
        let found = state.rbac_items.get(&id);
        let place = (tenant.id(), level);
        let Some(grant) = found.filter(|grant| (grant.tenant_id, grant.level) == place) else {
            return Ok(RbacRemoval::NotFound);
        };
        if state.is_in_use(grant) {
            return Ok(RbacRemoval::InUse);
        }
        state.rbac_items.remove(&id);
        Ok(RbacRemoval::Done)
    }
}

impl State {
    fn has_grant_of_that_name(&self, grant: &RbacItem) -> bool {
        let place = |one: &RbacItem| (one.tenant_id, one.level, one.name.clone());
        let mut all = self.rbac_items.values();
        all.any(|known| place(known) == place(grant) && known.id != grant.id)
    }

    fn is_in_use(&self, grant: &RbacItem) -> bool {
        let holds = |level: RbacKind, member: &str| {
            self.rbac_items.values().any(|one| {
                (one.tenant_id, one.level) == (grant.tenant_id, level)
                    && one.members.iter().any(|held| held == member)
            })
        };
        match grant.level {
            RbacKind::Permission => holds(RbacKind::Policy, &grant.name),
            RbacKind::Policy => holds(RbacKind::Role, &grant.id.to_string()),
            RbacKind::Role => {
                let mut invitations = self.invitations.values();
                self.members.values().any(|one| one.role_id == grant.id)
                    || self
                        .system_users
                        .values()
                        .any(|one| one.role_id == grant.id)
                    || invitations.any(|one| one.role_id == grant.id && one.accepted_at.is_none())
            }
        }
    }
}
