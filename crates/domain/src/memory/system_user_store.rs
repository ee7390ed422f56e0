//! [`SystemUserStore`](crate::identity::SystemUserStore) in process.

use super::{MemoryStore, State, newest_page};
use crate::id::SystemUserId;
use crate::identity::SystemUserStore;
use crate::identity::{KeyDigest, SystemUser};
use crate::page::{Cursor, Page};
use crate::store_error::StoreError;
use crate::tenancy::TenantScope;
use async_trait::async_trait;
use time::OffsetDateTime;

#[async_trait]
impl SystemUserStore for MemoryStore {
    async fn add_system_user(&self, user: &SystemUser) -> Result<(), StoreError> {
        let mut state = self.state();
        if state.has_namesake(user) {
            return Err(StoreError::Conflict("the system user's name"));
        }
        state.system_users.insert(user.id, user.clone());
        Ok(())
    }

    async fn get_system_user(
        &self,
        tenant: TenantScope,
        id: SystemUserId,
    ) -> Result<Option<SystemUser>, StoreError> {
        let state = self.state();
        let found = state.system_users.get(&id);
        Ok(found.filter(|user| user.tenant_id == tenant.id()).cloned())
    }

    async fn find_system_user(&self, digest: &KeyDigest) -> Result<Option<SystemUser>, StoreError> {
        let state = self.state();
        let mut all = state.system_users.values();
        Ok(all.find(|user| user.digest == *digest).cloned())
    }

    async fn list_system_users(
        &self,
        tenant: TenantScope,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<SystemUser>, StoreError> {
        let state = self.state();
        let own = state
            .system_users
            .values()
            .filter(|user| user.tenant_id == tenant.id());
        Ok(newest_page(own, (after, limit), |user| user.id.0))
    }

    async fn update_system_user(&self, user: &SystemUser) -> Result<bool, StoreError> {
        let mut state = self.state();
        if state.has_namesake(user) {
            return Err(StoreError::Conflict("the system user's name"));
        }
        let kept = state.system_users.get_mut(&user.id);
        let Some(kept) = kept.filter(|kept| kept.tenant_id == user.tenant_id) else {
            return Ok(false);
        };
        let last_used = kept.last_used;
        *kept = SystemUser {
            last_used,
            ..user.clone()
        };
        Ok(true)
    }

    async fn remove_system_user(
        &self,
        tenant: TenantScope,
        id: SystemUserId,
    ) -> Result<bool, StoreError> {
        let mut state = self.state();
        let found = state.system_users.get(&id);
        if found.is_none_or(|user| user.tenant_id != tenant.id()) {
            return Ok(false);
        }
        Ok(state.system_users.remove(&id).is_some())
    }

    async fn touch_system_users(
        &self,
        used: &[(SystemUserId, OffsetDateTime)],
    ) -> Result<(), StoreError> {
        let mut state = self.state();
        for (id, at) in used {
            if let Some(user) = state.system_users.get_mut(id) {
                user.last_used = user.last_used.max(Some(*at));
            }
        }
        Ok(())
    }
}

impl State {
    fn has_namesake(&self, user: &SystemUser) -> bool {
        self.system_users.values().any(|known| {
            known.tenant_id == user.tenant_id && known.name == user.name && known.id != user.id
        })
    }
}
