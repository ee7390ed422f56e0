//! Service: opens, lists and changes incidents.

use super::incident::{Incident, IncidentChange, IncidentStatus};
use super::incident_store::{IncidentQuery, IncidentStore};
use crate::clock::Clock;
use crate::errors::{Actor, Severity};
use crate::id::IncidentId;
use crate::id_source::IdSource;
use crate::page::Page;
use crate::store_error::StoreError;
use crate::tenancy::TenantScope;
use std::sync::Arc;

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
        self.store.create_incident(&incident, by).await?;
        Ok(incident)
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
        let changes = changes_between(&before, &after, by);
        let exists = self.store.update_incident(&after, &changes).await?;
        Ok(exists.then_some(after))
    }
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
        })
        .collect()
}
