//! [`KeyStore`](crate::identity::KeyStore) in process.

use super::MemoryStore;
use crate::id::KeyId;
use crate::identity::KeyStore;
use crate::identity::{ApiKey, KeyDigest};
use crate::store_error::StoreError;
use crate::tenancy::TenantScope;
use async_trait::async_trait;
use std::cmp::Reverse;
use time::OffsetDateTime;

#[async_trait]
impl KeyStore for MemoryStore {
    async fn create_key(&self, key: &ApiKey) -> Result<(), StoreError> {
        let mut state = self.state();
        if state.keys.values().any(|known| known.digest == key.digest) {
            return Err(StoreError::Conflict("the key"));
        }
        state.keys.insert(key.id, key.clone());
        Ok(())
    }

    async fn find_key(&self, digest: &KeyDigest) -> Result<Option<ApiKey>, StoreError> {
        Ok(self
            .state()
            .keys
            .values()
            .find(|key| key.digest == *digest)
            .cloned())
    }

    async fn list_keys(&self, tenant: TenantScope) -> Result<Vec<ApiKey>, StoreError> {
        let state = self.state();
        let own = state
            .keys
            .values()
            .filter(|key| key.tenant_id == tenant.id() && key.revoked_at.is_none());
        let mut own: Vec<ApiKey> = own.cloned().collect();
        own.sort_unstable_by_key(|key| Reverse((key.created_at, key.id)));
        Ok(own)
    }

    async fn revoke_key(
        &self,
        tenant: TenantScope,
        id: KeyId,
        at: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let mut state = self.state();
        let key = state
            .keys
            .get_mut(&id)
            .filter(|key| key.tenant_id == tenant.id() && key.revoked_at.is_none());
        Ok(key.map(|key| key.revoked_at = Some(at)).is_some())
    }

    async fn touch_keys(&self, used: &[(KeyId, OffsetDateTime)]) -> Result<(), StoreError> {
        let mut state = self.state();
        for (id, at) in used {
            if let Some(key) = state.keys.get_mut(id) {
                key.last_used = key.last_used.max(Some(*at));
            }
        }
        Ok(())
    }
}
