//! Service: opens, lists and changes incidents.

use super::incident::{
    ErrorLinks, Incident, IncidentChange, IncidentStatus, IncidentUpdate, LinkedError, NewIncident,
};
use super::incident_store::{IncidentCounts, IncidentQuery, IncidentStore, ProjectIncidents};
use crate::clock::Clock;
use crate::errors::{Actor, Severity};
use crate::id::{ErrorId, IncidentId};
use crate::id_source::IdSource;
use crate::page::Page;
use crate::store_error::StoreError;
use crate::tenancy::TenantScope;
use std::sync::Arc;
use time::OffsetDateTime;

/// Input to open or change an incident; absent fields stay unchanged.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IncidentSettings {
    /// Title, one line.
    pub title: Option<String>,
    /// Severity.
    pub severity: Option<Severity>,
    /// Status.
    pub status: Option<IncidentStatus>,
    /// Description.
    pub description: Option<String>,
    /// Who works on it; `Some(None)` clears it.
    pub assigned_to: Option<Option<String>>,
    /// Linked errors, in place of those linked so far.
    pub links: Option<ErrorLinks>,
}

/// Opens, lists and changes a tenant's incidents.
pub struct Incidents {
    store: Arc<dyn IncidentStore>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
}

impl Incidents {
    /// Creates the service.
    #[must_use]
    pub fn new(
        store: Arc<dyn IncidentStore>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
    ) -> Self {
        Self { store, clock, ids }
    }

    /// Lists a page of incidents, newest first.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn list(
        &self,
        tenant: TenantScope,
        query: IncidentQuery,
    ) -> Result<Page<Incident>, StoreError> {
        self.store.list_incidents(tenant, query).await
    }

    /// Returns an incident with its history.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn get(
        &self,
        tenant: TenantScope,
        id: IncidentId,
    ) -> Result<Option<(Incident, Vec<IncidentChange>)>, StoreError> {
        self.store.get_incident(tenant, id).await
    }

    /// Opens an incident, with the status `investigating` unless given.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn open(
        &self,
        tenant: TenantScope,
        settings: IncidentSettings,
        by: Actor,
    ) -> Result<Incident, StoreError> {
        let now = self.clock.now();
        let status = settings.status.unwrap_or(IncidentStatus::Investigating);
        let incident = Incident {
            id: IncidentId(self.ids.next_id(now)),
            tenant_id: tenant.id(),
            title: settings.title.unwrap_or_default(),
            severity: settings.severity.unwrap_or(Severity::Medium),
            status,
            description: settings.description.unwrap_or_default(),
            assigned_to: settings.assigned_to.flatten(),
            rule_id: None,
            created_at: now,
            updated_at: now,
            resolved_at: status.is_over().then_some(now),
        };
        let new = NewIncident {
            incident,
            by,
            text: None,
            links: settings.links.unwrap_or_default(),
        };
        self.store.create_incident(&new).await?;
        Ok(new.incident)
    }

    /// Changes an incident and records the changes. `None` when it does not exist.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn update(
        &self,
        tenant: TenantScope,
        id: IncidentId,
        settings: IncidentSettings,
        by: Actor,
    ) -> Result<Option<Incident>, StoreError> {
        let Some((before, _)) = self.store.get_incident(tenant, id).await? else {
            return Ok(None);
        };
        let now = self.clock.now();
        let status = settings.status.unwrap_or(before.status);
        let after = Incident {
            title: settings.title.unwrap_or_else(|| before.title.clone()),
            severity: settings.severity.unwrap_or(before.severity),
            status,
            description: settings
                .description
                .unwrap_or_else(|| before.description.clone()),
            assigned_to: settings
                .assigned_to
                .unwrap_or_else(|| before.assigned_to.clone()),
            updated_at: now,
            resolved_at: status.is_over().then(|| before.resolved_at.unwrap_or(now)),
            ..before.clone()
        };
        let mut changes = changes_between(&before, &after, by);
        if let Some(links) = &settings.links {
            let linked = self.linked(&[id]).await?;
            let before: Vec<ErrorId> = linked.into_iter().map(|link| link.error).collect();
            if before != links.errors {
                changes.push(IncidentChange {
                    at: now,
                    actor: by.to_string(),
                    field: "errors".to_owned(),
                    from: Some(list_of(&before)),
                    to: Some(list_of(&links.errors)),
                    text: None,
                });
            }
        }
        let update = IncidentUpdate {
            incident: after,
            changes,
            links: settings.links,
        };
        let written = self.store.update_incident(&update).await?;
        Ok(written.map(|_| update.incident))
    }

    /// Writes an update and, if given, sets the status with it. Returns the entry with its place in the history; `None`
    /// when the incident does not exist.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn post_update(
        &self,
        tenant: TenantScope,
        id: IncidentId,
        (text, status): (String, Option<IncidentStatus>),
        by: Actor,
    ) -> Result<Option<(u64, IncidentChange)>, StoreError> {
        let Some((before, _)) = self.store.get_incident(tenant, id).await? else {
            return Ok(None);
        };
        let now = self.clock.now();
        let status = status.unwrap_or(before.status);
        let changed =
            |named: IncidentStatus| (status != before.status).then(|| named.as_str().to_owned());
        let entry = IncidentChange {
            at: now,
            actor: by.to_string(),
            field: "update".to_owned(),
            from: changed(before.status),
            to: changed(status),
            text: Some(text),
        };
        let update = IncidentUpdate {
            incident: Incident {
                status,
                updated_at: now,
                resolved_at: status.is_over().then(|| before.resolved_at.unwrap_or(now)),
                ..before
            },
            changes: vec![entry.clone()],
            links: None,
        };
        let place = self.store.update_incident(&update).await?;
        Ok(place.map(|place| (place, entry)))
    }

    /// Lists entries of an incident's history with their places, newest first: those before the place `before`, if
    /// given.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn timeline(
        &self,
        incident: &Incident,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Page<(u64, IncidentChange)>, StoreError> {
        let id = incident.id;
        self.store.list_incident_changes(id, before, limit).await
    }

    /// Lists id, title and status of a tenant's incidents, newest first: of a project alone, if given.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn titles(
        &self,
        tenant: TenantScope,
        of_project: Option<ProjectIncidents>,
    ) -> Result<Vec<(IncidentId, String, IncidentStatus)>, StoreError> {
        self.store.list_incident_titles(tenant, of_project).await
    }

    /// Counts a tenant's incidents by status, whatever the query's statuses and page.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn counts(
        &self,
        tenant: TenantScope,
        query: &IncidentQuery,
    ) -> Result<IncidentCounts, StoreError> {
        self.store.count_incidents(tenant, query).await
    }

    /// Lists the errors that are linked to incidents, by incident and in the order of the links.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn linked(&self, incidents: &[IncidentId]) -> Result<Vec<LinkedError>, StoreError> {
        self.store.list_incident_errors(incidents).await
    }
}

fn list_of(errors: &[ErrorId]) -> String {
    let ids: Vec<String> = errors.iter().map(ErrorId::to_string).collect();
    ids.join(",")
}

/// Returns when an incident first had each status it ever had, in the order in which it had them.
#[must_use]
pub fn reached(
    incident: &Incident,
    history: &[IncidentChange],
) -> Vec<(IncidentStatus, OffsetDateTime)> {
    let is_of_status =
        |change: &&IncidentChange| ["status", "update"].contains(&change.field.as_str());
    let changes = history.iter().filter(is_of_status);
    let changes: Vec<&IncidentChange> = changes.filter(|change| change.to.is_some()).collect();
    let named = |text: &Option<String>| text.as_deref().and_then(|text| text.parse().ok());
    let first = changes.first().and_then(|change| named(&change.from));
    let mut reached = vec![(first.unwrap_or(incident.status), incident.created_at)];
    for change in changes {
        if let Some(status) = named(&change.to)
            && !reached.iter().any(|(known, _)| *known == status)
        {
            reached.push((status, change.at));
        }
    }
    reached
}

/// Lists the fields that differ between two states of an incident.
fn changes_between(before: &Incident, after: &Incident, by: Actor) -> Vec<IncidentChange> {
    let text = |text: &str| Some(text.to_owned());
    let fields = [
        ("title", text(&before.title), text(&after.title)),
        (
            "severity",
            text(before.severity.as_str()),
            text(after.severity.as_str()),
        ),
        (
            "status",
            text(before.status.as_str()),
            text(after.status.as_str()),
        ),
        (
            "description",
            text(&before.description),
            text(&after.description),
        ),
        (
            "assigned_to",
            before.assigned_to.clone(),
            after.assigned_to.clone(),
        ),
    ];
    let changed = fields.into_iter().filter(|(_, from, to)| from != to);
    changed
        .map(|(field, from, to)| IncidentChange {
            at: after.updated_at,
            actor: by.to_string(),
            field: field.to_owned(),
            from,
            to,
            text: None,
        })
        .collect()
}
