//! [`ProjectKeyStore`](crate::tenancy::ProjectKeyStore) in process.

use super::{MemoryStore, State};
use crate::id::{ProjectId, ProjectKeyId};
use crate::store_error::StoreError;
use crate::tenancy::{ActiveKey, ProjectKey, ProjectKeyStore, TenantScope};
use async_trait::async_trait;
use std::collections::BTreeMap;
use time::OffsetDateTime;

#[async_trait]
impl ProjectKeyStore for MemoryStore {
    async fn create_project_key(&self, key: &ProjectKey) -> Result<(), StoreError> {
        let mut state = self.state();
        let mut known = state.project_keys.values();
        if known.any(|known| known.public_key == key.public_key) {
            return Err(StoreError::Conflict("the public key"));
        }
        state.project_keys.insert(key.id, key.clone());
        Ok(())
    }

    async fn find_project_key(&self, public_key: &str) -> Result<Option<ActiveKey>, StoreError> {
        let state = self.state();
        let mut keys = state.project_keys.values();
        let key = keys.find(|key| key.enabled && key.public_key == public_key);
        Ok(key.and_then(|key| {
            Some(ActiveKey {
                key: key.clone(),
                project_number: state.projects.get(&key.project_id)?.number,
                is_suspended: state.tenants.get(&key.tenant_id)?.suspended,
            })
        }))
    }

    async fn list_project_keys(
        &self,
        tenant: TenantScope,
        project: ProjectId,
    ) -> Result<Vec<ProjectKey>, StoreError> {
        let state = self.state();
        let own = state.oldest_keys(tenant);
        let own = own.filter(|key| key.project_id == project);
        Ok(own.cloned().collect())
    }

    async fn list_current_keys(
        &self,
        tenant: TenantScope,
        only: Option<ProjectId>,
    ) -> Result<Vec<(ProjectId, String)>, StoreError> {
        let state = self.state();
        let mut current: BTreeMap<ProjectId, String> = BTreeMap::new();
        for key in state.oldest_keys(tenant) {
            if key.enabled && only.is_none_or(|only| only == key.project_id) {
                let first = current.entry(key.project_id);
                first.or_insert_with(|| key.public_key.clone());
            }
        }
        Ok(current.into_iter().collect())
    }

    async fn update_project_key(&self, key: &ProjectKey) -> Result<bool, StoreError> {
        let mut state = self.state();
        let place = (key.tenant_id, key.project_id);
        let known = state.project_keys.get_mut(&key.id);
        let Some(known) = known.filter(|known| (known.tenant_id, known.project_id) == place) else {
            return Ok(false);
        };
        *known = ProjectKey {
            public_key: known.public_key.clone(),
            last_used: known.last_used,
            created_at: known.created_at,
            ..key.clone()
        };
        Ok(true)
    }

    async fn remove_project_key(
        &self,
        tenant: TenantScope,
        project: ProjectId,
        id: ProjectKeyId,
    ) -> Result<bool, StoreError> {
        let mut state = self.state();
        let place = (tenant.id(), project);
        let known = state.project_keys.get(&id);
        if known.is_none_or(|known| (known.tenant_id, known.project_id) != place) {
            return Ok(false);
        }
        Ok(state.project_keys.remove(&id).is_some())
    }

    async fn touch_project_keys(
        &self,
        used: &[(ProjectKeyId, OffsetDateTime)],
    ) -> Result<(), StoreError> {
        let mut state = self.state();
        for (id, at) in used {
            if let Some(key) = state.project_keys.get_mut(id) {
                key.last_used = key.last_used.max(Some(*at));
            }
        }
        Ok(())
    }
}

impl State {
    /// Returns a tenant's DSN keys, oldest first.
    fn oldest_keys(&self, tenant: TenantScope) -> impl Iterator<Item = &ProjectKey> {
        let all = self.project_keys.values();
        let mut own: Vec<&ProjectKey> = all.filter(|key| key.tenant_id == tenant.id()).collect();
        own.sort_unstable_by_key(|key| (key.created_at, key.id));
        own.into_iter()
    }
}
