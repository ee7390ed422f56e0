//! [`IncidentStore`] in process.

use super::{MemoryStore, State};
use crate::id::{ErrorId, IncidentId, ProjectId};
use crate::incidents::{
    ErrorLinks, Incident, IncidentChange, IncidentCounts, IncidentQuery, IncidentStatus,
    IncidentStore, IncidentUpdate, LinkedError, NewIncident, ProjectIncidents,
};
use crate::page::Page;
use crate::store_error::StoreError;
use crate::tenancy::TenantScope;
use async_trait::async_trait;

#[async_trait]
impl IncidentStore for MemoryStore {
    async fn create_incident(&self, new: &NewIncident) -> Result<(), StoreError> {
        let mut state = self.state();
        state.alerts.open(new);
        state.link_errors(new.incident.id, &new.links);
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

    async fn list_incident_changes(
        &self,
        id: IncidentId,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Page<(u64, IncidentChange)>, StoreError> {
        let state = self.state();
        let history = state.alerts.incidents.get(&id);
        let history = history.map(|(_, history)| history.clone());
        let history = history.unwrap_or_default();
        let total = history.len() as u64;
        let mut entries: Vec<(u64, IncidentChange)> = (1..).zip(history).collect();
        entries.retain(|(place, _)| before.is_none_or(|before| *place < before));
        entries.reverse();
        entries.truncate(limit as usize);
        Ok(Page {
            items: entries,
            total,
            next: None,
        })
    }

    async fn list_incidents(
        &self,
        tenant: TenantScope,
        query: IncidentQuery,
    ) -> Result<Page<Incident>, StoreError> {
        let state = self.state();
        let matching = state.incidents_of(tenant, &query).rev();
        let matching: Vec<&Incident> = matching
            .filter(|one| query.statuses.is_empty() || query.statuses.contains(&one.status))
            .collect();
        let skipped = usize::try_from(query.offset).unwrap_or(usize::MAX);
        let shown = matching.iter().skip(skipped).take(query.limit as usize);
        Ok(Page {
            items: shown.map(|incident| (*incident).clone()).collect(),
            total: matching.len() as u64,
            next: None,
        })
    }

    async fn list_incident_titles(
        &self,
        tenant: TenantScope,
        of_project: Option<ProjectIncidents>,
    ) -> Result<Vec<(IncidentId, String, IncidentStatus)>, StoreError> {
        let state = self.state();
        let query = IncidentQuery {
            of_project,
            ..IncidentQuery::default()
        };
        let all = state.incidents_of(tenant, &query).rev();
        Ok(all
            .map(|one| (one.id, one.title.clone(), one.status))
            .collect())
    }

    async fn count_incidents(
        &self,
        tenant: TenantScope,
        query: &IncidentQuery,
    ) -> Result<IncidentCounts, StoreError> {
        let state = self.state();
        let count = |status: IncidentStatus| {
            let all = state.incidents_of(tenant, query);
            (
                status,
                all.filter(|one| one.status == status).count() as u64,
            )
        };
        let mut counts = IncidentStatus::ALL.map(count).to_vec();
        counts.retain(|(_, count)| *count > 0);
        Ok(IncidentCounts(counts))
    }

    async fn update_incident(&self, update: &IncidentUpdate) -> Result<Option<u64>, StoreError> {
        let mut state = self.state();
        let incident = &update.incident;
        let own = state.alerts.incidents.get_mut(&incident.id);
        let own = own.filter(|(kept, _)| kept.tenant_id == incident.tenant_id);
        let Some((kept, history)) = own else {
            return Ok(None);
        };
        *kept = incident.clone();
        history.extend_from_slice(&update.changes);
        let entries = history.len() as u64;
        if let Some(links) = &update.links {
            state.link_errors(incident.id, links);
        }
        Ok(Some(entries))
    }

    async fn list_incident_errors(
        &self,
        incidents: &[IncidentId],
    ) -> Result<Vec<LinkedError>, StoreError> {
        let state = self.state();
        let links = &state.alerts.linked_errors;
        let mut found: Vec<LinkedError> = Vec::new();
        for link in links
            .iter()
            .filter(|link| incidents.contains(&link.incident))
        {
            if !found.contains(link) {
                found.push(*link);
            }
        }
        found.sort_by_key(|link| link.incident);
        Ok(found)
    }
}

impl State {
    /// Returns the incidents that a query counts, whatever its statuses.
    fn incidents_of(
        &self,
        tenant: TenantScope,
        query: &IncidentQuery,
    ) -> impl DoubleEndedIterator<Item = &Incident> {
        let all = self.alerts.incidents.values().map(|(incident, _)| incident);
        all.filter(move |one| {
            let of = query.of_project.as_ref();
            one.tenant_id == tenant.id()
                && query.severity.is_none_or(|wanted| wanted == one.severity)
                && of.is_none_or(|of| self.is_of_project(one, of))
        })
    }

    /// Returns whether an incident belongs to a project alone.
    pub(super) fn is_of_project(&self, incident: &Incident, of: &ProjectIncidents) -> bool {
        let links = self.alerts.linked_errors.iter();
        let own: Vec<&LinkedError> = links.filter(|one| one.incident == incident.id).collect();
        let is_by_rule = incident.rule_id.is_some_and(|id| of.rules.contains(&id));
        is_by_rule || (!own.is_empty() && own.iter().all(|one| one.project == of.project))
    }

    /// Links errors to an incident, in place of those linked so far.
    pub(super) fn link_errors(&mut self, incident: IncidentId, links: &ErrorLinks) {
        self.alerts
            .linked_errors
            .retain(|link| link.incident != incident);
        for error in &links.errors {
            let mut projects = links.projects.iter();
            let found = projects.find(|project| self.errors.contains_key(&(**project, *error)));
            if let Some(project) = found {
                self.alerts.linked_errors.push(LinkedError {
                    incident,
                    project: *project,
                    error: *error,
                });
            }
        }
    }

    /// Has incidents follow an error that was merged into another.
    pub(super) fn move_links(&mut self, from: (ProjectId, ErrorId), into: (ProjectId, ErrorId)) {
        for link in &mut self.alerts.linked_errors {
            if (link.project, link.error) == from {
                link.error = into.1;
            }
        }
    }

    /// Unlinks a deleted error from incidents.
    pub(super) fn delete_links(&mut self, key: (ProjectId, ErrorId)) {
        let links = &mut self.alerts.linked_errors;
        links.retain(|link| (link.project, link.error) != key);
    }
}
