//! [`IncidentStore`](crate::incidents::IncidentStore) in process.

use super::MemoryStore;
use crate::errors::Actor;
use crate::id::IncidentId;
use crate::incidents::{Incident, IncidentChange, IncidentQuery, IncidentStore};
use crate::page::Page;
use crate::store_error::StoreError;
use crate::tenancy::TenantScope;
use async_trait::async_trait;

#[async_trait]
impl IncidentStore for MemoryStore {
    async fn create_incident(&self, incident: &Incident, by: Actor) -> Result<(), StoreError> {
        self.state().alerts.open(incident, by);
        Ok(())
    }

    async fn get_incident(
        &self,
        tenant: TenantScope,
        id: IncidentId,
    ) -> Result<Option<(Incident, Vec<IncidentChange>)>, StoreError> {
        let state = self.state();
        let found = state.alerts.incidents.get(&id);
        Ok(found
            .filter(|(incident, _)| incident.tenant_id == tenant.id())
            .cloned())
    }

    async fn list_incidents(
        &self,
        tenant: TenantScope,
        query: IncidentQuery,
    ) -> Result<Page<Incident>, StoreError> {
        let state = self.state();
        let matching: Vec<&Incident> = state
            .alerts
            .incidents
            .values()
            .rev()
            .map(|(incident, _)| incident)
            .filter(|incident| incident.tenant_id == tenant.id())
            .filter(|incident| {
                let rules = query.rules.as_ref();
                rules.is_none_or(|rules| incident.rule_id.is_some_and(|id| rules.contains(&id)))
            })
            .filter(|incident| query.status.is_none_or(|status| status == incident.status))
            .filter(|incident| {
                query
                    .severity
                    .is_none_or(|wanted| wanted == incident.severity)
            })
            .collect();
        let skipped = usize::try_from(query.offset).unwrap_or(usize::MAX);
        let shown = matching.iter().skip(skipped).take(query.limit as usize);
        Ok(Page {
            items: shown.map(|incident| (*incident).clone()).collect(),
            total: matching.len() as u64,
            next: None,
        })
    }

    async fn update_incident(
        &self,
        incident: &Incident,
        changes: &[IncidentChange],
    ) -> Result<bool, StoreError> {
        let incidents = &mut self.state().alerts.incidents;
        let own = incidents
            .get_mut(&incident.id)
            .filter(|(kept, _)| kept.tenant_id == incident.tenant_id);
        Ok(own.is_some_and(|(kept, history)| {
            *kept = incident.clone();
            history.extend_from_slice(changes);
            true
        }))
    }
}
