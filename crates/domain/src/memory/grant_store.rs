//! Roles, policies and permissions, in process.

use super::{MemoryStore, State};
use crate::entity::{Grant, GrantId, GrantLevel, TenantScope};
use crate::port::{GrantRemoval, GrantStore, StoreError};
use async_trait::async_trait;

#[async_trait]
impl GrantStore for MemoryStore {
    async fn add_grant(&self, grant: &Grant) -> Result<(), StoreError> {
        let mut state = self.state();
        if state.has_grant_of_that_name(grant) {
            return Err(StoreError::Conflict("the name"));
        }
        state.grants.insert(grant.id, grant.clone());
        Ok(())
    }

    async fn grant(
        &self,
        tenant: TenantScope,
        level: GrantLevel,
        id: GrantId,
    ) -> Result<Option<Grant>, StoreError> {
        let state = self.state();
        let found = state.grants.get(&id);
        Ok(found
            .filter(|grant| (grant.tenant_id, grant.level) == (tenant.id(), level))
            .cloned())
    }

    async fn grants(
        &self,
        tenant: TenantScope,
        level: GrantLevel,
    ) -> Result<Vec<Grant>, StoreError> {
        let state = self.state();
        let own = state
            .grants
            .values()
            .filter(|grant| (grant.tenant_id, grant.level) == (tenant.id(), level));
        let mut own: Vec<Grant> = own.cloned().collect();
        own.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(own)
    }

    async fn update_grant(&self, grant: &Grant) -> Result<bool, StoreError> {
        let mut state = self.state();
        if state.has_grant_of_that_name(grant) {
            return Err(StoreError::Conflict("the name"));
        }
        let kept = state.grants.get_mut(&grant.id);
        let place = (grant.tenant_id, grant.level);
        let Some(kept) = kept.filter(|kept| (kept.tenant_id, kept.level) == place) else {
            return Ok(false);
        };
        kept.clone_from(grant);
        Ok(true)
    }

    async fn remove_grant(
        &self,
        tenant: TenantScope,
        level: GrantLevel,
        id: GrantId,
    ) -> Result<GrantRemoval, StoreError> {
        let mut state = self.state();
        let found = state.grants.get(&id);
        let place = (tenant.id(), level);
        let Some(grant) = found.filter(|grant| (grant.tenant_id, grant.level) == place) else {
            return Ok(GrantRemoval::NotFound);
        };
        if state.is_in_use(grant) {
            return Ok(GrantRemoval::InUse);
        }
        state.grants.remove(&id);
        Ok(GrantRemoval::Done)
    }
}

impl State {
    fn has_grant_of_that_name(&self, grant: &Grant) -> bool {
        let place = |one: &Grant| (one.tenant_id, one.level, one.name.clone());
        let mut all = self.grants.values();
        all.any(|known| place(known) == place(grant) && known.id != grant.id)
    }

    fn is_in_use(&self, grant: &Grant) -> bool {
        let holds = |level: GrantLevel, member: &str| {
            self.grants.values().any(|one| {
                (one.tenant_id, one.level) == (grant.tenant_id, level)
                    && one.members.iter().any(|held| held == member)
            })
        };
        match grant.level {
            GrantLevel::Permission => holds(GrantLevel::Policy, &grant.name),
            GrantLevel::Policy => holds(GrantLevel::Role, &grant.id.to_string()),
            GrantLevel::Role => {
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
