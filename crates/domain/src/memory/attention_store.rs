//! [`AttentionStore`](crate::incidents::AttentionStore) in process.

use super::MemoryStore;
use crate::alerts::RuleStore;
use crate::incidents::{AttentionStore, ProjectIncidents};
use crate::store_error::StoreError;
use crate::tenancy::TenantScope;
use async_trait::async_trait;

#[async_trait]
impl AttentionStore for MemoryStore {
    async fn count_firing_rules(&self, tenant: TenantScope) -> Result<u64, StoreError> {
        let rules = self.list_rules(tenant).await?;
        let firing = rules
            .iter()
            .filter(|rule| rule.enabled && rule.state.active);
        Ok(firing.count() as u64)
    }

    async fn count_unresolved_incidents(
        &self,
        tenant: TenantScope,
        of_project: Option<ProjectIncidents>,
    ) -> Result<u64, StoreError> {
        let state = self.state();
        let all = state.alerts.incidents.values();
        let open = all.filter(|(incident, _)| {
            let of = of_project.as_ref();
            incident.tenant_id == tenant.id()
                && incident.resolved_at.is_none()
                && of.is_none_or(|of| state.is_of_project(incident, of))
        });
        Ok(open.count() as u64)
    }
}
